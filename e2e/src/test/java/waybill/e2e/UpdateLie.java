package waybill.e2e;

import java.util.Locale;
import java.util.Optional;

/** What a giver of updates can do, and what one who fetches makes of it: the third table of docs/liars.md, row by row. */
enum UpdateLie {
    OLD_RELEASE("ROLLBACK", false, false),
    EXPIRED_RELEASE("EXPIRED", false, false),
    OTHER_FILE("WRONG_DELIVERY", true, false),
    STRANGERS_RELEASE("UNKNOWN_CHAIN", true, false),
    REPLAYED_CATALOGUE("ROLLBACK", false, true),
    OTHER_ORIGIN("WRONG_DELIVERY", true, true),
    WRONG_LIST("WRONG_CONTENT", true, false),
    BIT_FLIPS("WRONG_CONTENT", true, false),
    ENDLESS("NONSENSE", false, false),
    WRONG_RANGE("NONSENSE", false, false),
    DRIPS("none", false, false);

    /** The kind of the fault, or why it is passed over. */
    final String kind;
    /** Whether it is proof. */
    final boolean proof;
    /** Whether it is about a whole catalogue. */
    final boolean all;

    UpdateLie(String kind, boolean proof, boolean all) {
        this.kind = kind;
        this.proof = proof;
        this.all = all;
    }

    /** As the table names it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What the black list says of him then. */
    String penalty() {
        return proof ? "FORGED_UPDATE" : "nobody";
    }

    /** The lie of this name; none for anything else, then the liar is silent. */
    static Optional<UpdateLie> of(String label) {
        for (UpdateLie lie : values()) {
            if (lie.label().equals(label)) {
                return Optional.of(lie);
            }
        }
        return Optional.empty();
    }
}
