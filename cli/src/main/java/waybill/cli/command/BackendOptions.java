package waybill.cli.command;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;

/** Which backend, and how it is dialled. */
final class BackendOptions {
    @Option(
            names = "--to",
            required = true,
            paramLabel = "URL",
            description = "The backend's URL, exactly as the backend was made with.")
    private String to = "";

    @Option(
            names = "--connect-to",
            paramLabel = "HOST:PORT",
            converter = AddressConverter.class,
            description = "Dial there instead of the URL's own host, where no DNS knows it.")
    private @Nullable InetSocketAddress connectTo;

    @Option(names = "--allow-plain-backend", description = "Allow a backend's URL of http://.")
    private boolean plain;

    BackendUrl url() {
        BackendUrl url = parse(to);
        if (!url.encrypted() && !plain) {
            throw CliException.usage(
                    "the backend's URL is plain HTTP", "use https://, or allow it by name: --allow-plain-backend");
        }
        return url;
    }

    /** What an operator says for {@code --to}. */
    static BackendUrl parse(String to) {
        try {
            return BackendUrl.fromOperator(to);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    waybill.cli.console.ExitCode.USAGE,
                    "--to: " + Text.foreign(String.valueOf(e.getMessage())),
                    "for example https://backend.example/inbox",
                    e);
        }
    }

    Optional<InetSocketAddress> connectTo() {
        return Optional.ofNullable(connectTo);
    }

    boolean plain() {
        return plain;
    }
}
