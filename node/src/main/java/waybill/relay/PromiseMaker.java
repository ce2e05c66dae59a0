package waybill.relay;

import java.time.Duration;
import java.time.Instant;
import waybill.protocol.Promise;

/**
 * What a relay with a route to the backend promises (sections 3 and 6). Pure.
 *
 * <p>Times are rounded up and the rate down, so that rounding never promises too much. What the line does not allow moves
 * {@code nextRun}.
 */
final class PromiseMaker {
    /** The hops that still lie before the backend. */
    private static final int HOPS = 1;

    private PromiseMaker() {}

    /**
     * The promise at this moment.
     *
     * @param every the period, zero for at once
     * @param nextRun when the upload service runs next, or as if it ran when the line is limited; in the past if it is at
     *     work
     * @param backlog bytes that wait
     * @param rate measured uplink in bytes per second
     */
    static Promise promise(Duration every, Instant now, Instant nextRun, long backlog, long rate) {
        return new Promise(
                seconds(every),
                nextRun.isAfter(now) ? seconds(Duration.between(now, nextRun)) : 0,
                Math.clamp(backlog, 0, Promise.MAX_BYTES),
                Math.clamp(rate, 1, Promise.MAX_BYTES),
                HOPS);
    }

    private static long seconds(Duration duration) {
        long whole = duration.getSeconds() + (duration.getNano() > 0 ? 1 : 0);
        return Math.clamp(whole, 0, Promise.MAX_SECONDS);
    }
}
