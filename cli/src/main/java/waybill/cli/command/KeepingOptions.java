package waybill.cli.command;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;
import waybill.store.DurableFiles;

/** Where a sender keeps what it has. */
final class KeepingOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Outbox, black list and what is known of relays (default: ~/.local/state/waybill).")
    private @Nullable Path data;

    @Option(
            names = "--receipts",
            paramLabel = "DIR",
            description = "Where receipts are kept, each with its waybill.xml (default: receipts in --data).")
    private @Nullable Path receipts;

    Path data() {
        return data == null ? Places.state() : data;
    }

    /** Where receipts go, if it was said. */
    Optional<Path> receipts() {
        return Optional.ofNullable(receipts);
    }

    /** Before anything is sealed and sent: a receipt that has no place is noticed too late. */
    private static void check(Path directory) {
        try {
            DurableFiles.directory(directory, false);
            if (!Files.isWritable(directory)) {
                throw new AccessDeniedException(directory.toString(), null, "not writable");
            }
        } catch (IOException e) {
            throw CliException.io(
                    "the directory for receipts " + Text.foreign(directory.toString()) + " cannot be used: "
                            + Reason.of(e, directory),
                    "name a directory that you may write to with --receipts",
                    e);
        }
    }

    /** Opens the sender; a directory that cannot be used is a clear error. */
    Requester open(RequesterConfig.Builder builder) {
        receipts().ifPresent(KeepingOptions::check);
        try {
            return Requester.open(builder.build());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see 'waybill send --help'");
        } catch (IOException e) {
            throw CliException.io(
                    "the sender's data under " + Text.foreign(data().toString()) + " cannot be used: "
                            + Reason.of(e, data()),
                    "name another directory with --data",
                    e);
        }
    }
}
