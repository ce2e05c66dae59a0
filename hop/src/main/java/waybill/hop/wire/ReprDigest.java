package waybill.hop.wire;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import waybill.protocol.Sha256;

/**
 * The {@code Repr-Digest} field (RFC 9530, section 3), a dictionary of structured fields (RFC 8941) of which only
 * {@code sha-256} counts here; digests by other algorithms are ignored.
 */
public final class ReprDigest {
    /** The longest field that is looked at, in characters over all its values. */
    static final int MAX_LENGTH = 2048;

    // A member whose value is a byte sequence: key=:base64:, perhaps with parameters, which nobody has defined.
    private static final Pattern MEMBER =
            Pattern.compile("([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):((?: *;[ a-z0-9_.*=\"?:+/-]*)?)");

    private ReprDigest() {}

    /** The field's value for these bytes' digest. */
    public static String of(Sha256 sha256) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(sha256.bytes()) + ":";
    }

    /**
     * Finds the SHA-256 digest.
     *
     * @param values every value of the field, in order; one field may come in several lines
     * @throws IllegalArgumentException if the field is malformed, too long, or names two SHA-256 digests
     */
    public static Optional<Sha256> parse(List<String> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        String field = String.join(",", values);
        if (field.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("Repr-Digest has at most " + MAX_LENGTH + " characters");
        }
        Optional<Sha256> found = Optional.empty();
        for (String part : field.split(",", -1)) {
            Matcher member = MEMBER.matcher(strip(part));
            if (!member.matches()) {
                throw new IllegalArgumentException("Repr-Digest is a list of algorithm=:base64:");
            }
            if (member.group(1).equals("sha-256")) {
                Sha256 digest = sha256(member.group(2));
                // RFC 8941 would let the last one win; two that differ are more likely an attempt to be read two ways.
                if (found.isPresent() && !found.get().equals(digest)) {
                    throw new IllegalArgumentException("Repr-Digest names two SHA-256 digests");
                }
                found = Optional.of(digest);
            }
        }
        return found;
    }

    private static Sha256 sha256(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length != 32) {
            throw new IllegalArgumentException("a SHA-256 digest has 32 bytes");
        }
        return Sha256.ofDigest(bytes);
    }

    /** Optional white space of RFC 9110: spaces and tabs, nothing else. */
    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && (text.charAt(from) == ' ' || text.charAt(from) == '\t')) {
            from++;
        }
        while (to > from && (text.charAt(to - 1) == ' ' || text.charAt(to - 1) == '\t')) {
            to--;
        }
        return text.substring(from, to);
    }
}
