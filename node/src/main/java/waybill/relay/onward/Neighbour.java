package waybill.relay.onward;

import java.util.Optional;
import waybill.discovery.LinkZone;
import waybill.discovery.Offer;
import waybill.hop.Peer;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.trust.Blacklist;

/**
 * Another relay, as its answer described it. Nothing of it is proved but, by TLS, its node. Immutable.
 *
 * @param network the name of the interface it was heard on, or the relay as the operator named it
 * @param zone the link of an alias at a link-local address
 */
public record Neighbour(NodeId node, AliasUrl alias, Promise promise, String network, LinkZone zone) {
    static Neighbour of(Offer offer) {
        return new Neighbour(
                offer.node(), offer.alias(), offer.promise(), offer.asked().name(), offer.zone());
    }

    /**
     * What it says of itself. Anybody can say an honest relay's node at an address of his own, or another node at its
     * address; so one claim that was found wrong says nothing of another, be it of the same node.
     */
    public record Claim(NodeId node, AliasUrl alias) {}

    /** What this one says of itself. */
    public Claim claim() {
        return new Claim(node, alias);
    }

    /** Whom the client half dials. */
    public Peer peer(BackendUrl backend) {
        return new Peer(
                alias.uri(),
                alias.encrypted() ? new Peer.Identity.Pinned(node) : new Peer.Identity.Plain(),
                zone.dial(alias),
                Optional.of(backend));
    }

    /** Whom a verdict concerns (section 7). */
    public Blacklist.Subject subject() {
        return alias.encrypted() ? new Blacklist.Subject.Node(node) : new Blacklist.Subject.Address(alias.address());
    }

    /** The node, and where it listens. */
    @Override
    public String toString() {
        return node + " at " + alias;
    }
}
