package waybill.discovery;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * A token bucket for each key, of which only so many are remembered: the one not heard for the longest time is forgotten,
 * and starts afresh. Who can speak under many keys is held by a limiter over all of them.
 *
 * <p>Safe for use by several threads.
 *
 * @param <K> whose rate it is, such as an address
 */
public final class RateLimiter<K> {
    private final double perNano;
    private final double burst;
    private final int maxKeys;
    private final LongSupplier ticker;
    private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A limiter.
     *
     * @param perSecond tokens that come back each second, above 0
     * @param burst tokens at most, and to begin with, at least 1
     * @param maxKeys keys remembered, at least 1
     * @param ticker monotonic nanoseconds
     */
    public RateLimiter(double perSecond, int burst, int maxKeys, LongSupplier ticker) {
        if (!(perSecond > 0) || burst < 1 || maxKeys < 1) {
            throw new IllegalArgumentException("a rate, a burst and a number of keys are above 0");
        }
        this.perNano = perSecond / 1e9;
        this.burst = burst;
        this.maxKeys = maxKeys;
        this.ticker = ticker;
    }

    /** Takes a token; false if there is none. */
    public synchronized boolean tryAcquire(K key) {
        long now = ticker.getAsLong();
        Bucket bucket = buckets.get(key);
        if (bucket == null) {
            if (buckets.size() >= maxKeys) {
                var eldest = buckets.entrySet().iterator();
                eldest.next();
                eldest.remove();
            }
            bucket = new Bucket(burst, now);
            buckets.put(key, bucket);
        }
        return bucket.take(now);
    }

    synchronized int remembered() {
        return buckets.size();
    }

    private final class Bucket {
        private double tokens;
        private long filled;

        Bucket(double tokens, long filled) {
            this.tokens = tokens;
            this.filled = filled;
        }

        boolean take(long now) {
            long passed = Math.max(0, now - filled);
            tokens = Math.min(burst, tokens + passed * perNano);
            filled = now;
            if (tokens < 1) {
                return false;
            }
            tokens -= 1;
            return true;
        }
    }
}
