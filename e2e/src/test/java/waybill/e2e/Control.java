package waybill.e2e;

import java.util.Locale;

/** A case that must end without blame for anybody: rows of the second table of docs/liars.md. */
enum Control {
    CLOCK_AHEAD("none", Lie.Verdict.NONE, "delivered", 0),
    CLOCK_BEHIND("beyond skew", Lie.Verdict.UNVERIFIABLE, "expired", 4),
    TOO_LARGE("none", Lie.Verdict.NONE, "refused", 3),
    BACKEND_DOWN("late", Lie.Verdict.NONE, "expired", 4),
    ALL_LATE("late", Lie.Verdict.NONE, "expired", 4);

    final String kind;
    final Lie.Verdict verdict;
    final String outcome;
    final int exit;

    Control(String kind, Lie.Verdict verdict, String outcome, int exit) {
        this.kind = kind;
        this.verdict = verdict;
        this.outcome = outcome;
        this.exit = exit;
    }

    /** As the table names it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
