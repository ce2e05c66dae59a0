package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;

class RenewedTlsTest {
    @Test
    void server_shows_the_next_certificate_to_whom_comes_after_the_change() throws Exception {
        Issuer issuer = Issuer.create("127.0.0.1", Instant.now());
        Issuer.Issued first = issuer.issue(Issuer.Use.TLS, "127.0.0.1", Instant.now());
        Issuer.Issued next = issuer.issue(Issuer.Use.TLS, "127.0.0.1", Instant.now());
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
        try (HopServer server =
                HopServer.start(any, Optional.of(identity(first)), HopLimits.DEFAULT, base -> Optional.empty())) {
            assertThat(shown(issuer, server.address())).isEqualTo(first.certificate());

            server.become(identity(next));

            assertThat(shown(issuer, server.address())).isEqualTo(next.certificate());
        }
    }

    private static ServerIdentity identity(Issuer.Issued issued) {
        return new ServerIdentity(issued.key(), List.of(issued.certificate()));
    }

    private static X509Certificate shown(Issuer issuer, InetSocketAddress address) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("root", issuer.anchor());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, trust.getTrustManagers(), null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }
}
