package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;

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

    /** Opens the sender; a directory that cannot be used is a clear error. */
    Requester open(RequesterConfig.Builder builder) {
        try {
            return Requester.open(builder.build());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see 'waybill send --help'");
        } catch (IOException e) {
            throw CliException.io(
                    "the sender's data under " + data() + " cannot be used: " + e.getMessage(),
                    "name another directory with --data",
                    e);
        }
    }
}
