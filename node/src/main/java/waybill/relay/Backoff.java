package waybill.relay;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: a random part of a limit that doubles ("full jitter"), so that many relays
 * behind one failure do not come back as one. Pure but for the random numbers; safe for use by several threads if those
 * are.
 *
 * @param first the limit after the first failure
 * @param most the limit never grows beyond this
 * @param least never less than this, lest a loop spins
 */
record Backoff(Duration first, Duration most, Duration least, RandomGenerator random) {
    /** What a peer asks for is honoured up to this. */
    static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    /** For one delivery: 4 s, doubling to 15 minutes. */
    static Backoff ofDelivery(RandomGenerator random) {
        return new Backoff(Duration.ofSeconds(4), Duration.ofMinutes(15), Duration.ofMillis(500), random);
    }

    /** For a whole backend that cannot be reached: 2 s, doubling to 2 minutes. */
    static Backoff ofBackend(RandomGenerator random) {
        return new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(2), Duration.ofMillis(500), random);
    }

    /**
     * The delay.
     *
     * @param failures in a row before this one, 0 or more
     * @param retryAfter the peer's own wish
     */
    Duration delay(int failures, Optional<Duration> retryAfter) {
        long limit = Math.min(most.toNanos(), first.toNanos() << Math.clamp(failures, 0, 20));
        Duration jittered = Duration.ofNanos(random.nextLong(limit + 1));
        Duration wished = retryAfter.orElse(Duration.ZERO);
        return longer(least, longer(jittered, shorter(wished, LONGEST_RETRY_AFTER)));
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
