package waybill.discovery;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;
import waybill.protocol.AliasUrl;

/**
 * On which of this machine's links an IPv6 link-local address is: the zone, which is this machine's own affair and never in
 * an alias URL (section 1.2). Immutable.
 *
 * @param name of the interface; empty for every other kind of address, which needs none
 */
public record LinkZone(String name) {
    /** No zone. */
    public static final LinkZone NONE = new LinkZone("");

    /** The zone of an address that a packet came from. */
    public static LinkZone of(InetAddress source) {
        if (!(source instanceof Inet6Address six) || !six.isLinkLocalAddress() || six.getScopeId() == 0) {
            return NONE;
        }
        try {
            NetworkInterface link = NetworkInterface.getByIndex(six.getScopeId());
            return new LinkZone(link == null ? "" : link.getName());
        } catch (SocketException e) {
            return NONE;
        }
    }

    /** Where to dial instead of the URL's own host, if that alone would not do. */
    public Optional<InetSocketAddress> dial(AliasUrl alias) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            NetworkInterface link = NetworkInterface.getByName(name);
            // Without its link it is not to be reached, which the one who dials will find.
            return link == null
                    ? Optional.empty()
                    : Optional.of(new InetSocketAddress(
                            Inet6Address.getByAddress(null, alias.address().getAddress(), link.getIndex()),
                            alias.port()));
        } catch (SocketException | UnknownHostException e) {
            return Optional.empty();
        }
    }
}
