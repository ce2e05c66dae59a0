package waybill.e2e;

import java.util.Locale;
import java.util.Optional;

/**
 * What a relay can do to a delivery that it took or means to take, and what a sender makes of it: the first table of
 * docs/liars.md, row by row, and the first rows of the second.
 */
enum Lie {
    GARBAGE("malformed", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    UNSIGNED_PACKET("malformed", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    UNSIGNED_CMS("malformed", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    ALTERED("bad signature", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    SELF_SIGNED("unknown chain", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    WRONG_HOST("wrong name", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    PROFILE_KEY("wrong role", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    OTHER_DELIVERY("wrong delivery", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    OLDER_RECEIPT("wrong delivery", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    SWAPS("wrong delivery", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    TRUNCATES("wrong delivery", Verdict.FORGED, Penalty.FORGED_RECEIPT),
    NEVER("late", Verdict.SUSPICION, Penalty.MISSED_DEADLINE),
    TOO_LATE("late", Verdict.SUSPICION, Penalty.MISSED_DEADLINE),
    GONE("broke promise", Verdict.SUSPICION, Penalty.MISSED_DEADLINE),
    REDIRECTS_RECEIPT("nonsense", Verdict.SUSPICION, Penalty.MISSED_DEADLINE),
    REDIRECTS("nonsense", Verdict.NONE, Penalty.NOBODY),
    CLOSES("broken", Verdict.NONE, Penalty.NOBODY),
    ELSEWHERE("dropped", Verdict.NONE, Penalty.NOBODY),
    // The negative controls that need a relay's part: honest ones, or ones that nothing proves to be otherwise.
    EXPIRED_CERTIFICATE("expired", Verdict.UNVERIFIABLE, Penalty.NOBODY),
    SPOOFED_NODE("wrong peer", Verdict.NONE, Penalty.NOBODY),
    SQUATTED_ID("declined", Verdict.NONE, Penalty.NOBODY);

    /** What follows for the one who did it. */
    enum Verdict {
        /** Proof. */
        FORGED,
        /** Cannot be decided. */
        UNVERIFIABLE,
        /** He broke his promise, while another kept his. */
        SUSPICION,
        /** Nothing: the next is tried. */
        NONE;

        /** As {@code send -v} and the table say it. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What the black list says of him then. */
    enum Penalty {
        FORGED_RECEIPT,
        MISSED_DEADLINE,
        NOBODY
    }

    final String kind;
    final Verdict verdict;
    final Penalty penalty;

    Lie(String kind, Verdict verdict, Penalty penalty) {
        this.kind = kind;
        this.verdict = verdict;
        this.penalty = penalty;
    }

    /** As the table names it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The lie of this name; none for anything else, then the relay is silent. */
    static Optional<Lie> of(String label) {
        for (Lie lie : values()) {
            if (lie.label().equals(label)) {
                return Optional.of(lie);
            }
        }
        return Optional.empty();
    }

    /** Whether it is no lie at all, or nothing proves that it is one: a row of the second table. */
    boolean control() {
        return this == EXPIRED_CERTIFICATE || this == SPOOFED_NODE || this == SQUATTED_ID;
    }

    /** Whether what is brought is a receipt or a refusal that does not hold. */
    boolean brings() {
        return verdict == Verdict.FORGED || verdict == Verdict.UNVERIFIABLE;
    }
}
