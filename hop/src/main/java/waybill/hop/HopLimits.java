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
 * @param maxUploadsPerPeer bodies arriving at once from one address, at least 1; behind one address there may be many senders
 * @param idle without a byte, then the connection ends
 * @param slowest bytes per second a body must make on average after the first idle period, in either direction, and
 *     total time follows; at least 1
 * @param patience how long a resumable upload lives without a byte, and holds its room, at the most: one that brought little
 *     has earned less (section 3.9)
 * @param maxHold the longest {@code Prefer: wait}
 * @param maxDownloads contents going out at once
 * @param maxDownloadsPerPeer contents going out at once to one address, at least 1
 * @param drain bytes of a refused body that are still read at full speed, so that the sender reads the answer; then it is
 *     read slowly for at most five seconds
 */
public record HopLimits(
        long maxBody,
        int maxHeader,
        int maxConnections,
        int maxPerPeer,
        int maxUploads,
        int maxUploadsPerPeer,
        int maxDownloads,
        int maxDownloadsPerPeer,
        Duration idle,
        long slowest,
        Duration patience,
        Duration maxHold,
        long drain) {
    private static final int DOWNLOADS = 256;
    private static final int DOWNLOADS_PER_PEER = 16;

    /**
     * What a relay takes where nothing is configured. A body makes 16 KiB/s at least, which is what a requester reckons
     * with as well (section 6).
     */
    public static final HopLimits DEFAULT = new HopLimits(
            16L << 30,
            16 * 1024,
            1024,
            128,
            256,
            16,
            Duration.ofSeconds(30),
            16 * 1024,
            Duration.ofHours(1),
            Duration.ofSeconds(60),
            1L << 20);

    /** @throws IllegalArgumentException if a value is out of its range */
    public HopLimits {
        if (maxUploadsPerPeer < 1 || maxDownloadsPerPeer < 1 || slowest < 1) {
            throw new IllegalArgumentException("one upload or download of a peer and one byte a second is the least");
        }
    }

    /** Limits with the usual ones on downloads. */
    public HopLimits(
            long maxBody,
            int maxHeader,
            int maxConnections,
            int maxPerPeer,
            int maxUploads,
            int maxUploadsPerPeer,
            Duration idle,
            long slowest,
            Duration patience,
            Duration maxHold,
            long drain) {
        this(
                maxBody,
                maxHeader,
                maxConnections,
                maxPerPeer,
                maxUploads,
                maxUploadsPerPeer,
                DOWNLOADS,
                DOWNLOADS_PER_PEER,
                idle,
                slowest,
                patience,
                maxHold,
                drain);
    }

    /** The same with another limit on one body. */
    public HopLimits withMaxBody(long bytes) {
        return new HopLimits(
                bytes,
                maxHeader,
                maxConnections,
                maxPerPeer,
                maxUploads,
                maxUploadsPerPeer,
                maxDownloads,
                maxDownloadsPerPeer,
                idle,
                slowest,
                patience,
                maxHold,
                drain);
    }

    /** The same with another limit on the uploads of one peer. */
    public HopLimits withMaxUploadsPerPeer(int uploads) {
        return new HopLimits(
                maxBody,
                maxHeader,
                maxConnections,
                maxPerPeer,
                maxUploads,
                uploads,
                maxDownloads,
                maxDownloadsPerPeer,
                idle,
                slowest,
                patience,
                maxHold,
                drain);
    }

    /** The same with other limits on downloads, in all and of one peer. */
    public HopLimits withMaxDownloads(int inAll, int ofOnePeer) {
        return new HopLimits(
                maxBody,
                maxHeader,
                maxConnections,
                maxPerPeer,
                maxUploads,
                maxUploadsPerPeer,
                inAll,
                ofOnePeer,
                idle,
                slowest,
                patience,
                maxHold,
                drain);
    }
}
