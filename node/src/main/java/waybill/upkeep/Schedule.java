package waybill.upkeep;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When the next round is due. After a good one the period passes, and a random part of the jitter, so that the machines of a
 * site do not all ask at once. After a bad one it is sooner: a minute, then twice as long each time, up to the period. For
 * one thread.
 */
public final class Schedule {
    private static final Duration FIRST = Duration.ofMinutes(1);
    /** The shortest period. */
    public static final Duration SHORTEST = Duration.ofSeconds(1);

    private final Duration every;
    private final Duration jitter;
    private final RandomGenerator random;
    private Duration retry = FIRST;

    /** @throws IllegalArgumentException if the period is below a second, or the jitter below zero */
    public Schedule(Duration every, Duration jitter, RandomGenerator random) {
        if (every.compareTo(SHORTEST) < 0 || jitter.isNegative()) {
            throw new IllegalArgumentException("a period is a second or more, and its jitter not below zero");
        }
        this.every = every;
        this.jitter = jitter;
        this.random = random;
    }

    /** How long to wait after a round that was good, or was not. */
    public Duration after(boolean good) {
        Duration time = every;
        Duration most = jitter;
        if (good) {
            retry = FIRST;
        } else if (retry.compareTo(every) < 0) {
            time = retry;
            // Up to a tenth more: less than the next step, and still not in step with the others.
            most = retry.dividedBy(10).compareTo(jitter) < 0 ? retry.dividedBy(10) : jitter;
            retry = retry.multipliedBy(2);
        }
        return time.plusMillis(random.nextLong(most.toMillis() + 1));
    }
}
