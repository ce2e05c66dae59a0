package waybill.requester;

import java.time.Duration;
import java.time.Instant;
import waybill.requester.outbox.OutboxTask.Acceptance;
import waybill.requester.outbox.OutboxTask.Standing;

/**
 * When a promise is broken (section 6), by both clocks. The monotonic one stands still while the machine sleeps, the wall
 * clock jumps: the wait is over as soon as either says so, but only the monotonic clock of the process that saw the
 * acceptance bears witness against the relay. For one thread.
 */
final class Deadline {
    private final Clocks clocks;
    private final Duration left;
    private final long ticks;
    private final Instant wall;
    private final boolean witnessed;

    private Deadline(Clocks clocks, Duration left, boolean witnessed) {
        this.clocks = clocks;
        this.left = left;
        this.ticks = clocks.ticks();
        this.wall = clocks.instant();
        this.witnessed = witnessed;
    }

    /** Of what was accepted just now. */
    static Deadline fresh(Acceptance acceptance, Clocks clocks) {
        return new Deadline(clocks, acceptance.maximumWait(), true);
    }

    /**
     * Of what an earlier run saw accepted: only the wall clock tells how long ago. However it was set back, no more is
     * left than the whole wait.
     */
    static Deadline resumed(Acceptance acceptance, Clocks clocks) {
        Duration passed = Duration.between(acceptance.at(), clocks.instant());
        Duration left = passed.isNegative()
                ? acceptance.maximumWait()
                : acceptance.maximumWait().minus(passed);
        return new Deadline(clocks, left.isNegative() ? Duration.ZERO : left, false);
    }

    /** How long is left; zero once it is over. */
    Duration remaining() {
        Duration ticked = Duration.ofNanos(clocks.ticks() - ticks);
        Duration walked = Duration.between(wall, clocks.instant());
        Duration most = ticked.compareTo(walked) > 0 ? ticked : walked;
        Duration rest = left.minus(most);
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** How an acceptance stands that is past it. */
    Standing verdict() {
        boolean ticked = Duration.ofNanos(clocks.ticks() - ticks).compareTo(left) >= 0;
        return witnessed && ticked ? Standing.LATE : Standing.DOUBTFUL;
    }
}
