package waybill.discovery;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/**
 * One IPv4 subnet on one interface of this machine: where to ask, and whom to believe to be near (section 2). Immutable.
 *
 * @param name of the interface
 * @param address this machine's own on it
 * @param prefix bits of the subnet, 0 to 32
 */
public record Lan(String name, Inet4Address address, int prefix) {

    /** The subnet's broadcast address: {@code 127.255.255.255} on the loopback. */
    public Inet4Address broadcast() {
        throw new UnsupportedOperationException();
    }

    /** Whether the address lies in the subnet. */
    public boolean onLink(InetAddress other) {
        throw new UnsupportedOperationException(other.toString());
    }

    /**
     * The subnets of the named interfaces. Without names: of all that are up, not the loopback, not point to point.
     *
     * @throws IOException if a named interface is missing, down or without an IPv4 address; the message says which exist
     */
    public static List<Lan> named(List<String> interfaces) throws IOException {
        throw new IOException(interfaces.toString());
    }
}
