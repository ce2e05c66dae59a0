package waybill.signature;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;

/**
 * A backend's keys for tests: a root, a receipt leaf and a publisher leaf. For tests of all modules; what it signs holds
 * under {@link #policy()} for times between 2026 and 2046.
 *
 * @param root the private CA
 * @param receipt signs receipts and refusals
 * @param publisher signs profiles, releases and catalogues
 */
public record TestPki(TestCertificate root, TestCertificate receipt, TestCertificate publisher) {

    /** One of ECDSA P-256 for this host, a DNS name or an IPv4 address. */
    public static TestPki of(String host) {
        return of(host, TestSuite.P256);
    }

    /** One with keys of this kind throughout. */
    public static TestPki of(String host, TestSuite suite) {
        TestCertificate root = TestCertificate.root(suite, TestCertificate.Spec.authority("Root of " + host));
        return new TestPki(
                root,
                root.issue(suite, TestCertificate.Spec.leaf(host, Role.RECEIPT)),
                root.issue(suite, TestCertificate.Spec.leaf(host, Role.PUBLISHER)));
    }

    /** The root alone. */
    public List<X509Certificate> anchors() {
        return List.of(root.certificate());
    }

    /** The default policy with the root. */
    public TrustPolicy policy() {
        return TrustPolicy.of(anchors());
    }

    /** The same, with RSA of 1,024 bits allowed. */
    public TrustPolicy policyWithRsa1024() {
        return new TrustPolicy(anchors(), true, Duration.ofMinutes(10));
    }

    /** A packet signed by the leaf its type asks for. */
    public byte[] sign(Packet packet) {
        TestCertificate leaf =
                switch (packet) {
                    case Packet.Profile _, Packet.Release _, Packet.Catalogue _ -> publisher;
                    default -> receipt;
                };
        return new TestCms(leaf, PacketCodec.encode(packet)).encoded();
    }
}
