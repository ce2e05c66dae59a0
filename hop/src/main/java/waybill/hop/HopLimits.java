package waybill.hop;

import java.time.Duration;

/**
 * What one server takes from its peers. Immutable.
 *
 * @param maxBody bytes of one upload
 * @param maxHeader bytes of a request's header
 * @param maxConnections at once
 * @param maxPerPeer connections at once of one address
 * @param maxUploads bodies arriving at once
 * @param idle without a byte, then the connection ends
 * @param slowest bytes per second a body must make on average after the first idle period, and total time follows
 * @param maxHold the longest {@code Prefer: wait}
 * @param drain bytes of a refused body that are still read at full speed, so that the sender reads the answer; then it is
 *     read slowly for at most five seconds
 */
public record HopLimits(
        long maxBody,
        int maxHeader,
        int maxConnections,
        int maxPerPeer,
        int maxUploads,
        Duration idle,
        long slowest,
        Duration maxHold,
        long drain) {
    /** What a relay or backend takes where nothing is configured. */
    public static final HopLimits DEFAULT = new HopLimits(
            16L << 30, 16 * 1024, 1024, 128, 256, Duration.ofSeconds(30), 4096, Duration.ofSeconds(60), 1L << 20);
}
