package waybill.hop.server;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who a server is in TLS: its key and the certificates that go with it, held in memory and by this server alone.
 *
 * @param key belongs to the first certificate
 * @param chain the leaf first, the anchor not needed
 */
public record ServerIdentity(PrivateKey key, List<X509Certificate> chain) {
    /** @throws IllegalArgumentException if there is no certificate */
    public ServerIdentity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a server identity has at least one certificate");
        }
    }

    /** Names the leaf, never the key. */
    @Override
    public String toString() {
        return "ServerIdentity[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
}
