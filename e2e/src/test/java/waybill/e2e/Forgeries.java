package waybill.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.signature.Role;
import waybill.signature.TestCertificate;
import waybill.signature.TestCertificate.Spec;
import waybill.signature.TestCms;
import waybill.signature.TestSuite;

/**
 * Receipts that are right in everything but one thing. Those that need the backend's own authority take it from where the
 * backend was made: a liar has stolen a certificate, not the authority, but a test has to make one.
 */
final class Forgeries {
    private static final Duration YEAR = Duration.ofDays(365);

    private final TestCertificate authority;
    private final TestCertificate publisher;
    private final String host;

    /** @param backend a directory that {@code backend init} made, with its offline keys */
    Forgeries(Path backend, String host) throws IOException {
        this.host = host;
        X509Certificate anchor = certificate(backend.resolve("anchor.pem"));
        authority =
                new TestCertificate(TestSuite.P256, keys(backend.resolve("offline/ca.key"), anchor), anchor, List.of());
        X509Certificate leaf = certificate(backend.resolve("offline/publisher.pem"));
        publisher = new TestCertificate(
                TestSuite.P256, keys(backend.resolve("offline/publisher.key"), leaf), leaf, List.of(anchor));
    }

    /** The packet alone. */
    byte[] unsignedPacket(Packet.Receipt receipt) {
        return PacketCodec.encode(receipt);
    }

    /** CMS in which nobody signed. */
    byte[] unsignedCms(Packet.Receipt receipt) {
        return cms(publisher, receipt).signers(0).encoded();
    }

    /** Signed for a packet, carries another. */
    byte[] altered(Packet.Receipt receipt) {
        TestCertificate leaf = leaf(authority, host);
        return new TestCms(leaf, PacketCodec.encode(receipt))
                .digested("something else".getBytes(StandardCharsets.US_ASCII))
                .encoded();
    }

    /** The right names under an authority of the liar's own. */
    byte[] selfSigned(Packet.Receipt receipt) {
        Spec named = around(Spec.authority("Waybill anchor of " + host));
        return cms(leaf(TestCertificate.root(TestSuite.P256, named), host), receipt)
                .encoded();
    }

    /** A chain to the true anchor that is another host's. */
    byte[] wrongHost(Packet.Receipt receipt) {
        return cms(leaf(authority, "another." + host), receipt).encoded();
    }

    /** By the key that signs profiles. */
    byte[] byProfileKey(Packet.Receipt receipt) {
        return cms(publisher, receipt).encoded();
    }

    /** What the publisher himself signed, with his own key: a test has it, a liar can only have kept it from before. */
    byte[] published(Packet packet) {
        return new TestCms(publisher, PacketCodec.encode(packet)).encoded();
    }

    /** As the publisher would sign it, under an authority of the liar's own. */
    byte[] publishedBySelf(Packet packet) {
        Instant now = Instant.now();
        TestCertificate root =
                TestCertificate.root(TestSuite.P256, around(Spec.authority("Waybill anchor of " + host)));
        Spec leaf = Spec.leaf(host, Role.PUBLISHER).between(now.minus(Duration.ofHours(20)), now.plus(YEAR));
        return new TestCms(root.issue(TestSuite.P256, leaf), PacketCodec.encode(packet)).encoded();
    }

    /** By a certificate whose time was over an hour before. */
    byte[] expired(Packet.Receipt receipt) {
        Instant now = Instant.now();
        Spec spec = Spec.leaf(host, Role.RECEIPT).between(now.minus(Duration.ofHours(20)), now.minusSeconds(3600));
        return cms(authority.issue(TestSuite.P256, spec), receipt).encoded();
    }

    private static TestCertificate leaf(TestCertificate issuer, String host) {
        return issuer.issue(TestSuite.P256, around(Spec.leaf(host, Role.RECEIPT)));
    }

    private static Spec around(Spec spec) {
        Instant now = Instant.now();
        return spec.between(now.minus(Duration.ofHours(20)), now.plus(YEAR));
    }

    private static TestCms cms(TestCertificate signer, Packet.Receipt receipt) {
        return new TestCms(signer, PacketCodec.encode(receipt));
    }

    static X509Certificate certificate(Path pem) throws IOException {
        try (InputStream in = Files.newInputStream(pem)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (GeneralSecurityException e) {
            throw new IOException(pem + " has no certificate", e);
        }
    }

    private static KeyPair keys(Path pem, X509Certificate certificate) throws IOException {
        String text = Files.readString(pem).replaceAll("-----[A-Z ]+-----|\\s", "");
        try {
            return new KeyPair(
                    certificate.getPublicKey(),
                    KeyFactory.getInstance("EC")
                            .generatePrivate(
                                    new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text))));
        } catch (GeneralSecurityException e) {
            throw new IOException(pem + " has no key", e);
        }
    }
}
