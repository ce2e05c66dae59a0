package waybill.protocol;

import java.security.PublicKey;

/**
 * A relay's identity: the SHA-256 of its certificate's SubjectPublicKeyInfo, written in base64url (section 1).
 *
 * <p>It is proved by a TLS handshake with the key, never by a packet. Immutable and safe for use by several threads.
 */
public record NodeId(Sha256 spki) implements Comparable<NodeId> {

    /** The identity of the holder of this key. */
    public static NodeId of(PublicKey key) {
        return new NodeId(Sha256.of(key.getEncoded()));
    }

    /**
     * Reads the 43 characters of base64url.
     *
     * @throws IllegalArgumentException if they are anything else
     */
    public static NodeId parse(String text) {
        return new NodeId(Sha256.fromBase64Url(text));
    }

    @Override
    public int compareTo(NodeId other) {
        return spki.compareTo(other.spki);
    }

    /** Base64url, 43 characters. */
    @Override
    public String toString() {
        return spki.base64Url();
    }
}
