package waybill.relay.uplink;

import java.util.function.LongSupplier;

/**
 * So many bytes per second, whoever sends them: a token bucket that holds a quarter of a second. Those who wait are served
 * in turn and in small portions, so that none of several uploads looks stalled. Safe for use by several threads.
 */
final class Throttle {
    private static final long SECOND = 1_000_000_000L;
    private static final long BURST = SECOND / 4;

    private final long rate;
    private final LongSupplier nanos;
    private final Pause pause;
    private long paidUntil;

    /** Waits. */
    @FunctionalInterface
    interface Pause {
        /** Returns after so many nanoseconds. */
        void nanos(long nanos) throws InterruptedException;
    }

    Throttle(long rate, LongSupplier nanos, Pause pause) {
        this.rate = rate;
        this.nanos = nanos;
        this.pause = pause;
        this.paidUntil = nanos.getAsLong() - BURST;
    }

    /** The most bytes to be taken at once. */
    int portion() {
        return Math.clamp(rate / 8, 1024, 64 * 1024);
    }

    /** Returns when so many bytes may go, at most a {@link #portion}. */
    void take(int bytes) throws InterruptedException {
        long wait = reserve(bytes);
        if (wait > 0) {
            pause.nanos(wait);
        }
    }

    private synchronized long reserve(int bytes) {
        long now = nanos.getAsLong();
        paidUntil = Math.max(paidUntil, now - BURST) + Math.ceilDiv(bytes * SECOND, rate);
        return paidUntil - now;
    }
}
