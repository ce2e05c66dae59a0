package waybill.discovery;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * One IPv4 subnet on one interface of this machine: where to ask, and whom to believe to be near (section 2). An
 * interface with several addresses gives several. Immutable.
 *
 * @param name of the interface
 * @param address this machine's own on it
 * @param prefix bits of the subnet, 0 to 32
 */
public record Lan(String name, Inet4Address address, int prefix) {
    private static final int LOOPBACK_PREFIX = 8;
    /** A longer prefix leaves no address to broadcast to (RFC 3021). */
    private static final int LONGEST_PREFIX = 30;

    /** @throws IllegalArgumentException if the prefix is out of its range */
    public Lan {
        if (prefix < 0 || prefix > 32) {
            throw new IllegalArgumentException("an IPv4 prefix has 0 to 32 bits");
        }
    }

    /** The subnet's broadcast address: {@code 127.255.255.255} on the loopback. */
    public Inet4Address broadcast() {
        // From the prefix, for the loopback and many a virtual interface do not say theirs.
        return fromBits(bits(address) | ~mask());
    }

    /** Whether the address lies in the subnet. */
    public boolean onLink(InetAddress other) {
        return other instanceof Inet4Address four && ((bits(four) ^ bits(address)) & mask()) == 0;
    }

    /** Whether the address lies in the subnet and can be one machine's: not the subnet's own, not its broadcast address. */
    public boolean isNeighbour(InetAddress other) {
        if (!onLink(other) || other.isMulticastAddress() || other.isAnyLocalAddress()) {
            return false;
        }
        int host = bits((Inet4Address) other) & ~mask();
        return prefix > LONGEST_PREFIX || (host != 0 && host != ~mask());
    }

    /** The name, the address and the prefix: {@code lo 127.0.0.1/8}. */
    @Override
    public String toString() {
        return name + " " + address.getHostAddress() + "/" + prefix;
    }

    /**
     * The subnets of the named interfaces. Without names: of all that are up, not the loopback, not point to point.
     *
     * @throws IOException if a named interface is missing, down or without an IPv4 address to broadcast from, or if
     *     without names there is none; the message says which exist
     */
    public static List<Lan> named(List<String> interfaces) throws IOException {
        return select(interfaces, Nic.all());
    }

    /**
     * The subnet of this machine's loopback alone, whatever its name: nothing asked or answered there leaves the machine.
     *
     * @throws IOException if there is none that is up
     */
    public static Lan loopback() throws IOException {
        for (Nic nic : Nic.all()) {
            if (nic.up() && nic.loopback() && !nic.lans().isEmpty()) {
                return nic.lans().getFirst();
            }
        }
        throw new IOException("this machine has no loopback interface that is up");
    }

    /** {@link #named} on a given set of interfaces. */
    static List<Lan> select(List<String> names, List<Nic> existing) throws IOException {
        List<Lan> chosen = new ArrayList<>();
        if (names.isEmpty()) {
            for (Nic nic : existing) {
                if (nic.up() && !nic.loopback() && !nic.pointToPoint()) {
                    chosen.addAll(nic.lans());
                }
            }
            if (chosen.isEmpty()) {
                throw new IOException("no interface is up with an IPv4 address to broadcast from; there are: "
                        + Nic.describe(existing));
            }
            return List.copyOf(chosen);
        }
        for (String name : new LinkedHashSet<>(names)) {
            Nic nic = existing.stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException(
                            "no interface is named " + name + "; there are: " + Nic.describe(existing)));
            if (!nic.up()) {
                throw new IOException("the interface " + name + " is down; there are: " + Nic.describe(existing));
            }
            if (nic.lans().isEmpty()) {
                throw new IOException("the interface " + name + " has no IPv4 address to broadcast from; there are: "
                        + Nic.describe(existing));
            }
            chosen.addAll(nic.lans());
        }
        return List.copyOf(chosen);
    }

    private int mask() {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }

    private static int bits(Inet4Address address) {
        byte[] bytes = address.getAddress();
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    }

    private static Inet4Address fromBits(int bits) {
        byte[] bytes = {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
        try {
            return (Inet4Address) InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an IPv4 address", e);
        }
    }

    /** What there is to know of an interface, apart from the machine, so that the choice can be tested. */
    record Nic(String name, boolean up, boolean loopback, boolean pointToPoint, List<Lan> lans) {
        static List<Nic> all() throws IOException {
            List<Nic> all = new ArrayList<>();
            for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
                all.add(new Nic(one.getName(), one.isUp(), one.isLoopback(), one.isPointToPoint(), lans(one)));
            }
            return all;
        }

        private static List<Lan> lans(NetworkInterface one) {
            List<Lan> lans = new ArrayList<>();
            for (InterfaceAddress address : one.getInterfaceAddresses()) {
                // IPv6 finds its place here: by a link-local multicast group scoped to this interface.
                if (address.getAddress() instanceof Inet4Address four) {
                    int prefix = address.getNetworkPrefixLength();
                    boolean said = prefix >= 1 && prefix <= 32;
                    int bits = said ? prefix : four.isLoopbackAddress() ? LOOPBACK_PREFIX : 32;
                    if (bits <= LONGEST_PREFIX) {
                        lans.add(new Lan(one.getName(), four, bits));
                    }
                }
            }
            return List.copyOf(lans);
        }

        static String describe(List<Nic> existing) {
            List<String> words = new ArrayList<>();
            for (Nic nic : existing) {
                StringBuilder word = new StringBuilder(nic.name());
                for (Lan lan : nic.lans()) {
                    word.append(' ')
                            .append(lan.address().getHostAddress())
                            .append('/')
                            .append(lan.prefix());
                }
                if (nic.lans().isEmpty()) {
                    word.append(" (no IPv4)");
                }
                if (!nic.up()) {
                    word.append(" (down)");
                }
                words.add(word.toString());
            }
            return words.isEmpty() ? "none" : String.join(", ", words);
        }
    }
}
