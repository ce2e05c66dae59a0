package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.parcel.Manifest;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;

/** {@code waybill receipts list}: looks into the outbox, also while others work on it; asks nobody and changes nothing. */
@Command(
        name = "list",
        description = "What waits, who has it and until when a receipt is promised. Asks nobody.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill receipts list",
            "  waybill receipts list --json",
            "",
            "Ends with 0 also where something waits; 'receipts collect' goes on with it."
        })
final class ReceiptsListCommand implements Callable<Integer> {
    /** So many names of one parcel's files are told. */
    private static final int NAMES = 10;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The sender's data directory (default: ~/.local/state/waybill).")
    private @Nullable Path data;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        Path place = Outbox.under(data == null ? Places.state() : data);
        try {
            return list(place, console);
        } catch (IOException e) {
            throw CliException.io(
                    "the outbox " + Text.foreign(place.toString()) + " cannot be read: " + Reason.of(e, place),
                    "see --data",
                    e);
        }
    }

    private static int list(Path place, Console console) throws IOException {
        Console.Listing listing = console.listing("tasks");
        long count = 0;
        long bytes = 0;
        long unread = 0;
        // Only what is certainly not there is empty: it may be somebody else's, or a link to a disk that is away.
        if (!Files.notExists(place, LinkOption.NOFOLLOW_LINKS)) {
            Outbox outbox = Outbox.lookInto(place);
            for (TaskId id : outbox.named()) {
                try {
                    Optional<OutboxTask> task = outbox.find(id);
                    if (task.isPresent()) {
                        show(task.get(), names(outbox, id), console, listing);
                        count++;
                        bytes += task.get().size();
                    }
                } catch (IOException | DateTimeException | ArithmeticException e) { // or with a time that cannot be
                    unread++;
                    listing.add(Map.of("id", id.toString(), "state", "UNREADABLE", "last", Reason.of(e)));
                    console.result(id + "  cannot be read: " + Reason.of(e));
                }
            }
        }
        if (count > 0 || unread == 0) {
            console.note(count == 0 ? "nothing is outstanding" : count + " outstanding, " + Text.bytes(bytes));
        }
        if (unread > 0) {
            console.note(unread + " that cannot be read; 'receipts collect' sets aside what is damaged");
        }
        int code = unread == 0 ? ExitCode.OK : ExitCode.LOCAL_IO;
        listing.end("listed", code, Map.of("count", count, "bytes", bytes, "unreadable", unread));
        return code;
    }

    /** The first of the names inside, as far as they can be read. */
    private static List<String> names(Outbox outbox, TaskId id) {
        try {
            return outbox.manifest(id).stream()
                    .flatMap(manifest -> manifest.files().stream())
                    .map(Manifest.Item::name)
                    .limit(NAMES)
                    .toList();
        } catch (IOException e) {
            return List.of(); // its task is sound, and that is what counts here
        }
    }

    private static void show(OutboxTask task, List<String> names, Console console, Console.Listing listing) {
        Optional<Instant> until = awaited(task).map(OutboxTask.Acceptance::until);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", task.id().toString());
        row.put("backend", task.backend().toString());
        row.put("names", names);
        row.put("files", task.files());
        row.put("size", task.size());
        row.put("sealed", task.created().toString());
        row.put("state", task.phase().name());
        row.put("with", task.carrier().map(Object::toString).orElse(""));
        row.put("until", until.map(Instant::toString).orElse(""));
        row.put("attempts", task.attempts());
        row.put("last", task.history().isEmpty() ? "" : words(task.history().getLast()));
        String line = task.id() + "  " + named(names, task.files()) + ", " + Text.bytes(task.size()) + ", sealed "
                + Text.at(task.created()) + ": " + standing(task, until);
        listing.add(row);
        console.result(line);
    }

    /** The acceptance that is waited for. */
    private static Optional<OutboxTask.Acceptance> awaited(OutboxTask task) {
        return task.phase() == OutboxTask.Phase.AWAITING
                ? task.acceptances().stream()
                        .filter(acceptance -> task.carrier().equals(Optional.of(acceptance.carrier())))
                        .findFirst()
                : Optional.empty();
    }

    private static String named(List<String> names, int files) {
        if (names.isEmpty()) {
            return files == 1 ? "1 file" : files + " files";
        }
        String first = Text.foreign(names.getFirst());
        return files == 1 ? first : first + " and " + (files - 1) + " more";
    }

    private static String standing(OutboxTask task, Optional<Instant> until) {
        String with = Text.foreign(task.carrier().map(Object::toString).orElse(""));
        return switch (task.phase()) {
            case SEEKING -> seeking(task);
            case FORWARDING -> "on its way to " + with;
            case AWAITING ->
                "with " + with + until.map(ReceiptsListCommand::due).orElse("");
            case EXPIRED -> "not decided when it was last tried";
        };
    }

    private static String seeking(OutboxTask task) {
        int took = task.acceptances().size();
        return took > 0
                ? took + " took it and brought no receipt yet; another one is looked for"
                : task.attempts() == 0 ? "no relay or backend had it yet" : "no relay or backend took it yet";
    }

    private static String due(Instant until) {
        return until.isAfter(Instant.now())
                ? ", its receipt is awaited until " + Text.at(until)
                : ", its receipt is overdue since " + Text.at(until);
    }

    private static String words(OutboxTask.Entry entry) {
        return (entry.at() + " " + entry.event() + " " + entry.who() + " " + entry.detail()).strip();
    }
}
