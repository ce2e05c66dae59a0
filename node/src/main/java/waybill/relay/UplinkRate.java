package waybill.relay;

import java.time.Duration;

/**
 * The measured rate of the way to a backend: bytes over time of the uploads so far, older ones counting less and less.
 * Dividing sums rather than averaging rates lets a large upload say more than a small one, whose time is mostly latency.
 * Safe for use by several threads.
 */
final class UplinkRate {
    /** What one more upload leaves of the weight of all before it. */
    private static final double DECAY = 0.8;

    private double bytes;
    private double seconds = 1;

    /** Taken to make so many bytes per second until uploads say otherwise. */
    UplinkRate(long start) {
        bytes = start;
    }

    /** So many bytes really left in this time; none says nothing. */
    synchronized void sent(long count, Duration time) {
        if (count > 0) {
            bytes = bytes * DECAY + count;
            seconds = seconds * DECAY + Math.max(1e-6, time.toNanos() / 1e9);
        }
    }

    /** Bytes per second, at least 1. */
    synchronized long bytesPerSecond() {
        return Math.max(1, (long) (bytes / seconds));
    }
}
