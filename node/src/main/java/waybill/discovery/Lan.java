package waybill.discovery;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * One subnet on one interface of this machine: where to ask, and whom to believe to be near (section 2). An interface with
 * several IPv4 addresses gives several; one with IPv6 gives one more, its link. Immutable.
 *
 * @param name of the interface
 * @param address this machine's own on it; of IPv6 the link-local one, whose zone is the interface
 * @param prefix bits of the subnet, 0 to 32 or 128
 */
public record Lan(String name, InetAddress address, int prefix) implements Addressee {
    /** The name that stands for no interface at all. */
    public static final String NONE = "none";

    private static final int LOOPBACK_PREFIX = 8;
    /**
     * The group of all relays on an IPv6 link (section 2.1): link-local scope, transient, for it is assigned by nobody but the
     * specification.
     */
    static final InetAddress GROUP = InetAddress.ofLiteral("ff12::8000:7506");

    /** A longer prefix leaves no address to broadcast to (RFC 3021). */
    private static final int LONGEST_PREFIX = 30;

    /** @throws IllegalArgumentException if the prefix is out of its range */
    public Lan {
        prefix = new Network(address, prefix).prefix();
    }

    /** An address of this machine with nobody near it: where it is asked by unicast. */
    static Lan alone(String name, InetAddress own) {
        return new Lan(name, own, own.getAddress().length * 8);
    }

    /** The broadcast address of an IPv4 subnet: {@code 127.255.255.255} on the loopback. */
    public InetAddress broadcast() {
        // From the prefix, for the loopback and many a virtual interface do not say theirs.
        return edge(true);
    }

    /** The group of all relays on this link; its zone is the interface, by no other does a packet leave. */
    Inet6Address group() {
        try {
            return Inet6Address.getByAddress(null, GROUP.getAddress(), zone());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen bytes are an IPv6 address", e);
        }
    }

    /** Whether this is an IPv6 link. */
    boolean six() {
        return address instanceof Inet6Address;
    }

    /** Whether its interface is there and passes multicast on, which the loopback of most systems does not. */
    boolean passesMulticast() {
        try {
            NetworkInterface link = NetworkInterface.getByName(name);
            return link != null && link.supportsMulticast();
        } catch (SocketException e) {
            return false;
        }
    }

    @Override
    public InetSocketAddress destination(int port) {
        return new InetSocketAddress(six() ? group() : broadcast(), port);
    }

    @Override
    public boolean mayAnswer(InetAddress source) {
        return isNeighbour(source);
    }

    /** Whether the address lies in the subnet. */
    public boolean onLink(InetAddress other) {
        return new Network(address, prefix).contains(other);
    }

    /** Whether the address lies in the subnet and can be one machine's: not the subnet's own, not its broadcast address. */
    public boolean isNeighbour(InetAddress other) {
        if (other instanceof Inet6Address one && one.getScopeId() != 0 && one.getScopeId() != zone()) {
            return false;
        }
        if (!onLink(other) || other.isMulticastAddress() || other.isAnyLocalAddress()) {
            return false;
        }
        return six() || prefix > LONGEST_PREFIX || !(other.equals(edge(false)) || other.equals(edge(true)));
    }

    /** The name, the address and the prefix: {@code lo 127.0.0.1/8}. */
    @Override
    public String toString() {
        return name + " " + new Network(address, prefix);
    }

    /**
     * The subnets of the named interfaces. Without names: of all that are up, not the loopback, not point to point. The one
     * name {@link #NONE} stands for no subnet.
     *
     * @throws IOException if a named interface is missing, down or without an address to ask from, or if without names there is none; the message says which exist
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

    /**
     * This machine's own addresses on the interfaces that {@link #named} means, point to point or not; with {@link #NONE} on
     * all, so that a machine that asks nobody by broadcast can still be asked by unicast.
     */
    static List<Lan> homes(List<String> names, List<Nic> existing) {
        boolean all = names.isEmpty() || names.equals(List.of(NONE));
        return existing.stream()
                .filter(nic -> nic.up() && (all ? !nic.loopback() : names.contains(nic.name())))
                .flatMap(nic -> nic.homes().stream().map(home -> alone(nic.name(), home)))
                .toList();
    }

    /** As {@link #named}, but what is missing is left out. */
    static List<Lan> present(List<String> names, List<Nic> existing) {
        try {
            List<String> there = existing.stream()
                    .filter(nic -> nic.up() && !nic.lans().isEmpty() && names.contains(nic.name()))
                    .map(Nic::name)
                    .toList();
            return names.isEmpty() || !there.isEmpty() ? select(there, existing) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** {@link #named} on a given set of interfaces. */
    static List<Lan> select(List<String> names, List<Nic> existing) throws IOException {
        if (names.equals(List.of(NONE))) {
            return List.of();
        }
        List<Lan> chosen = new ArrayList<>();
        if (names.isEmpty()) {
            for (Nic nic : existing) {
                if (nic.up() && !nic.loopback() && !nic.pointToPoint()) {
                    chosen.addAll(nic.lans());
                }
            }
            if (chosen.isEmpty()) {
                throw new IOException(
                        "no interface is up with an address to ask from; there are: " + Nic.describe(existing));
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
                throw new IOException(
                        "the interface " + name + " has no address to ask from; there are: " + Nic.describe(existing));
            }
            chosen.addAll(nic.lans());
        }
        return List.copyOf(chosen);
    }

    private int zone() {
        return address instanceof Inet6Address one ? one.getScopeId() : 0;
    }

    /** The subnet's address whose other bits are all 0, or all 1. */
    private InetAddress edge(boolean ones) {
        byte[] bytes = address.getAddress();
        for (int bit = prefix; bit < bytes.length * 8; bit++) {
            int mask = 0x80 >>> bit % 8;
            bytes[bit / 8] = (byte) (ones ? bytes[bit / 8] | mask : bytes[bit / 8] & ~mask);
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("as many bytes as an address has", e);
        }
    }

    /** What there is to know of an interface, apart from the machine, so that the choice can be tested. */
    record Nic(
            String name, boolean up, boolean loopback, boolean pointToPoint, List<Lan> lans, List<InetAddress> homes) {
        static List<Nic> all() throws IOException {
            List<Nic> all = new ArrayList<>();
            for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
                all.add(new Nic(
                        one.getName(),
                        one.isUp(),
                        one.isLoopback(),
                        one.isPointToPoint(),
                        lans(one),
                        one.inetAddresses().toList()));
            }
            return all;
        }

        private static List<Lan> lans(NetworkInterface one) throws IOException {
            List<Lan> lans = new ArrayList<>();
            for (InterfaceAddress address : one.getInterfaceAddresses()) {
                if (address.getAddress() instanceof Inet4Address four) {
                    int prefix = address.getNetworkPrefixLength();
                    boolean said = prefix >= 1 && prefix <= 32;
                    int bits = said ? prefix : four.isLoopbackAddress() ? LOOPBACK_PREFIX : 32;
                    if (bits <= LONGEST_PREFIX) {
                        lans.add(new Lan(one.getName(), four, bits));
                    }
                }
            }
            if (one.supportsMulticast()) {
                one.getInterfaceAddresses().stream()
                        .filter(address -> address.getAddress() instanceof Inet6Address six && six.isLinkLocalAddress())
                        .findFirst()
                        .ifPresent(address -> lans.add(
                                new Lan(one.getName(), address.getAddress(), address.getNetworkPrefixLength())));
            }
            return List.copyOf(lans);
        }

        static String describe(List<Nic> existing) {
            List<String> words = new ArrayList<>();
            for (Nic nic : existing) {
                StringBuilder word = new StringBuilder(nic.name());
                for (Lan lan : nic.lans()) {
                    word.append(' ').append(new Network(lan.address(), lan.prefix()));
                }
                if (nic.lans().isEmpty()) {
                    word.append(" (no address)");
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
