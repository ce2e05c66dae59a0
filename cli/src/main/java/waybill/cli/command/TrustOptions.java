package waybill.cli.command;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.signature.AnchorFault;
import waybill.signature.Anchors;
import waybill.signature.TrustPolicy;

/** Whose receipts count. */
final class TrustOptions {
    private static final long MAX_PEM = 1 << 20;

    @Option(
            names = "--trust",
            required = true,
            paramLabel = "PEM",
            description =
                    "The backend's anchor: receipts and updates count only if they chain to a certificate in this file.")
    @SuppressWarnings("NullAway.Init") // required
    private Path trust;

    @Option(
            names = "--allow-rsa-1024",
            description = "Also count signatures by RSA keys of 1024 bits, for chains of another age only.")
    private boolean allowRsa1024;

    @Option(
            names = "--clock-skew",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description =
                    "How far ahead of this clock the time of a receipt or update may lie (default: ${DEFAULT-VALUE}).")
    private Duration skew = TrustPolicy.DEFAULT_SKEW;

    /** The policy for receipts and profiles. */
    TrustPolicy policy() {
        return new TrustPolicy(read(trust), allowRsa1024, skew);
    }

    /** The certificates of a PEM file that an operator named. */
    static List<X509Certificate> read(Path file) {
        try {
            if (Files.size(file) > MAX_PEM) {
                throw CliException.usage(
                        "the trust file " + file + " is larger than 1 MiB", "name the anchor's PEM file");
            }
            return Anchors.parse(Files.readString(file));
        } catch (AnchorFault e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "the trust file " + file + " is of no use: " + e.getMessage(),
                    e.kind() == AnchorFault.Kind.NOT_AN_AUTHORITY
                            ? "name the anchor, not a server's or signer's certificate"
                            : "it is the anchor.pem that 'waybill backend init' made",
                    e);
        } catch (CharacterCodingException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "the trust file " + file + " is no text",
                    "it is PEM; convert DER with: openssl x509 -inform DER -in FILE",
                    e);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "the trust file " + Text.foreign(file.toString()) + " cannot be read: " + Reason.of(e, file),
                    "it is the anchor.pem that 'waybill backend init' made",
                    e);
        }
    }
}
