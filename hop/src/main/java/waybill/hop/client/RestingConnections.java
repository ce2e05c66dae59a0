package waybill.hop.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import waybill.hop.Peer;

/**
 * A few connections at rest, for the next call to the very same peer: same identity, same authority, same place dialled,
 * same proxy.
 * Safe for use by several threads.
 */
final class RestingConnections {
    private static final int MAX = 32;
    private static final Duration MAX_AGE = Duration.ofSeconds(10);

    private record Resting(Whom whom, Connection connection, long since) {}

    private record Whom(String authority, Peer.Identity identity, Optional<?> connectTo, Optional<?> proxy) {
        static Whom of(Peer peer) {
            String authority = peer.base().getScheme() + "://" + peer.base().getRawAuthority();
            return new Whom(authority.toLowerCase(Locale.ROOT), peer.identity(), peer.connectTo(), peer.proxy());
        }
    }

    private final Deque<Resting> resting = new ArrayDeque<>();
    private boolean closed;

    /** Takes the one that rested last, if there is one. */
    synchronized Optional<Connection> take(Peer peer) {
        sweep();
        Whom whom = Whom.of(peer);
        for (Iterator<Resting> each = resting.descendingIterator(); each.hasNext(); ) {
            Resting one = each.next();
            if (one.whom().equals(whom)) {
                each.remove();
                if (one.connection().resting()) {
                    return Optional.of(one.connection());
                }
                one.connection().close();
            }
        }
        return Optional.empty();
    }

    /** Puts one to rest. */
    synchronized void put(Peer peer, Connection connection) {
        sweep();
        if (closed || !connection.resting()) {
            connection.close();
            return;
        }
        if (resting.size() == MAX) {
            resting.removeFirst().connection().close();
        }
        resting.addLast(new Resting(Whom.of(peer), connection, System.nanoTime()));
    }

    /** Ends those that rested long. */
    synchronized void sweep() {
        long now = System.nanoTime();
        while (!resting.isEmpty() && now - resting.getFirst().since() > MAX_AGE.toNanos()) {
            resting.removeFirst().connection().close();
        }
    }

    synchronized void close() {
        closed = true;
        resting.forEach(one -> one.connection().close());
        resting.clear();
    }
}
