package waybill.protocol;

import java.nio.charset.StandardCharsets;

/**
 * An origin that has no releases, as two nodes of one site name it to each other (section 10.10): by the digest of its URL,
 * beside the backend that both serve. Nobody can be made to dial a URL by it: who does not know it does not know what it
 * says. Immutable and safe for use by several threads.
 *
 * @param backend whose node is asked
 * @param key SHA-256 of the origin's URL
 */
public record SharedOrigin(BackendUrl backend, Sha256 key) {
    private static final String DIVIDER = "/origins/";

    /** @throws IllegalArgumentException if the whole is longer than a URL may be */
    public SharedOrigin {
        if (backend.toString().length() + DIVIDER.length() + key.hex().length() > BackendUrl.MAX_LENGTH) {
            throw new IllegalArgumentException("the backend's URL is too long to name an origin beside it");
        }
    }

    /** What an origin's URL is called by. */
    public static Sha256 keyOf(BackendUrl origin) {
        return Sha256.of(origin.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Reads one exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static SharedOrigin parse(String text) {
        int divider = text.lastIndexOf(DIVIDER);
        if (divider < 0) {
            throw new IllegalArgumentException("no origin is named");
        }
        return new SharedOrigin(
                BackendUrl.parse(text.substring(0, divider)), new Sha256(text.substring(divider + DIVIDER.length())));
    }

    /** The one way to write it. */
    @Override
    public String toString() {
        return backend + DIVIDER + key;
    }
}
