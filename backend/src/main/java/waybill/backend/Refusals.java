package waybill.backend;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Signed refusals, in memory, since they are not for ever: whoever lost one sends again and is refused again. Bounded in
 * number and time, and in how many one peer can ask for, so that nobody makes the backend sign without end or drives out
 * the refusals of others. Safe for use by several threads.
 */
final class Refusals {
    /** The most that a backend keeps; the oldest go first. */
    static final int MOST = 4096;
    /** How long one is kept. */
    static final Duration KEPT = Duration.ofHours(24);
    /** The most signatures for one peer within {@link #WINDOW}. */
    static final int PER_PEER = 60;
    /** The most signatures for all peers within {@link #WINDOW}. */
    static final int FOR_ALL = 1200;
    /** What the two limits count over. */
    static final Duration WINDOW = Duration.ofMinutes(1);

    private record Kept(Packet.Refusal refusal, byte[] cms, Instant until) {}

    private final ReceiptSigner signer;
    private final InstantSource clock;
    private final int most;
    private final Map<DeliveryKey, Kept> kept = new LinkedHashMap<>();
    private final Map<InetAddress, Integer> signedFor = new HashMap<>();
    private int signed;
    private Instant windowEnds = Instant.MIN;

    /** Keeps so many at most. */
    Refusals(ReceiptSigner signer, InstantSource clock, int most) {
        this.signer = signer;
        this.clock = clock;
        this.most = most;
    }

    /**
     * Signs and keeps a refusal, in the place of an earlier one of the same delivery. One that says the same as the kept
     * one is not signed again.
     *
     * @return whether it is kept; not if the peer asked for too many
     */
    synchronized boolean keep(Packet.Refusal refusal, InetAddress peer) throws IOException {
        Instant now = clock.instant();
        DeliveryKey key = new DeliveryKey(refusal.id(), refusal.sha256(), refusal.contents());
        dropOld(now);
        Kept before = kept.get(key);
        if (before != null && saysTheSame(before.refusal(), refusal)) {
            return true;
        }
        if (!mayAsk(peer, now)) {
            return false;
        }
        kept.remove(key);
        kept.put(key, new Kept(refusal, signer.sign(refusal), now.plus(KEPT)));
        if (kept.size() > most) {
            Iterator<DeliveryKey> oldest = kept.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return true;
    }

    /** The refusal of a delivery; of any claim if none is given, the newest first. */
    synchronized Optional<byte[]> find(TaskId id, Sha256 sha256, Optional<Sha256> contents) {
        dropOld(clock.instant());
        if (contents.isPresent()) {
            return Optional.ofNullable(kept.get(new DeliveryKey(id, sha256, contents)))
                    .map(Kept::cms);
        }
        ArrayDeque<byte[]> found = new ArrayDeque<>();
        kept.forEach((key, value) -> {
            if (key.id().equals(id) && key.sha256().equals(sha256)) {
                found.push(value.cms());
            }
        });
        return Optional.ofNullable(found.peek());
    }

    private boolean mayAsk(InetAddress peer, Instant now) {
        if (!now.isBefore(windowEnds)) {
            signedFor.clear();
            signed = 0;
            windowEnds = now.plus(WINDOW);
        }
        if (signed >= FOR_ALL || signedFor.getOrDefault(peer, 0) >= PER_PEER) {
            return false;
        }
        signed++;
        signedFor.merge(peer, 1, Integer::sum);
        return true;
    }

    private void dropOld(Instant now) {
        // In the order they came, so the first that is young enough ends the search.
        Iterator<Kept> all = kept.values().iterator();
        while (all.hasNext() && !all.next().until().isAfter(now)) {
            all.remove();
        }
    }

    private static boolean saysTheSame(Packet.Refusal one, Packet.Refusal other) {
        return one.size() == other.size()
                && one.problem() == other.problem()
                && one.recipient().equals(other.recipient());
    }
}
