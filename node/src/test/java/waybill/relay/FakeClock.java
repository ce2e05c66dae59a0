package waybill.relay;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A wall clock and a steady one that stand still until they are moved. */
final class FakeClock implements InstantSource {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    private Instant now = START;
    private long ticks;

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /** Nanoseconds of the steady clock. */
    synchronized long ticks() {
        return ticks;
    }

    synchronized void advance(Duration by) {
        now = now.plus(by);
        ticks += by.toNanos();
    }

    /** Goes on until then. */
    synchronized void set(Instant to) {
        advance(Duration.between(now, to));
    }

    /** Somebody puts the wall clock back, in no time. */
    synchronized void putBack(Duration by) {
        now = now.minus(by);
    }
}
