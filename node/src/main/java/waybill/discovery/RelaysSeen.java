package waybill.discovery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import waybill.protocol.NodeId;

/**
 * How many different relays a requester saw answer lately, which its next request says as {@code relays} (section 2): the
 * relays draw their delays by it.
 *
 * <p>Bounded. By the wall clock, so that it can be kept between two runs of a program: {@link #snapshot} and the second
 * constructor. Safe for use by several threads.
 */
public final class RelaysSeen {
    /** How long an answer counts. */
    public static final Duration MEMORY = Duration.ofHours(1);
    /** The most relays that are counted. */
    public static final int MOST = Crowd.MOST;

    private final InstantSource clock;
    private final Map<NodeId, Instant> seen = new LinkedHashMap<>();

    /** Has seen none yet. */
    public RelaysSeen(InstantSource clock) {
        this(clock, Map.of());
    }

    /** Has seen these at these times; what is too old or of the future does not count. */
    public RelaysSeen(InstantSource clock, Map<NodeId, Instant> earlier) {
        this.clock = clock;
        Instant now = clock.instant();
        earlier.entrySet().stream()
                .filter(one -> !one.getValue().isAfter(now))
                .sorted(Map.Entry.comparingByValue())
                .forEach(one -> seen.put(one.getKey(), one.getValue()));
        forget(now);
    }

    /** A relay answered. */
    public synchronized void answered(NodeId node) {
        Instant now = clock.instant();
        seen.remove(node);
        seen.put(node, now);
        forget(now);
    }

    /** How many different ones within the hour; 0 if that is not known. */
    public synchronized int count() {
        forget(clock.instant());
        return seen.size();
    }

    /** Who answered within the hour, and when last. */
    public synchronized Map<NodeId, Instant> snapshot() {
        forget(clock.instant());
        return Map.copyOf(seen);
    }

    private void forget(Instant now) {
        var eldest = seen.entrySet().iterator();
        while (eldest.hasNext()) {
            Instant when = eldest.next().getValue();
            // After a step back of the clock an entry of the future would never grow old.
            boolean old = when.plus(MEMORY).isBefore(now) || when.isAfter(now.plus(MEMORY));
            if (!old && seen.size() <= MOST) {
                break;
            }
            eldest.remove();
        }
    }
}
