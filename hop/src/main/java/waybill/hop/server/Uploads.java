package waybill.hop.server;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import waybill.hop.HopLimits;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * The uploads under way, in all and by peer: so many and no more (section 3.8), since each holds what its sender has
 * declared for as long as its bytes take. Safe for use by several threads.
 */
final class Uploads {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final HopLimits limits;
    private final Map<InetAddress, Integer> byPeer = new HashMap<>();
    private int all;

    Uploads(HopLimits limits) {
        this.limits = limits;
    }

    /** One upload; closing it makes room for another. */
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Lets an upload begin.
     *
     * @throws ProblemException {@code too-many} if this peer has as many as one may have, {@code busy} if there are as many
     *     as there may be in all
     */
    synchronized Turn begin(InetAddress peer) throws ProblemException {
        int own = byPeer.getOrDefault(peer, 0);
        if (own >= limits.maxUploadsPerPeer()) {
            throw new ProblemException(
                    Problem.TOO_MANY,
                    "at most " + limits.maxUploadsPerPeer() + " uploads at once from one address",
                    Optional.of(SOON));
        }
        if (all >= limits.maxUploads()) {
            throw new ProblemException(Problem.BUSY, "as many uploads at once as there may be", Optional.of(SOON));
        }
        all++;
        byPeer.put(peer, own + 1);
        return () -> end(peer);
    }

    private synchronized void end(InetAddress peer) {
        all--;
        byPeer.computeIfPresent(peer, (_, own) -> own == 1 ? null : own - 1);
    }
}
