package waybill.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;
import waybill.requester.SealException;
import waybill.requester.byhand.Export;
import waybill.requester.byhand.Export.Exported;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.store.DirectoryInUseException;

/** {@code waybill export}: parcels into a folder that is carried. */
@Command(
        name = "export",
        description =
                "Write outstanding parcels into a folder, a USB stick for example, to be carried by hand. With FILEs:"
                        + " seal these, without any network, and write them.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill export /media/stick --trust anchor.pem",
            "  waybill export /media/stick crash.dmp --to https://backend.example/inbox --trust anchor.pem",
            "",
            "Then, at a machine with a route: waybill import /media/stick --to URL --trust anchor.pem",
            "and at home again:               waybill receipts collect --from /media/stick --trust anchor.pem",
            "",
            "What is exported stays in the outbox until its receipt is there; it may go by the LAN as well and",
            "is one delivery all the same. Sealing needs the backend's signed profile: the one known from",
            "before, one that 'import' left in the folder, or --profile.",
            "",
            "Ends with 0 if all is in the folder, durable; 6 if a parcel is not (the disk is full, for example).",
            "0 says nothing of a delivery: that is what receipts are for."
        })
public final class ExportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "The folder; it must be there.")
    @SuppressWarnings("NullAway.Init") // required
    private Path folder;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "FILE",
            description = "Files to seal and export, or directories with files in them.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--to", paramLabel = "URL", description = "Only what is for this backend; where FILEs go.")
    private String to = "";

    @Mixin
    private final TrustOptions trust = new TrustOptions();

    @Mixin
    private final KeepingOptions keeping = new KeepingOptions();

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description =
                    "The backend's signed profile, carried here: 'online/profile.cms' of the backend's directory.")
    private @Nullable Path profile;

    @Option(
            names = "--as",
            paramLabel = "NAME",
            defaultValue = "",
            description = "What this sender calls itself in the sealed waybill.xml (default: nothing).")
    private String name = "";

    @Option(
            names = "--one-way",
            description =
                    "Nothing can come back, as across a data diode: each task ends when its parcel is in the folder,"
                            + " WITHOUT ANY PROOF that it arrives.")
    private boolean oneWay;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        RequesterConfig.Builder config =
                RequesterConfig.builder(keeping.data(), trust.policy()).sender(name);
        keeping.receipts().ifPresent(config::receipts);
        Optional<BackendUrl> backend = to.isEmpty() ? Optional.empty() : Optional.of(ToOptions.parse(to));
        backend.ifPresent(config::backend);
        if (!files.isEmpty() && backend.isEmpty()) {
            throw CliException.usage("FILEs are sealed to a backend, and none is named", "name it with --to");
        }
        boolean sealed = false;
        try (Requester requester = keeping.open(config);
                Interruption _ = Interruption.watch()) {
            Export export = new Export(requester, folder);
            List<OutboxTask> tasks;
            if (files.isEmpty()) {
                tasks = requester.outstanding().stream()
                        .filter(task -> backend.isEmpty() || task.backend().equals(backend.get()))
                        .toList();
                sealed = !tasks.isEmpty();
            } else {
                tasks = List.of(seal(requester, export, backend.orElseThrow(), console));
                sealed = true;
            }
            return write(export, tasks, console);
        } catch (InterruptedException | ClosedByInterruptException e) {
            throw Interruption.explained(e, sealed);
        } catch (IOException e) {
            throw inFolder(folder, e);
        }
    }

    /** What is wrong with a folder as a whole. */
    static CliException inFolder(Path folder, IOException e) {
        return switch (e) {
            case NoSuchFileException missing
            when folder.toString().equals(missing.getFile()) ->
                new CliException(
                        ExitCode.LOCAL_IO,
                        "there is no folder " + folder,
                        "is the stick mounted? A folder of its own must be made first",
                        e);
            case NotDirectoryException _ ->
                new CliException(ExitCode.LOCAL_IO, folder + " is no folder", "name the folder", e);
            case DirectoryInUseException _ ->
                new CliException(ExitCode.LOCAL_IO, "another process writes into " + folder, "wait for its end", e);
            default ->
                CliException.io(
                        Text.foreign(folder.toString()) + " cannot be used: " + Reason.of(e, folder),
                        "is " + folder + " still there, writable, and not full? What was sealed is kept in the outbox",
                        e);
        };
    }

    private OutboxTask seal(Requester requester, Export export, BackendUrl backend, Console console)
            throws IOException, InterruptedException {
        if (profile != null) {
            learn(requester, profile, read(profile), console);
        }
        Optional<byte[]> carried = export.profile(backend);
        if (carried.isPresent()) {
            try {
                if (requester.learn(carried.get()).isEmpty()) {
                    console.note("the profile in " + folder + " is older than the one known here, which is used");
                }
            } catch (SignatureFault e) {
                // Anybody may have put it there. Another one may do.
                console.note("the profile in " + folder + " does not verify: " + e.kind());
            }
        }
        try (JourneyView view = new JourneyView(console, false)) {
            Optional<OutboxTask> task = requester.seal(files, view);
            return task.orElseThrow(() -> CliException.usage(
                    "no profile of " + backend + " is known here that is good, so nothing can be sealed",
                    "'waybill import' at a machine with a route leaves it in the folder; or name one with --profile"));
        } catch (SealException e) {
            throw SendCommand.explain(e);
        }
    }

    private static void learn(Requester requester, Path file, byte[] cms, Console console) throws IOException {
        try {
            if (requester.learn(cms).isEmpty()) {
                console.note("the profile " + file + " is older than the one known here, which is used");
            }
        } catch (SignatureFault e) {
            throw new CliException(
                    ExitCode.NOT_VERIFIED,
                    "the profile " + file + " does not verify: " + e.kind() + " (" + Text.foreign(e.detail()) + ")",
                    "is it this backend's, still good, and --trust the backend's anchor?",
                    e);
        }
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // One more than there may be is enough to be refused.
            return in.readNBytes(SignedPackets.MAX_BYTES + 1);
        } catch (IOException e) {
            throw CliException.io(
                    "the profile " + Text.foreign(file.toString()) + " cannot be read: " + Reason.of(e, file),
                    "check its path",
                    e);
        }
    }

    private int write(Export export, List<OutboxTask> tasks, Console console) throws IOException, InterruptedException {
        View view = new View(console, tasks.stream().mapToLong(OutboxTask::size).sum());
        try {
            export.run(tasks, oneWay, view);
        } finally {
            view.bar.close();
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("folder", folder.toString());
        object.put("proof", oneWay ? "none" : "pending");
        object.put("parcels", view.results);
        console.end(oneWay ? "unproven" : "exported", view.worst, object);
        summary(view, tasks.size(), console);
        return view.worst;
    }

    private void summary(View view, int wanted, Console console) {
        if (wanted == 0) {
            console.note("nothing is outstanding" + (to.isEmpty() ? "" : " for " + to));
        } else if (view.written > 0 && oneWay) {
            console.note("ONE WAY: there is no proof that " + (view.written == 1 ? "it arrives" : "they arrive")
                    + ", and none will come. The outbox no longer holds " + (view.written == 1 ? "it" : "them")
                    + "; what was handed over is written down beside the receipts");
        } else if (view.written > 0) {
            console.note(
                    "nothing is delivered yet. Carry " + folder + " to a machine with a route ('waybill import'), and"
                            + " bring it back ('waybill receipts collect --from'); until then the outbox keeps them");
        }
    }

    private static final class View implements Export.Listener {
        private final Console console;
        private final Console.Progress bar;
        private final List<Map<String, Object>> results = new ArrayList<>();
        private long before;
        private int written;
        private int worst = ExitCode.OK;

        View(Console console, long total) {
            this.console = console;
            this.bar = console.progress("exporting", total);
        }

        @Override
        public void copied(OutboxTask task, long bytes) {
            bar.at(before + bytes);
        }

        @Override
        public void exported(Exported result) {
            OutboxTask task = result.task();
            before += task.size();
            bar.at(before);
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("task", task.id().toString());
            object.put("sha256", task.key().sha256().hex());
            object.put("size", task.size());
            object.put("backend", task.backend().toString());
            switch (result) {
                case Exported.Written done -> {
                    written++;
                    object.put("outcome", done.ended().isPresent() ? "unproven" : "exported");
                    object.put("before", done.before());
                    done.ended().ifPresent(unproven -> {
                        object.put("label", unproven.label().toString());
                        unproven.waybill().ifPresent(file -> object.put("waybill", file.toString()));
                    });
                    console.result((done.ended().isPresent() ? "handed over " : "exported ") + task.id() + ", "
                            + Text.bytes(task.size()) + ", to " + task.backend()
                            + (done.before() ? ", it was there already" : ""));
                }
                case Exported.Decided _ -> {
                    object.put("outcome", "decided");
                    console.note(task.id() + " was decided meanwhile and is not needed");
                }
                case Exported.Failed failed -> {
                    String detail = Reason.of(failed.cause());
                    worst = ExitCode.LOCAL_IO;
                    object.put("outcome", "error");
                    object.put("error", detail);
                    console.note("waybill: error: " + task.id() + " is not exported: " + detail);
                    console.note(
                            "hint: it is kept in the outbox. Is the folder full, or its filesystem one that takes no"
                                    + " file of 4 GiB, as FAT32?");
                }
            }
            results.add(object);
        }
    }
}
