package waybill.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A SHA-256 digest (FIPS 180-4), kept as 64 lower-case hexadecimal digits.
 *
 * <p>Immutable and safe for use by several threads.
 */
public record Sha256(String hex) implements Comparable<Sha256> {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException unless the text is 64 lower-case hexadecimal digits */
    public Sha256 {
        if (hex.length() != 64 || !HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("a SHA-256 is 64 hexadecimal digits in lower case");
        }
    }

    /** The digest of these bytes. */
    public static Sha256 of(byte[] bytes) {
        return ofDigest(newDigest().digest(bytes));
    }

    /** The digest of all that a stream gives; it is read to its end and not closed. */
    public static Sha256 of(InputStream in) throws IOException {
        MessageDigest digest = newDigest();
        byte[] buffer = new byte[64 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            digest.update(buffer, 0, count);
        }
        return ofDigest(digest.digest());
    }

    /**
     * Takes the 32 bytes that a digest returned.
     *
     * @throws IllegalArgumentException if they are not 32
     */
    public static Sha256 ofDigest(byte[] digest) {
        return new Sha256(HexFormat.of().formatHex(digest));
    }

    /**
     * Reads base64url without padding (RFC 4648, section 5).
     *
     * @throws IllegalArgumentException if the text is not the one canonical form of 32 bytes
     */
    public static Sha256 fromBase64Url(String text) {
        if (text.length() != 43) {
            throw new IllegalArgumentException("a SHA-256 in base64url has 43 characters");
        }
        Sha256 value = ofDigest(Base64.getUrlDecoder().decode(text));
        if (!value.base64Url().equals(text)) {
            throw new IllegalArgumentException("not the canonical base64url of 32 bytes");
        }
        return value;
    }

    /** A digest to feed; every JDK has the algorithm. */
    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    /** The 32 bytes, a fresh array. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** Base64url without padding, 43 characters. */
    public String base64Url() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes());
    }

    @Override
    public int compareTo(Sha256 other) {
        return hex.compareTo(other.hex);
    }

    /** The hexadecimal digits. */
    @Override
    public String toString() {
        return hex;
    }
}
