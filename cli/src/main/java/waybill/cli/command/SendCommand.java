package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.requester.DamagedParcelException;
import waybill.requester.Requester;
import waybill.requester.SealException;

/** {@code waybill send}. */
@Command(
        name = "send",
        description = "Send files to a backend, directly or through a relay, and wait for its signed receipt.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill send crash.dmp --to https://backend.example/inbox --trust anchor.pem",
            "",
            "Ends with 0 delivered, 3 refused, 4 not decided in time, 130 interrupted; in the last two",
            "cases what was sealed waits in the outbox for 'waybill receipts collect'. Nothing can be",
            "sealed before the backend's profile was had once; then it says that nothing is kept."
        })
public final class SendCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files, or directories with files in them.")
    private List<Path> files = new ArrayList<>();

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
            return send(requester, view, console);
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
            throw CliException.io(
                    Text.foreign(String.valueOf(e.getMessage())),
                    "it stays under " + sender.data() + "; look at this machine's disk, then send the files again",
                    e);
        } catch (IOException e) {
            throw failed(e, view.sealed());
        }
    }

    private CliException failed(IOException e, boolean sealed) {
        return CliException.io(
                "the data under " + sender.data() + " failed: " + Text.foreign(String.valueOf(e.getMessage())),
                "is the disk full? "
                        + (sealed
                                ? "What was sealed is kept; 'waybill receipts collect' goes on with it"
                                : "Nothing was sealed: send it again"),
                e);
    }

    private static CliException explain(SealException e) {
        String file = Text.foreign(e.file().toString());
        return switch (e.kind()) {
            case MISSING -> new CliException(ExitCode.LOCAL_IO, "there is no file " + file, "", e);
            case UNREADABLE ->
                new CliException(ExitCode.LOCAL_IO, file + " cannot be read", "check its permissions", e);
            case NOT_REGULAR ->
                new CliException(ExitCode.LOCAL_IO, file + " is neither a file nor a directory", "send files", e);
            case EMPTY -> new CliException(ExitCode.LOCAL_IO, "there is no file in " + file, "name files", e);
            case DUPLICATE ->
                new CliException(
                        ExitCode.USAGE, "two files would be called " + file + " in the parcel", "send them apart", e);
            case BAD_NAME ->
                new CliException(
                        ExitCode.USAGE,
                        "the name " + file + " cannot stand in a parcel",
                        "names have no control characters and parts of at most 255 bytes: rename it",
                        e);
            case TOO_MANY -> new CliException(ExitCode.USAGE, "too many files for one parcel", "pack them first", e);
            case CHANGED ->
                new CliException(
                        ExitCode.LOCAL_IO, file + " changed while it was read", "send it again when it is whole", e);
            case TOO_LARGE ->
                new CliException(
                        ExitCode.REFUSED, "larger than the backend takes (" + message(e) + ")", "send it in parts", e);
            case BAD_RECIPIENT ->
                new CliException(
                        ExitCode.NOT_VERIFIED,
                        "the backend's profile names no age recipient that can be sealed to",
                        "the backend's operator renews the profile: waybill backend renew",
                        e);
            case OUTBOX ->
                new CliException(
                        ExitCode.LOCAL_IO,
                        "the outbox cannot be written: " + message(e),
                        "is the disk full? --data names another place",
                        e);
        };
    }

    private static String message(SealException e) {
        return Text.foreign(String.valueOf(e.getMessage()));
    }
}
