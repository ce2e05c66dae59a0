package waybill.hop;

import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;

/**
 * Whom the client half dials and how it knows him.
 *
 * @param base the alias URL or the backend's URL
 * @param identity what TLS must prove
 * @param connectTo where to dial instead of the URL's own host and port, as an operator configured it
 * @param proxy whose tunnel leads there; never to a relay, which is a neighbour
 * @param backend whose deliveries the base stands for; goes out as {@code Waybill-Backend} with every call, so that a relay
 *     whose alias is another's says so and does not look like a liar
 */
public record Peer(
        URI base,
        Identity identity,
        Optional<InetSocketAddress> connectTo,
        Optional<HttpProxy> proxy,
        Optional<BackendUrl> backend) {
    /** @throws IllegalArgumentException if a relay were to be reached by a proxy */
    public Peer {
        if (proxy.isPresent() && identity instanceof Identity.Pinned) {
            throw new IllegalArgumentException("no proxy leads to a relay");
        }
    }

    /** A peer that is dialled without a proxy. */
    public Peer(URI base, Identity identity, Optional<InetSocketAddress> connectTo, Optional<BackendUrl> backend) {
        this(base, identity, connectTo, Optional.empty(), backend);
    }

    /** A peer of whom nothing is said but where it is. */
    public Peer(URI base, Identity identity, Optional<InetSocketAddress> connectTo) {
        this(base, identity, connectTo, Optional.empty());
    }

    /** What TLS must prove. */
    public sealed interface Identity {
        /** The certificate's key is this node's (a relay). */
        record Pinned(NodeId node) implements Identity {}

        /**
         * The certificate chains to one of these anchors, or to the system's where so said, and names the host.
         *
         * @param anchors further anchors
         * @param system whether the system's own count too
         */
        record Named(List<X509Certificate> anchors, boolean system) implements Identity {}

        /** Plain HTTP, allowed by name; nothing is proved. */
        record Plain() implements Identity {}
    }
}
