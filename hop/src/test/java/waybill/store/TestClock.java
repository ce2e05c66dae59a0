package waybill.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes only when it is told. Safe for use by several threads. */
public final class TestClock implements InstantSource {
    private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");

    @Override
    public Instant instant() {
        return now;
    }

    /** Lets so much time pass. */
    public synchronized void advance(Duration time) {
        now = now.plus(time);
    }
}
