package waybill.update;

import java.io.IOException;

/** Nobody who was found gave what was wanted, in the time there was. What came of it is kept. */
public final class NobodyGivesException extends IOException {
    private final boolean unverified;

    /**
     * Nobody.
     *
     * @param unverified whether something was given, and none of it held
     */
    public NobodyGivesException(String message, boolean unverified) {
        super(message);
        this.unverified = unverified;
    }

    /** Whether something was given, and none of it held. */
    public boolean unverified() {
        return unverified;
    }
}
