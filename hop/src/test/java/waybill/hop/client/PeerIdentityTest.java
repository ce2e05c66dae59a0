package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopLimits;
import waybill.hop.Peer;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.hop.server.HopServer;
import waybill.protocol.NodeId;
import waybill.signature.Role;
import waybill.signature.TestCertificate;
import waybill.signature.TestSuite;

/** TLS proves whom the peer had to be, or nothing is sent. */
@Timeout(60)
class PeerIdentityTest {
    private final TestCertificate root = Servers.root("root");
    private final TestService service = new TestService();
    private final HttpHopClient client = HttpHopClient.create(new ClientSettings(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            1 << 20,
            Duration.ofMillis(200),
            Long.MAX_VALUE,
            Duration.ofMillis(1)));

    @AfterEach
    void close() {
        client.close();
    }

    private static Peer.Identity pinned(TestCertificate certificate) {
        return new Peer.Identity.Pinned(NodeId.of(certificate.keys().getPublic()));
    }

    private static Peer at(HopServer server, Peer.Identity identity) {
        return new Peer(Servers.base(server, "https"), identity, Optional.empty());
    }

    private static Peer named(String host, int port, TestCertificate anchor) {
        return new Peer(
                URI.create("https://" + host + ":" + port + "/inbox"),
                new Peer.Identity.Named(List.of(anchor.certificate()), false),
                Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }

    private void delivers(Peer peer) throws IOException {
        assertThat(client.put(peer, Servers.zeros(0), Duration.ofSeconds(10)))
                .isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
    }

    private void refuses(Peer peer) {
        int before = service.seen.size();
        assertThatThrownBy(() -> client.put(peer, Servers.zeros(0), Duration.ofSeconds(10)))
                .isInstanceOf(HopClient.WrongPeerException.class);
        assertThat(service.seen).hasSize(before);
        assertThat(service.failures).isEmpty();
    }

    @Test
    void aPinnedPeerIsKnownByItsKeyWhateverItsCertificateSays() throws IOException {
        TestCertificate.Spec expired = TestCertificate.Spec.authority("anything")
                .between(Instant.parse("2001-01-01T00:00:00Z"), Instant.parse("2002-01-01T00:00:00Z"));
        TestCertificate node = TestCertificate.root(TestSuite.P256, expired);
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, node)) {
            delivers(at(server, pinned(node)));
            delivers(at(server, pinned(node)));
        }
    }

    @Test
    void anotherKeyIsAnotherPeerEvenRightAfterTheTrueOne() throws IOException {
        TestCertificate node = Servers.serverCertificate(root, "127.0.0.1");
        TestCertificate other = Servers.serverCertificate(root, "127.0.0.1");
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, node)) {
            delivers(at(server, pinned(node)));
            refuses(at(server, pinned(other)));
            delivers(at(server, pinned(node)));
        }
    }

    @Test
    void aNamedPeerIsKnownByItsChainAndNameWhereverItIsDialled() throws IOException {
        TestCertificate leaf = Servers.serverCertificate(root, "backend.example");
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, leaf)) {
            int port = server.address().getPort();
            delivers(named("backend.example", port, root));
            refuses(named("other.example", port, root));
            refuses(named("127.0.0.1", port, root));
            refuses(named("backend.example", port, Servers.root("root")));
        }
    }

    @Test
    void aNamedPeerByAddress() throws IOException {
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, Servers.serverCertificate(root, "127.0.0.1"))) {
            delivers(named("127.0.0.1", server.address().getPort(), root));
        }
    }

    @Test
    void anExpiredCertificateProvesNothing() throws IOException {
        TestCertificate.Spec spec = TestCertificate.Spec.leaf("backend.example", Role.RECEIPT)
                .used(KeyUsage.digitalSignature, List.of(KeyPurposeId.id_kp_serverAuth))
                .between(Instant.parse("2001-01-01T00:00:00Z"), Instant.parse("2002-01-01T00:00:00Z"));
        TestCertificate expired = root.issue(TestSuite.P256, spec);
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, expired)) {
            refuses(named("backend.example", server.address().getPort(), root));
        }
    }

    @Test
    void theSystemsAnchorsDoNotProveAPrivateBackend() throws IOException {
        TestCertificate leaf = Servers.serverCertificate(root, "backend.example");
        try (HopServer server = Servers.tls(service, HopLimits.DEFAULT, leaf)) {
            Peer ours = named("backend.example", server.address().getPort(), root);
            refuses(new Peer(ours.base(), new Peer.Identity.Named(List.of(), true), ours.connectTo()));
            refuses(new Peer(ours.base(), new Peer.Identity.Named(List.of(), false), ours.connectTo()));
            delivers(new Peer(
                    ours.base(), new Peer.Identity.Named(List.of(root.certificate()), true), ours.connectTo()));
        }
    }

    @Test
    void aPeerWhoSpeaksOnlyTls12IsRefused() throws Exception {
        TestCertificate leaf = Servers.serverCertificate(root, "127.0.0.1");
        SSLServerSocket old = (SSLServerSocket)
                context(leaf).getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress());
        old.setEnabledProtocols(new String[] {"TLSv1.2"});
        try (ScriptedServer server = ScriptedServer.over(old, ScriptedServer.Line::hang)) {
            refuses(named("127.0.0.1", server.port(), root));
            assertThat(server.heads).isEmpty();
        }
    }

    @Test
    void aPeerWithoutTlsIsRefused() throws IOException {
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            Peer peer = new Peer(
                    Servers.base(server, "https"), pinned(Servers.serverCertificate(root, "x")), Optional.empty());
            assertThatThrownBy(() -> client.profile(peer)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aHandshakeThatIsNeverAnsweredEndsUnreachable() throws IOException {
        // The kernel takes the connection, nobody ever takes it from the kernel.
        try (java.net.ServerSocket silent = new java.net.ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Peer peer = named("127.0.0.1", silent.getLocalPort(), root);
            assertThatThrownBy(() -> client.profile(peer)).isInstanceOf(HopClient.UnreachableException.class);
        }
    }

    @Test
    void theSchemeHasToFitTheIdentity() {
        Peer.Identity plain = new Peer.Identity.Plain();
        Peer.Identity named = new Peer.Identity.Named(List.of(), true);
        assertThatThrownBy(() -> client.profile(new Peer(URI.create("https://x/inbox"), plain, Optional.empty())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.profile(new Peer(URI.create("http://x/inbox"), named, Optional.empty())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static SSLContext context(TestCertificate certificate) throws GeneralSecurityException, IOException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, new char[0]);
        keys.setKeyEntry(
                "x",
                certificate.keys().getPrivate(),
                new char[0],
                certificate.chain().toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
