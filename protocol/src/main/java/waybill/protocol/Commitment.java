package waybill.protocol;

import java.security.MessageDigest;
import java.util.Base64;

/**
 * The secret of one discovery round and the commitment to it: {@code commit} is the base64url SHA-256 of the secret's 32
 * bytes. Only who asked can say {@code located} for a round (section 2).
 */
public record Commitment(String secret) {

    /** @throws IllegalArgumentException unless the text is the base64url of 32 bytes */
    public Commitment {
        Sha256.fromBase64Url(secret);
    }

    /** The commitment to these 32 bytes, which the caller took from a secure random generator. */
    public static Commitment to(byte[] secret) {
        if (secret.length != 32) {
            throw new IllegalArgumentException("a secret has 32 bytes");
        }
        return new Commitment(Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** What the request carries. */
    public Sha256 commit() {
        return Sha256.of(Base64.getUrlDecoder().decode(secret));
    }

    /** Whether the secret opens this commitment, compared in constant time. */
    public boolean opens(Sha256 commit) {
        return MessageDigest.isEqual(commit().bytes(), commit.bytes());
    }

    /** Without the secret, which is nobody's before {@code located} is said. */
    @Override
    public String toString() {
        return "Commitment[" + commit().base64Url() + "]";
    }
}
