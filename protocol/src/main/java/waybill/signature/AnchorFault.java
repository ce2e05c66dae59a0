package waybill.signature;

/** A trust file that names no anchors, and why. Carries facts, not prose. */
public final class AnchorFault extends Exception {
    /** What is wrong with the file. */
    public enum Kind {
        /** Nothing in it. */
        EMPTY,
        /** Not PEM, or a block that does not end. */
        NOT_PEM,
        /** A private key. */
        PRIVATE_KEY,
        /** Something else than a certificate: a request, a public key, a CRL. */
        NOT_A_CERTIFICATE,
        /** A certificate that cannot be read. */
        DAMAGED,
        /** A certificate that may not sign others, such as a server's. */
        NOT_AN_AUTHORITY
    }

    private final Kind kind;

    /** A fault of this kind; the detail names what was found. */
    public AnchorFault(Kind kind, String detail) {
        super(detail);
        this.kind = kind;
    }

    /** A fault with its cause. */
    public AnchorFault(Kind kind, String detail, Throwable cause) {
        super(detail, cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
