package waybill.hop.resume;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The {@code Upload-Checksum} of tus 1.0.0 over the bytes of one request. Immutable.
 *
 * @param algorithm of the JDK
 */
public record Checksum(String algorithm, byte[] digest) {
    /** What can be asked for. */
    public static final String ALGORITHMS = "sha1,sha256";

    /** The most bytes of a request that has one: they are held in memory until it is known to fit. */
    public static final int MAX_BYTES = 1 << 20;

    /**
     * Reads the field's value.
     *
     * @throws IllegalArgumentException if it is malformed, or of another algorithm
     */
    public static Checksum parse(String field) {
        String[] parts = field.strip().split(" ", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("a checksum is an algorithm and Base64");
        }
        String algorithm =
                switch (parts[0]) {
                    case "sha1" -> "SHA-1";
                    case "sha256" -> "SHA-256";
                    default -> throw new IllegalArgumentException("checksums are one of " + ALGORITHMS);
                };
        return new Checksum(algorithm, Base64.getDecoder().decode(parts[1]));
    }

    /** Whether it is that of these bytes. */
    public boolean fits(byte[] bytes, int length) {
        try {
            MessageDigest digester = MessageDigest.getInstance(algorithm);
            digester.update(bytes, 0, length);
            return MessageDigest.isEqual(digester.digest(), digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
