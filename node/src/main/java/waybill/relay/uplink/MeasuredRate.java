package waybill.relay.uplink;

import java.time.Duration;

/**
 * What the way to a backend was measured to make, older uploads counting less and less. Safe for use by several threads.
 *
 * <p>Large uploads give the rate. Small ones are mostly latency and would make it look far too low; they give the time that
 * each delivery costs beside its bytes. Dividing sums rather than averaging rates lets more bytes say more.
 */
public final class MeasuredRate {
    /** Uploads below this say nothing of the rate, in bytes. */
    static final long LARGE = 64 * 1024;

    /** What one more upload leaves of the weight of all before it. */
    private static final double DECAY = 0.8;

    private double bytes;
    private double seconds = 1;
    private double each;

    /** Taken to make so many bytes per second until uploads say otherwise. */
    public MeasuredRate(long startRate) {
        bytes = startRate;
    }

    /** So many bytes really left in this time; none says nothing. */
    public synchronized void sent(long count, Duration time) {
        double took = Math.max(1e-6, time.toNanos() / 1e9);
        if (count >= LARGE) {
            bytes = bytes * DECAY + count;
            seconds = seconds * DECAY + took;
        } else if (count > 0) {
            each = each * DECAY + took * (1 - DECAY);
        }
    }

    /** Bytes per second, at least 1. */
    public synchronized long bytesPerSecond() {
        return Math.max(1, (long) (bytes / seconds));
    }

    /** What this many deliveries cost beside their own bytes, said in bytes at that rate. */
    public synchronized long overhead(long deliveries, int atOnce) {
        return (long) (deliveries * each / atOnce * bytesPerSecond());
    }
}
