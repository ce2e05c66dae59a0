package waybill.signature;

/** A signed packet that does not hold, and the first check that failed (section 5). Carries facts, not prose. */
public final class SignatureFault extends Exception {
    /** The kinds, in the order of the checks. Each has vectors in {@code spec/vectors/receipt}. */
    public enum Kind {
        /** Not DER of a CMS SignedData of one signer with a packet inside, or over 64 KiB. */
        MALFORMED,
        /** A signature or digest algorithm, or a key size, that the policy does not allow. */
        ALGORITHM_NOT_ALLOWED,
        /** The signature does not fit the bytes. */
        BAD_SIGNATURE,
        /** The chain ends at no configured anchor. */
        UNKNOWN_CHAIN,
        /** A certificate of the chain was not valid at the time of the packet. */
        EXPIRED,
        /** A CRL that came along revokes a certificate of the chain. */
        REVOKED,
        /** Signed under an anchor, but of a version or type that this program does not know: a later backend's. */
        UNKNOWN_PACKET,
        /** The leaf's name is not the backend's host. */
        WRONG_NAME,
        /** The leaf may not sign this type of packet. */
        WRONG_ROLE,
        /** Valid, but for another task, backend, size, digest or contents. */
        WRONG_DELIVERY,
        /** Valid, but its time lies further ahead than the clock's allowed skew. */
        BEYOND_SKEW
    }

    private final Kind kind;
    private final String detail;

    /** A fault of this kind; the detail names what was found. */
    public SignatureFault(Kind kind, String detail) {
        super(kind + ": " + detail);
        this.kind = kind;
        this.detail = detail;
    }

    /** A fault with its cause. */
    public SignatureFault(Kind kind, String detail, Throwable cause) {
        super(kind + ": " + detail, cause);
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
