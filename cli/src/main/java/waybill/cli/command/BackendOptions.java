package waybill.cli.command;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.protocol.BackendUrl;

/** Which backend, and how it is dialled. */
final class BackendOptions {
    @Mixin
    private final ToOptions to = new ToOptions();

    @Option(
            names = "--connect-to",
            paramLabel = "HOST:PORT",
            converter = AddressConverter.class,
            description = "Dial there instead of the URL's own host, where no DNS knows it.")
    private @Nullable InetSocketAddress connectTo;

    BackendUrl url() {
        return to.url();
    }

    Optional<InetSocketAddress> connectTo() {
        return Optional.ofNullable(connectTo);
    }

    boolean plain() {
        return to.plain();
    }
}
