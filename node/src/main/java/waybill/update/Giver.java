package waybill.update;

import java.util.Optional;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.NodeId;
import waybill.requester.outbox.Carrier;

/**
 * One who may give of an update, a relay or the origin itself, and how he is reached (section 10.4). What he gives is checked
 * by who asked; nothing of it is believed. Immutable.
 *
 * @param who of the two
 * @param peer whom the client dials
 * @param hop speaks to him
 * @param holds whether he said that he holds it, or is taking it in just now; the origin always does
 */
public record Giver(Carrier who, Peer peer, HopClient hop, boolean holds) {
    /** Whether this is the backend itself. */
    public boolean isOrigin() {
        return who instanceof Carrier.Direct;
    }

    /** Whether TLS proves who he is. */
    public boolean proved() {
        return who instanceof Carrier.Relay relay && relay.proved();
    }

    /** The relay's node, as far as it is known; none for the origin. */
    public Optional<NodeId> node() {
        return who instanceof Carrier.Relay relay ? Optional.of(relay.node()) : Optional.empty();
    }

    @Override
    public String toString() {
        return who.toString();
    }
}
