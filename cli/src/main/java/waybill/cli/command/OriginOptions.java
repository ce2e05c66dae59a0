package waybill.cli.command;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import waybill.cli.console.CliException;
import waybill.cli.console.Text;
import waybill.hop.Peer;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.proxy.Proxies;

/** Origins that have no releases. */
final class OriginOptions {
    @Option(
            names = "--origin",
            paramLabel = "NAME=URL",
            split = ",",
            converter = Converter.class,
            description = "Also copy what is below this URL, which has no release and is believed by its client's own"
                    + " signatures, once per site: relays and mirrors that name the same URL share it; may be"
                    + " repeated.")
    private List<Named> origins = new ArrayList<>();

    /** As it was said. */
    record Named(String name, BackendUrl url) {}

    /** Whether any is spoken to by plain HTTP, whose proxy is of interest then. */
    boolean plain() {
        return origins.stream().anyMatch(origin -> !origin.url().encrypted());
    }

    /**
     * The origins.
     *
     * @param tls anchors of TLS beside the system's
     */
    List<Origin> origins(List<X509Certificate> tls, Proxies proxies) {
        try {
            return origins.stream()
                    .map(one -> new Origin(
                            one.name(),
                            one.url(),
                            new Peer(
                                    one.url().uri(),
                                    one.url().encrypted()
                                            ? new Peer.Identity.Named(tls, true)
                                            : new Peer.Identity.Plain(),
                                    Optional.empty(),
                                    proxies.towards(one.url(), Optional.empty()),
                                    Optional.empty())))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    "--origin: " + Text.foreign(String.valueOf(e.getMessage())),
                    "for example debian=http://deb.debian.org/debian");
        }
    }

    static final class Converter implements ITypeConverter<Named> {
        @Override
        public Named convert(String text) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new TypeConversionException(
                        "'" + Text.foreign(text) + "' is no NAME=URL; for example debian=http://deb.debian.org/debian");
            }
            try {
                return new Named(text.substring(0, equals), BackendUrl.fromOperator(text.substring(equals + 1)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + Text.foreign(text) + "': " + e.getMessage());
            }
        }
    }
}
