package waybill.store.content;

import java.time.Duration;

/**
 * What a cache of contents may hold. Immutable.
 *
 * @param size bytes of all contents together, whole and arriving; 0 keeps nothing that is not in use
 * @param age how long a content stays that nobody asks for
 * @param freeFloor bytes of the filesystem that stay free
 */
public record ContentLimits(long size, Duration age, long freeFloor) {
    /** 20 GiB, 30 days, a floor of 1 GiB. */
    public static final ContentLimits DEFAULT = new ContentLimits(20L << 30, Duration.ofDays(30), 1L << 30);

    /** @throws IllegalArgumentException if a value is out of its range */
    public ContentLimits {
        if (size < 0 || freeFloor < 0 || !age.isPositive()) {
            throw new IllegalArgumentException("a cache's size and floor are not below 0, its age is above 0");
        }
    }

    /** The limits of each of so many equal caches that have these together; the filesystem has one floor for all. */
    public ContentLimits part(int caches) {
        return new ContentLimits(size / caches, age, freeFloor);
    }
}
