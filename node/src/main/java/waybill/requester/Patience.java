package waybill.requester;

import java.time.Duration;
import java.util.random.RandomGenerator;
import waybill.requester.Journey.Step;

/**
 * How long a run looks for somebody, and how long it pauses between two laps. Only time spent looking counts: forwarding
 * has its own limit, and a promise runs its course. For one run and thread.
 */
final class Patience {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_WISH = Duration.ofMinutes(1);

    private final Duration giveUp;
    private final Clocks clocks;
    private final RandomGenerator random;
    private final Journey journey;
    private long spent;
    private long since;
    private Duration pause = FIRST_PAUSE;
    private Duration wish = Duration.ZERO;

    Patience(Duration giveUp, Clocks clocks, RandomGenerator random, Journey journey) {
        this.giveUp = giveUp;
        this.clocks = clocks;
        this.random = random;
        this.journey = journey;
        this.since = clocks.ticks();
    }

    /** Looking begins or goes on. */
    void looking() {
        since = clocks.ticks();
    }

    /** Looking is over for now. */
    void found() {
        spent += clocks.ticks() - since;
        since = clocks.ticks();
    }

    /** Somebody asked to be left alone so long; bounded. */
    void wish(Duration retryAfter) {
        wish = retryAfter.compareTo(LONGEST_WISH) < 0 ? retryAfter : LONGEST_WISH;
    }

    /**
     * Waits, longer each time, but not beyond the time to give up.
     *
     * @return false, without waiting, if that has come
     */
    boolean pauseBeforeNextLap() throws InterruptedException {
        found();
        Duration left = giveUp.minusNanos(spent);
        if (!left.isPositive()) {
            return false;
        }
        // Up to a fifth more or less, so that many senders do not ask in step.
        Duration jittered = pause.multipliedBy(800 + random.nextInt(401)).dividedBy(1000);
        Duration wanted = jittered.compareTo(wish) > 0 ? jittered : wish;
        Duration time = wanted.compareTo(left) < 0 ? wanted : left;
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        wish = Duration.ZERO;
        journey.reached(new Step.Pausing(time));
        clocks.pause(time);
        found();
        return true;
    }
}
