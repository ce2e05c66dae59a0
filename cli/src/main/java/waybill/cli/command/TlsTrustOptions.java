package waybill.cli.command;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whom TLS to the backend believes; for commands that dial it. */
final class TlsTrustOptions {
    @Option(
            names = "--tls-trust",
            paramLabel = "PEM",
            description = "Anchors for TLS to the backend; without it those of --trust and the system's.")
    private @Nullable Path tlsTrust;

    /** The anchors for TLS, if they were named. */
    Optional<List<X509Certificate>> anchors() {
        return Optional.ofNullable(tlsTrust).map(TrustOptions::read);
    }
}
