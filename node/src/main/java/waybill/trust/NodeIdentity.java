package waybill.trust;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import waybill.protocol.NodeId;

/**
 * Who a relay is: a P-256 key and a self-signed certificate of it, made at the first start (section 1). What counts is the
 * key; peers that pin it look at neither dates nor names. Immutable.
 *
 * @param key to be kept secret; {@code toString} hides it
 */
public record NodeIdentity(X509Certificate certificate, PrivateKey key) {

    /**
     * Reads the identity kept in this directory, or makes one. A copy of a machine makes its own: the digest of this
     * machine's ID is kept beside the key, where the system has one.
     *
     * @throws IOException if it cannot be read, or is damaged, or cannot be made durable
     */
    public static NodeIdentity load(Path directory, InstantSource clock) throws IOException {
        throw new IOException("not yet: " + directory + clock);
    }

    /** The identity on the wire. */
    public NodeId node() {
        return NodeId.of(certificate.getPublicKey());
    }

    @Override
    public String toString() {
        return "NodeIdentity[" + node() + "]";
    }
}
