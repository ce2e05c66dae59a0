package waybill.relay.uplink;

import java.time.ZoneId;

/**
 * What an operator allows the line to the backends. Immutable.
 *
 * @param windows when it may be used
 * @param rate bytes per second of all uploads together; {@link #NONE} for no limit
 * @param perDay bytes per calendar day in the windows' zone, both ways, at the socket
 * @param perMonth bytes per calendar month
 */
public record LineLimits(Windows windows, long rate, long perDay, long perMonth) {
    /** No limit. */
    public static final long NONE = Long.MAX_VALUE;

    /** Slower than twice this, the other end may take an upload for one that stalls. */
    public static final long LEAST_RATE = 8 * 1024;

    /** Less than this a day or a month would be spent on asking. */
    public static final long LEAST_BUDGET = 1024 * 1024;

    /** @throws IllegalArgumentException if a value is out of its range; the message says which */
    public LineLimits {
        if (rate < LEAST_RATE) {
            throw new IllegalArgumentException("a rate is at least 8 KiB/s");
        }
        if (perDay < LEAST_BUDGET || perMonth < LEAST_BUDGET) {
            throw new IllegalArgumentException("a day's or month's bytes are at least 1 MiB");
        }
    }

    /** All the time, as fast and as much as it can. */
    public static LineLimits unlimited() {
        return new LineLimits(Windows.always(ZoneId.systemDefault()), NONE, NONE, NONE);
    }

    /** Whether bytes are counted. */
    boolean budgeted() {
        return perDay != NONE || perMonth != NONE;
    }

    /** Whether there is only so much to be had. */
    boolean rationed() {
        return budgeted() || !windows.always();
    }

    /** Whether there is any limit. */
    boolean limited() {
        return rationed() || rate != NONE;
    }

    /** The most a single day may carry. */
    long most() {
        return Math.min(perDay, perMonth);
    }
}
