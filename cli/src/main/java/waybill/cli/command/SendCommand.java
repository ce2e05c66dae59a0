package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.requester.Batch;
import waybill.requester.Decision;
import waybill.requester.Requester;
import waybill.requester.SealException;
import waybill.requester.outbox.DamagedParcelException;

/** {@code waybill send}. */
@Command(
        name = "send",
        description = "Send files to a backend, directly or through a relay, and wait for its signed receipt.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill send crash.dmp --to https://backend.example/inbox --trust anchor.pem",
            "  waybill send --each /var/spool/scans --to https://backend.example/inbox --trust anchor.pem",
            "",
            "--each makes every file a delivery of its own, several at once: one that fails does not",
            "hold up the others, --json has a line for each and one with the counts, and the exit code",
            "is the worst of all.",
            "",
            "Ends with 0 delivered, 3 refused, 4 not decided in time, 130 interrupted; in the last two",
            "cases what was sealed waits in the outbox for 'waybill receipts collect'. Nothing can be",
            "sealed before the backend's profile was had once; then it says that nothing is kept."
        })
public final class SendCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files, or directories with files in them.")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--each",
            description = "Send every file, and every file under a directory, as a delivery of its own.")
    private boolean each;

    @Mixin
    private final BackendOptions backend = new BackendOptions();

    @Mixin
    private final SenderOptions sender = new SenderOptions();

    @Option(
            names = "--as",
            paramLabel = "NAME",
            defaultValue = "",
            description = "What this sender calls itself in the sealed waybill.xml (default: nothing).")
    private String name = "";

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        try (Requester requester = sender.open(sender.config(backend).sender(name));
                JourneyView view = new JourneyView(console, sender.verbose());
                Interruption _ = Interruption.watch()) {
            return each ? sendEach(requester, console) : send(requester, view, console);
        } catch (IOException e) {
            throw failed(e, false);
        }
    }

    private int send(Requester requester, JourneyView view, Console console) {
        try {
            return DecisionView.show(requester.send(files, view), view, console);
        } catch (SealException e) {
            throw explain(e);
        } catch (InterruptedException | ClosedByInterruptException e) {
            throw Interruption.explained(e, view.sealed());
        } catch (DamagedParcelException e) {
            throw damaged(e);
        } catch (IOException e) {
            throw failed(e, view.sealed());
        }
    }

    private int sendEach(Requester requester, Console console) {
        BatchView<Batch.Item> view = new BatchView<>(console, sender.verbose(), new EachWords(), console::line);
        try {
            boolean all = sender.batch(requester).send(files, view);
            if (!all) {
                console.note("nothing can be sealed without the backend's profile: the other files were not tried");
            }
            return summary(view, all, view.worst(), console);
        } catch (InterruptedException | ClosedByInterruptException e) {
            summary(view, false, ExitCode.INTERRUPTED, console);
            throw Interruption.explained(e, view.kept());
        } catch (IOException e) {
            summary(view, false, ExitCode.LOCAL_IO, console);
            throw failed(e, view.kept());
        }
    }

    /** @param all whether every file was tried */
    private static int summary(BatchView<Batch.Item> view, boolean all, int exit, Console console) {
        console.note(view.summary());
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("outcome", "summary");
        summary.putAll(view.counts());
        summary.put("all", all);
        if (ExitCode.undecided(exit)) {
            summary.put("kept", view.kept());
        }
        console.end("summary", exit, summary);
        return exit;
    }

    /** How a file that is a delivery of its own is spoken of. */
    private final class EachWords implements BatchView.Words<Batch.Item> {
        @Override
        public String member() {
            return "file";
        }

        @Override
        public String name(Batch.Item item) {
            return item.file().toString();
        }

        @Override
        public int print(Batch.Item item, Decision decision, Console to) {
            if (decision instanceof Decision.Delivered delivered) {
                to.result("delivered " + delivered.task() + " " + Text.foreign(name(item)));
                return ExitCode.OK;
            }
            to.note(Text.foreign(name(item)) + ", " + decision.task() + ":");
            return DecisionView.print(decision, to);
        }

        @Override
        public CliException explain(Batch.Item item, Exception why) {
            return switch (why) {
                case SealException e -> SendCommand.explain(e);
                case DamagedParcelException e -> damaged(e);
                case IOException e -> failed(e, true);
                default ->
                    new CliException(
                            ExitCode.INTERNAL,
                            Text.foreign(name(item)) + ": unexpected: " + Text.foreign(String.valueOf(why)),
                            "run it again with --log-level debug and report what it prints",
                            why);
            };
        }
    }

    private CliException damaged(DamagedParcelException e) {
        return CliException.io(
                Text.foreign(String.valueOf(e.getMessage())),
                "it stays under " + sender.data() + "; look at this machine's disk, then send the files again",
                e);
    }

    private CliException failed(IOException e, boolean sealed) {
        return sender.failed(
                e,
                "is the disk full? "
                        + (sealed
                                ? "What was sealed is kept; 'waybill receipts collect' goes on with it"
                                : "Nothing was sealed: send it again"));
    }

    /** What a command says of files that cannot be sealed. */
    static CliException explain(SealException e) {
        String file = Text.foreign(e.file().toString());
        return switch (e.kind()) {
            case MISSING -> Reason.missing(e.file(), e);
            case UNREADABLE ->
                CliException.io(
                        file + " cannot be read"
                                + (e.getCause() == null ? "" : ": " + Reason.of(e.getCause(), e.file())),
                        "check its permissions",
                        e);
            case NOT_REGULAR ->
                new CliException(ExitCode.LOCAL_IO, file + " is neither a file nor a directory", "send files", e);
            case EMPTY -> new CliException(ExitCode.LOCAL_IO, "there is no file in " + file, "name files", e);
            case DUPLICATE ->
                new CliException(
                        ExitCode.USAGE,
                        file + " has the same name in the parcel as another file",
                        "send them apart",
                        e);
            case BAD_NAME ->
                new CliException(
                        ExitCode.USAGE,
                        "the name " + file + " cannot stand in a parcel",
                        "names are text in UTF-8 without control characters, in parts of at most 255 bytes: rename it",
                        e);
            case TOO_MANY -> new CliException(ExitCode.USAGE, "too many files for one parcel", "pack them first", e);
            case CHANGED ->
                new CliException(
                        ExitCode.LOCAL_IO, file + " changed while it was read", "send it again when it is whole", e);
            case TOO_LARGE ->
                new CliException(
                        ExitCode.REFUSED,
                        file + " is larger than the backend takes: " + e.detail(),
                        "send it in parts",
                        e);
            case BAD_RECIPIENT ->
                new CliException(
                        ExitCode.NOT_VERIFIED,
                        "the backend's profile names no age recipient that can be sealed to",
                        "the backend's operator renews the profile: waybill backend renew",
                        e);
            case OUTBOX ->
                new CliException(
                        ExitCode.LOCAL_IO,
                        "the outbox cannot be written: "
                                + (e.getCause() == null ? Text.foreign(e.detail()) : Reason.of(e.getCause())),
                        "is the disk full? --data names another place",
                        e);
        };
    }
}
