package waybill.backend;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes when a test says so. */
final class TestClock implements InstantSource {
    static final Instant START = Instant.parse("2026-06-01T12:00:00.250Z");

    private volatile Instant now = START;

    @Override
    public Instant instant() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }
}
