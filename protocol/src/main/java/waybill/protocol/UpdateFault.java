package waybill.protocol;

/**
 * Something of an update that does not hold although what was signed does, and why (section 10.6). What is wrong with the
 * signature itself is a fault of its own. Carries facts, not prose.
 */
public final class UpdateFault extends Exception {
    /** The kinds, each with vectors of its own. */
    public enum Kind {
        /** Bytes that are not those of their digest. Whoever gave them did not look at them. */
        WRONG_CONTENT,
        /** The bytes that were signed for, but no list of files or of piece hashes: the publisher's own fault. */
        MALFORMED,
        /** A lower number than one seen before. */
        ROLLBACK,
        /** The number of one seen before with something else under it: the publisher says two things at once. */
        EQUIVOCATION,
        /** A release that is not the one of the catalogue that is held and is as young or younger. */
        MIX_AND_MATCH
    }

    private final Kind kind;
    private final String detail;

    /** A fault of this kind; the detail names what was found. */
    public UpdateFault(Kind kind, String detail) {
        super(kind + ": " + detail);
        this.kind = kind;
        this.detail = detail;
    }

    /** Which check failed. */
    public Kind kind() {
        return kind;
    }

    /** What was found, for people. */
    public String detail() {
        return detail;
    }
}
