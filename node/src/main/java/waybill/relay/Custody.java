package waybill.relay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import waybill.protocol.DeliveryKey;
import waybill.relay.onward.Neighbour;

/**
 * Which other relays have which delivery, and which had their turn. Forgotten when the delivery has its outcome, whichever way
 * that came. Safe for use by several threads, each with another delivery.
 */
final class Custody {
    /** The most relays that one delivery is with at once. */
    private static final int MOST_CARRIERS = 4;
    /** So many turns are remembered of a delivery: whoever makes up relays makes up any number. */
    private static final int MOST_TURNS = 256;

    private final Map<DeliveryKey, Of> all = new ConcurrentHashMap<>();

    /** Somebody who took it, with the time he promised. */
    record Carrier(Neighbour relay, long since, Duration maximumWait) {
        boolean inTime(long now) {
            return now - since < maximumWait.toNanos();
        }
    }

    /** That of one delivery. For one thread at a time. */
    static final class Of {
        private final List<Carrier> carriers = new ArrayList<>();
        /** Who had his turn since all had theirs. */
        private final Set<Neighbour.Claim> tried = new LinkedHashSet<>();

        /** Who has it, or said so; may be changed. */
        List<Carrier> carriers() {
            return carriers;
        }

        Set<Neighbour.Claim> tried() {
            return tried;
        }

        /** Once a relay; the oldest makes room, who was late longest. */
        void add(Carrier carrier) {
            carriers.removeIf(one -> one.relay().node().equals(carrier.relay().node()));
            if (carriers.size() == MOST_CARRIERS) {
                carriers.removeFirst();
            }
            carriers.add(carrier);
        }

        /** Whether somebody's promise still runs. */
        boolean isPromised(long now) {
            return carriers.stream().anyMatch(carrier -> carrier.inTime(now));
        }

        void hadTurn(Neighbour relay) {
            tried.add(relay.claim());
            if (tried.size() > MOST_TURNS) {
                tried.remove(tried.iterator().next());
            }
        }

        /** All had their turn. */
        void beginAgain() {
            tried.clear();
        }

        private boolean isEmpty() {
            return carriers.isEmpty() && tried.isEmpty();
        }
    }

    Of of(DeliveryKey key) {
        return all.computeIfAbsent(key, k -> new Of());
    }

    /** An attempt has ended; if nothing came of it there is nothing to remember. */
    void tidy(DeliveryKey key) {
        all.computeIfPresent(key, (k, own) -> own.isEmpty() ? null : own);
    }

    /** It has its outcome: nothing is to be asked of other relays about it any more. */
    void forget(DeliveryKey key) {
        all.remove(key);
    }

    /** Of how many deliveries something is known. */
    int size() {
        return all.size();
    }
}
