package waybill.hop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.Role;
import waybill.signature.TestCertificate;
import waybill.signature.TestSuite;

/** Servers on the loopback and what to send them. */
public final class Servers {
    /** An ID. */
    public static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");

    /** Some digest. */
    public static final Sha256 DIGEST = Sha256.of(new byte[0]);

    private Servers() {}

    /** Limits that a test can reach: a second idle, 1 MiB a body, 8 KiB of header. */
    public static HopLimits tight() {
        return new HopLimits(
                1 << 20,
                8192,
                64,
                32,
                16,
                16,
                Duration.ofSeconds(1),
                1 << 20,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
    }

    /** Plain HTTP with this service at /inbox. */
    public static HopServer plain(HopService service, HopLimits limits) throws IOException {
        return start(service, limits, Optional.empty());
    }

    /** TLS with this service at /inbox. */
    public static HopServer tls(HopService service, HopLimits limits, TestCertificate certificate) throws IOException {
        List<X509Certificate> chain = new ArrayList<>(certificate.chain());
        KeyPair keys = certificate.keys();
        return start(service, limits, Optional.of(new ServerIdentity(keys.getPrivate(), chain)));
    }

    /** Plain HTTP with a service that takes uploads, and these updates, both at /inbox. */
    public static HopServer giving(UpdateService updates, HopLimits limits) throws IOException {
        TestService service = new TestService();
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                limits,
                base -> base.equals("/inbox") ? Optional.of(service) : Optional.empty(),
                base -> base.equals("/inbox") ? Optional.of(updates) : Optional.empty());
    }

    private static HopServer start(HopService service, HopLimits limits, Optional<ServerIdentity> identity)
            throws IOException {
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                identity,
                limits,
                base -> base.equals("/inbox") ? Optional.of(service) : Optional.empty());
    }

    /** A TLS certificate of this authority for these hosts. */
    public static TestCertificate serverCertificate(TestCertificate root, String... hosts) {
        TestCertificate.Spec spec = TestCertificate.Spec.leaf(hosts[0], Role.RECEIPT)
                .named(List.of(hosts), List.of())
                .used(org.bouncycastle.asn1.x509.KeyUsage.digitalSignature, List.of(KeyPurposeId.id_kp_serverAuth));
        return root.issue(TestSuite.P256, spec);
    }

    /** An authority. */
    public static TestCertificate root(String name) {
        return TestCertificate.root(TestSuite.P256, TestCertificate.Spec.authority(name));
    }

    /** The base URL at the address it listens on. */
    public static URI base(HopServer server, String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + server.address().getPort() + "/inbox");
    }

    /** The server as a plain peer. */
    public static Peer plainPeer(HopServer server) {
        return new Peer(base(server, "http"), new Peer.Identity.Plain(), Optional.empty());
    }

    /** So many zero bytes to send. */
    public static Upload zeros(long size) {
        return new Upload(
                DeliveryKey.of(ID, DIGEST),
                size,
                Optional.empty(),
                0,
                () -> new ZeroChannel(size),
                Upload.Progress.NONE);
    }
}
