package waybill.update;

import java.util.Optional;
import waybill.store.content.Arrival;

/** How many are at work on each piece that is missing. For one thread at a time. */
final class Claims {
    private static final int FREE = 0;

    private final Arrival arrival;
    private final int[] claims;

    Claims(Arrival arrival) {
        this.arrival = arrival;
        this.claims = new int[arrival.pieces().count()];
    }

    /** Pieces that somebody is to fetch, one after the other. */
    record Run(int first, int count) {}

    /** The next that are missing and that nobody is at; so many at the most. */
    Optional<Run> free(int most) {
        for (int piece = arrival.nextMissing(0); piece < claims.length; piece = arrival.nextMissing(piece + 1)) {
            if (claims[piece] == FREE) {
                int count = 1;
                while (count < most
                        && piece + count < claims.length
                        && claims[piece + count] == FREE
                        && !arrival.has(piece + count)) {
                    count++;
                }
                return Optional.of(new Run(piece, count));
            }
        }
        return Optional.empty();
    }

    void take(Run run) {
        for (int i = 0; i < run.count(); i++) {
            claims[run.first() + i]++;
        }
    }

    void release(Run run) {
        for (int i = 0; i < run.count(); i++) {
            claims[run.first() + i]--;
        }
    }

    /** How many are at this piece. */
    int of(int piece) {
        return claims[piece];
    }
}
