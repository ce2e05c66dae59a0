package waybill.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.LinkedHashMap;
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
import waybill.parcel.Manifest;
import waybill.parcel.ManifestXml;
import waybill.parcel.ParcelFault;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.signature.SignedPackets;

/** {@code waybill verify}. */
@Command(
        name = "verify",
        description = "Verify a receipt, and that it is for a parcel or a file.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill verify 019a8c1e.receipt --trust anchor.pem --file crash.dmp",
            "",
            "--file needs the waybill.xml that was kept beside the receipt; where it is elsewhere, --waybill names",
            "it. Ends with 0 verified, 3 a signed refusal, 5 not verified."
        })
public final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RECEIPT", description = "The receipt, CMS in DER.")
    @SuppressWarnings("NullAway.Init") // required
    private Path receipt;

    @Mixin
    private final TrustOptions trust = new TrustOptions();

    @Option(names = "--parcel", paramLabel = "FILE", description = "The sealed parcel it must be for.")
    private @Nullable Path parcel;

    @Option(names = "--file", paramLabel = "FILE", description = "A file that must have been in the parcel.")
    private @Nullable Path file;

    @Option(
            names = "--waybill",
            paramLabel = "XML",
            description = "The kept waybill.xml (default: beside the receipt, ID.waybill.xml).")
    private @Nullable Path waybill;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        SignedPackets packets = new SignedPackets(trust.policy(), InstantSource.system());
        Signed<Packet> signed;
        try {
            signed = packets.standalone(read(receipt, SignedPackets.MAX_BYTES));
        } catch (SignatureFault e) {
            throw new CliException(
                    ExitCode.NOT_VERIFIED, "not verified: " + e.kind() + ": " + Text.foreign(e.detail()), hint(e), e);
        }
        return switch (signed.packet()) {
            case Packet.Receipt verified -> {
                checkParcel(verified);
                checkFile(verified);
                show(console, signed, verified);
                yield ExitCode.OK;
            }
            case Packet.Refusal refusal -> {
                Map<String, Object> object = new LinkedHashMap<>();
                object.put("task", refusal.id().toString());
                object.put("backend", refusal.href());
                object.put("problem", refusal.problem().code());
                object.put("received", refusal.received().toString());
                console.end("", ExitCode.REFUSED, object);
                console.result("a signed refusal: " + refusal.href() + " did not take " + refusal.id() + ": "
                        + refusal.problem().code());
                yield ExitCode.REFUSED;
            }
            default -> throw new CliException(ExitCode.NOT_VERIFIED, "not a receipt", "");
        };
    }

    private void show(Console console, Signed<Packet> signed, Packet.Receipt packet) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("task", packet.id().toString());
        object.put("backend", packet.href());
        object.put("size", packet.size());
        object.put("sha256", packet.sha256().hex());
        packet.contents().ifPresent(contents -> object.put("contents", contents.hex()));
        object.put("opened", packet.opened());
        packet.recipient().ifPresent(recipient -> object.put("recipient", recipient));
        object.put("received", packet.received().toString());
        object.put("signer", signed.signer().getSubjectX500Principal().getName());
        object.put("algorithm", signed.algorithm());
        console.end("verified", ExitCode.OK, object);
        console.result("verified: " + packet.href() + " stored these bytes"
                + (packet.opened() ? " and opened them" : "") + " at " + packet.received());
        object.forEach((name, value) -> console.result("  " + name + " ".repeat(10 - name.length()) + value));
        if (parcel != null) {
            console.result("  the parcel " + parcel + " is what was stored");
        }
        if (file != null) {
            console.result("  the file " + file + " is in it");
        }
    }

    private void checkParcel(Packet.Receipt packet) {
        if (parcel != null) {
            Digest digest = digest(parcel);
            if (digest.size() != packet.size() || !digest.sha256().equals(packet.sha256())) {
                throw new CliException(
                        ExitCode.NOT_VERIFIED, "the receipt verifies, but it is not for the parcel " + parcel, "");
            }
        }
    }

    private void checkFile(Packet.Receipt packet) {
        if (file == null) {
            return;
        }
        Path xml = waybill != null ? waybill : beside(packet);
        if (!Files.exists(xml)) {
            throw new CliException(
                    ExitCode.LOCAL_IO,
                    "there is no file " + Text.foreign(xml.toString()) + ", which says what was in the parcel",
                    "'waybill send' kept it beside the receipt, as ID.waybill.xml: name it with --waybill",
                    new NoSuchFileException(xml.toString()));
        }
        byte[] bytes = read(xml, ManifestXml.MAX_BYTES);
        Sha256 contents = packet.contents()
                .orElseThrow(() -> new CliException(
                        ExitCode.NOT_VERIFIED, "the receipt says nothing of the contents", "use --parcel"));
        if (!Sha256.of(bytes).equals(contents)) {
            throw new CliException(
                    ExitCode.NOT_VERIFIED,
                    "the receipt verifies, but it is not for " + xml,
                    "use --waybill to name it");
        }
        Digest digest = digest(file);
        try {
            Manifest manifest = ManifestXml.parse(bytes);
            Optional<Manifest.Item> item = manifest.files().stream()
                    .filter(i -> i.sha256().equals(digest.sha256()) && i.size() == digest.size())
                    .findFirst();
            if (item.isEmpty()) {
                throw new CliException(
                        ExitCode.NOT_VERIFIED, "the receipt verifies, but " + file + " was not in that parcel", "");
            }
        } catch (ParcelFault e) {
            throw new CliException(ExitCode.NOT_VERIFIED, xml + " cannot be read: " + e.getMessage(), "", e);
        }
    }

    private Path beside(Packet.Receipt packet) {
        return receipt.resolveSibling(packet.id() + ".waybill.xml");
    }

    private record Digest(long size, Sha256 sha256) {}

    private static Digest digest(Path file) {
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
            }
        } catch (IOException e) {
            throw Reason.unreadable(file, e);
        }
        return new Digest(size, Sha256.ofDigest(digest.digest()));
    }

    private static byte[] read(Path file, int most) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new CliException(
                        ExitCode.NOT_VERIFIED, file + " is larger than " + Text.bytes(most), "is it the right file?");
            }
            return bytes;
        } catch (IOException e) {
            throw Reason.unreadable(file, e);
        }
    }

    private static String hint(SignatureFault e) {
        return switch (e.kind()) {
            case UNKNOWN_CHAIN -> "is --trust the anchor of the very backend that signed?";
            case ALGORITHM_NOT_ALLOWED -> "1024-bit RSA counts only with --allow-rsa-1024";
            case BEYOND_SKEW -> "this machine's clock may be behind; see --clock-skew";
            case UNKNOWN_PACKET -> "the backend is newer than this program: update it";
            case MALFORMED, BAD_SIGNATURE, EXPIRED, REVOKED, WRONG_NAME, WRONG_ROLE, WRONG_DELIVERY ->
                "it proves nothing";
        };
    }
}
