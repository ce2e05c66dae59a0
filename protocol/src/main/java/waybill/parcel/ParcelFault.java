package waybill.parcel;

/** A parcel that cannot be opened or is not one. */
public final class ParcelFault extends Exception {
    /** What is wrong with it. */
    public enum Kind {
        /** Not age, or its header or a chunk is damaged or cut short. */
        DAMAGED,
        /** None of the identities opens it. */
        NOT_FOR_US,
        /** Opened, but not a tar of regular files under {@code files/} with {@code waybill.xml} last. */
        NOT_A_PARCEL,
        /** Opened, but a file is not as {@code waybill.xml} says. */
        CONTENTS_DIFFER,
        /** A recipient or identity that cannot be read. */
        BAD_KEY
    }

    private final Kind kind;

    /** A fault of this kind; the detail names what was found. */
    public ParcelFault(Kind kind, String detail) {
        super(detail);
        this.kind = kind;
    }

    /** A fault with its cause. */
    public ParcelFault(Kind kind, String detail, Throwable cause) {
        super(detail, cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
