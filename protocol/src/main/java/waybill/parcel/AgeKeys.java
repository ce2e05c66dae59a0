package waybill.parcel;

import com.exceptionfactory.jagged.x25519.X25519KeyFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

/**
 * An age identity and its recipient, X25519 (age-encryption.org/v1). Immutable; {@code toString} hides the secret.
 *
 * @param identity {@code AGE-SECRET-KEY-1...}
 * @param recipient {@code age1...}
 */
public record AgeKeys(String identity, String recipient) {
    private static final Pattern IDENTITY = Pattern.compile("AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}");
    private static final Pattern RECIPIENT = Pattern.compile("age1[02-9ac-hj-np-z]{58}");

    /** A fresh pair from the JDK's secure random generator. */
    public static AgeKeys generate() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new AgeKeys(
                    text(pair.getPrivate().getEncoded()), text(pair.getPublic().getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no X25519", e);
        }
    }

    /**
     * Reads the identity out of the text of a file as {@code age-keygen} writes it, comments included.
     *
     * @throws ParcelFault BAD_KEY unless there is exactly one
     */
    public static AgeKeys parse(String text) throws ParcelFault {
        List<AgeKeys> all = parseAll(text);
        if (all.size() > 1) {
            throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "more than one identity, where one is wanted");
        }
        return all.getFirst();
    }

    /**
     * Reads all identities of such a text, in their order.
     *
     * @throws ParcelFault BAD_KEY if there is none, or something else; the detail repeats nothing of it
     */
    public static List<AgeKeys> parseAll(String text) throws ParcelFault {
        List<AgeKeys> all = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String key = line.strip();
            if (!key.isEmpty() && !key.startsWith("#")) {
                all.add(ofIdentity(key, "line " + number));
            }
        }
        if (all.isEmpty()) {
            throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "no line with AGE-SECRET-KEY-1...");
        }
        return List.copyOf(all);
    }

    /**
     * Whether this is an age recipient that can be sealed to.
     *
     * @throws ParcelFault BAD_KEY if it is not
     */
    public static void checkRecipient(String recipient) throws ParcelFault {
        try {
            if (!RECIPIENT.matcher(recipient).matches()) {
                throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "a recipient is age1 and 58 more characters");
            }
            Stanzas.to(recipient);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "not an age recipient", e);
        }
    }

    /** The text of a file as {@code age-keygen} writes it. It holds the secret. */
    public String toFile(Instant created) {
        return "# created: " + Manifest.wholeSeconds(created) + "\n# public key: " + recipient + "\n" + identity + "\n";
    }

    private static AgeKeys ofIdentity(String identity, String where) throws ParcelFault {
        try {
            if (!IDENTITY.matcher(identity).matches()) {
                throw new ParcelFault(ParcelFault.Kind.BAD_KEY, where + " is no AGE-SECRET-KEY-1...");
            }
            byte[] secret = identity.getBytes(StandardCharsets.US_ASCII);
            byte[] recipient = new X25519KeyFactory()
                    .translateKey(new SecretKeySpec(secret, "X25519"))
                    .getEncoded();
            return new AgeKeys(identity, text(recipient));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new ParcelFault(ParcelFault.Kind.BAD_KEY, where + " is a damaged identity", e);
        }
    }

    private static String text(byte[] ascii) {
        return new String(ascii, StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return "AgeKeys[" + recipient + "]";
    }
}
