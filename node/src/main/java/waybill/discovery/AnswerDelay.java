package waybill.discovery;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How long a relay waits before it answers, so that a thousand of them do not answer at once (section 2).
 *
 * <p>The delay is truncated-exponential over a window: of N relays a few draw a short one, and the first answer's
 * {@code located} reaches the rest while they still wait. With a rate of {@code ln N + 1} the number of answers hardly
 * depends on N (J. Nonnenmacher and E. Biersack, "Scalable feedback for large groups", 1999; RFC 5401, section 5.2).
 * Pure functions.
 */
public final class AnswerDelay {
    /** The longest delay in milliseconds. */
    public static final long WINDOW_MILLIS = 500;

    private static final double WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(WINDOW_MILLIS);

    /** Who holds an update answers within this part of the window. */
    private static final int SOON = 4;

    /** Who would have to fetch it answers after all those, in milliseconds. */
    static final long AFTER_HOLDERS_MILLIS = 150;

    /** Whose word may be old answers after all those who find out, in milliseconds. */
    static final long AFTER_ALL_MILLIS = 700;

    private AnswerDelay() {}

    /**
     * Draws a delay.
     *
     * @param relays how many relays there are thought to be, at least 1; one alone answers at once
     * @return nanoseconds, 0 to the window
     */
    public static long nanos(int relays, RandomGenerator random) {
        return nanos(relays, random.nextDouble());
    }

    /** The delay of one who holds what is asked for: a quarter of a window (section 10.8). */
    static long soon(int relays, RandomGenerator random) {
        return nanos(relays, random) / SOON;
    }

    /** The delay of one who could fetch it: after all who hold it, and then by its place from 0 to 1. */
    static long elected(int relays, double place) {
        return TimeUnit.MILLISECONDS.toNanos(AFTER_HOLDERS_MILLIS) + nanos(relays, place);
    }

    /** The delay of one who has something and cannot tell whether there is a younger one: after all who can. */
    static long last(int relays, RandomGenerator random) {
        return TimeUnit.MILLISECONDS.toNanos(AFTER_ALL_MILLIS) + soon(relays, random);
    }

    /** The delay that a uniform draw from 0 to 1 stands for: the inverse of the distribution. */
    static long nanos(int relays, double uniform) {
        if (relays < 1) {
            throw new IllegalArgumentException("there is at least one relay: the one that asks");
        }
        if (relays == 1) {
            return 0;
        }
        double lambda = Math.log(relays) + 1;
        double delay = WINDOW_NANOS / lambda * Math.log1p(uniform * Math.expm1(lambda));
        return Math.clamp(Math.round(delay), 0L, (long) WINDOW_NANOS);
    }
}
