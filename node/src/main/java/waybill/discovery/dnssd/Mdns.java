package waybill.discovery.dnssd;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Where Multicast DNS is spoken (RFC 6762, section 3). */
final class Mdns {
    static final int PORT = 5353;
    /** As packets that never leave a link are sent (RFC 6762, section 11). */
    static final int HOP_LIMIT = 255;

    private static final InetAddress FOUR = InetAddress.ofLiteral("224.0.0.251");
    private static final InetAddress SIX = InetAddress.ofLiteral("ff02::fb");

    private Mdns() {}

    static InetSocketAddress four() {
        return new InetSocketAddress(FOUR, PORT);
    }

    /** @param zone the number of the interface, by no other does a packet leave */
    static InetSocketAddress six(int zone) {
        try {
            return new InetSocketAddress(Inet6Address.getByAddress(null, SIX.getAddress(), zone), PORT);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen bytes are an IPv6 address", e);
        }
    }
}
