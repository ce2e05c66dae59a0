package waybill.parcel;

/**
 * An age identity and its recipient, X25519 (age-encryption.org/v1). Immutable; {@code toString} hides the secret.
 *
 * @param identity {@code AGE-SECRET-KEY-1...}
 * @param recipient {@code age1...}
 */
public record AgeKeys(String identity, String recipient) {

    /** A fresh pair from the JDK's secure random generator. */
    public static AgeKeys generate() {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads the identity out of the text of a file as {@code age-keygen} writes it, comments included.
     *
     * @throws ParcelFault BAD_KEY if there is none
     */
    public static AgeKeys parse(String text) throws ParcelFault {
        throw new ParcelFault(ParcelFault.Kind.BAD_KEY, text);
    }

    @Override
    public String toString() {
        return "AgeKeys[" + recipient + "]";
    }
}
