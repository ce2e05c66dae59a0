package waybill.hop.server;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * What is under way, in all and by peer: so many and no more (section 3.8), since each holds something for as long as its
 * peer takes, an upload the room that its sender declared. Safe for use by several threads.
 */
final class Turns {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final String what;
    private final int most;
    private final int mostPerPeer;
    private final Map<InetAddress, Integer> byPeer = new HashMap<>();
    private int all;

    /**
     * Nothing is under way yet.
     *
     * @param what it is called, in the plural
     */
    Turns(String what, int most, int mostPerPeer) {
        this.what = what;
        this.most = most;
        this.mostPerPeer = mostPerPeer;
    }

    /** One of them; closing it, once, makes room for another. */
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Lets one begin.
     *
     * @throws ProblemException {@code too-many} if this peer has as many as one may have, {@code busy} if there are as many
     *     as there may be in all
     */
    synchronized Turn begin(InetAddress peer) throws ProblemException {
        int own = byPeer.getOrDefault(peer, 0);
        if (own >= mostPerPeer) {
            throw new ProblemException(
                    Problem.TOO_MANY,
                    "at most " + mostPerPeer + " " + what + " at once from one address",
                    Optional.of(SOON));
        }
        if (all >= most) {
            throw new ProblemException(Problem.BUSY, "as many " + what + " at once as there may be", Optional.of(SOON));
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
