package waybill.trust;

import waybill.signature.SignatureFault;

/** What a receipt that does not verify says about who brought it (section 5, the table of verdicts). */
public final class Verdicts {
    private Verdicts() {}

    /** What follows. */
    public enum Verdict {
        /** Proof on a hop whose node TLS proved: black-listed until an operator pardons it. */
        FORGED,
        /** The same on a plain hop: black-listed by address, for a time. */
        FORGED_UNPROVED,
        /** Nobody is blamed: the bytes are kept, the next relay is tried. */
        UNVERIFIABLE
    }

    /**
     * The verdict.
     *
     * @param kind the first check that failed
     * @param proved whether TLS proved the hop's node
     * @param anchorsKnown whether anything of this backend ever verified under the current anchors
     */
    public static Verdict of(SignatureFault.Kind kind, boolean proved, boolean anchorsKnown) {
        boolean forged =
                switch (kind) {
                    case MALFORMED, BAD_SIGNATURE, WRONG_NAME, WRONG_ROLE, WRONG_DELIVERY -> true;
                    // Until something has verified, the anchors the sender was given may be the wrong ones.
                    case UNKNOWN_CHAIN -> anchorsKnown;
                    case ALGORITHM_NOT_ALLOWED, EXPIRED, REVOKED, UNKNOWN_PACKET, BEYOND_SKEW -> false;
                };
        if (!forged) {
            return Verdict.UNVERIFIABLE;
        }
        return proved ? Verdict.FORGED : Verdict.FORGED_UNPROVED;
    }
}
