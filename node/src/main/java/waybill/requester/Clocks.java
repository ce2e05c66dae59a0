package waybill.requester;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The two clocks of a requester and the one way it waits; tests have their own. Safe for use by several threads. */
public interface Clocks extends InstantSource {

    /** Nanoseconds of a clock that is never set and may stop while the machine sleeps. */
    long ticks();

    /** Waits so long; returns at once for zero or less. */
    void pause(Duration time) throws InterruptedException;

    /** The machine's own. */
    static Clocks system() {
        return new Clocks() {
            @Override
            public Instant instant() {
                return Instant.now();
            }

            @Override
            public long ticks() {
                return System.nanoTime();
            }

            @Override
            public void pause(Duration time) throws InterruptedException {
                if (time.isPositive()) {
                    Thread.sleep(time);
                }
            }
        };
    }
}
