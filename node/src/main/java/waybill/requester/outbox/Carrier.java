package waybill.requester.outbox;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import waybill.discovery.LinkZone;
import waybill.discovery.Offer;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.trust.Blacklist;

/**
 * Who takes the parcel on its first hop: the backend itself, a relay by its alias URL (section 3), or a person's hand
 * (section 9). Immutable.
 */
public sealed interface Carrier {

    /** The backend, reached directly. */
    record Direct(BackendUrl backend) implements Carrier {
        @Override
        public String toString() {
            return backend.toString();
        }
    }

    /**
     * A relay on the LAN.
     *
     * @param node what it said it is; TLS proves it, plain HTTP does not
     * @param alias where it listens
     * @param zone the link of an alias at a link-local address
     */
    record Relay(NodeId node, AliasUrl alias, LinkZone zone) implements Carrier {
        /** The relay of this offer. */
        public static Relay of(Offer offer) {
            return new Relay(offer.node(), offer.alias(), offer.zone());
        }

        /** Whether an exchange with it proved its node. */
        public boolean proved() {
            return alias.encrypted();
        }

        /** Its address. */
        public InetAddress address() {
            return alias.address();
        }

        @Override
        public String toString() {
            return proved() ? node + " at " + alias : alias.toString();
        }
    }

    /**
     * Somebody who carried a folder. He is never dialled.
     *
     * @param folder where it was read
     */
    record Hand(Path folder) implements Carrier {
        @Override
        public String toString() {
            return folder.toString();
        }
    }

    /**
     * Whom a verdict concerns (section 7): the proved node, or the address of a plain hop; nobody for the backend, and for
     * a hand, which nothing proves.
     */
    default Optional<Blacklist.Subject> subject() {
        return switch (this) {
            case Direct _, Hand _ -> Optional.empty();
            case Relay relay when relay.proved() -> Optional.of(new Blacklist.Subject.Node(relay.node()));
            case Relay relay -> Optional.of(new Blacklist.Subject.Address(relay.address()));
        };
    }
}
