package waybill.discovery.dnssd;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import waybill.discovery.Lan;
import waybill.discovery.Lans;

/**
 * One interface in one family, as a relay is advertised there. Immutable; another if anything of it changes.
 *
 * @param name of the interface
 * @param index its number, another when it went away and came back
 * @param six whether the family is IPv6
 * @param lans the relay's LANs there
 * @param addresses where the relay can be asked on this interface, in either family
 */
record Link(String name, int index, boolean six, List<Lan> lans, List<InetAddress> addresses) {
    /** The most addresses said of one link. */
    private static final int MOST_ADDRESSES = 8;
    /** The most links that are advertised on. */
    private static final int MOST_LINKS = 64;

    Link {
        lans = List.copyOf(lans);
        addresses = List.copyOf(addresses);
    }

    /** Those at this moment. */
    static List<Link> of(Lans lans) throws IOException {
        List<Lan> present = lans.present();
        Map<String, Integer> indices = new HashMap<>();
        for (Lan lan : present) {
            NetworkInterface one = NetworkInterface.getByName(lan.name());
            // The loopback of most systems is none.
            if (one != null && one.isUp() && one.supportsMulticast()) {
                indices.put(lan.name(), one.getIndex());
            }
        }
        return of(present, lans.homes(), indices);
    }

    /**
     * Those of these LANs.
     *
     * @param homes at which addresses the relay hears what is sent to it alone
     * @param indices of the interfaces that pass multicast on, by name
     */
    static List<Link> of(List<Lan> lans, List<Lan> homes, Map<String, Integer> indices) {
        Set<InetAddress> heard = homes.stream().map(Lan::address).collect(Collectors.toSet());
        List<Link> links = new ArrayList<>();
        for (String name : lans.stream().map(Lan::name).distinct().toList()) {
            List<Lan> here =
                    lans.stream().filter(lan -> lan.name().equals(name)).toList();
            List<InetAddress> addresses = here.stream()
                    .map(Lan::address)
                    .filter(heard::contains)
                    .limit(MOST_ADDRESSES)
                    .toList();
            if (!indices.containsKey(name) || addresses.isEmpty()) {
                continue;
            }
            for (boolean six : new boolean[] {false, true}) {
                List<Lan> family =
                        here.stream().filter(lan -> isSix(lan.address()) == six).toList();
                if (!family.isEmpty() && links.size() < MOST_LINKS) {
                    links.add(new Link(name, Objects.requireNonNull(indices.get(name)), six, family, addresses));
                }
            }
        }
        return List.copyOf(links);
    }

    /** Everybody on it who speaks Multicast DNS. */
    InetSocketAddress group() {
        return six ? Mdns.six(index) : Mdns.four();
    }

    boolean isNeighbour(InetAddress address) {
        return lans.stream().anyMatch(lan -> lan.isNeighbour(address));
    }

    private static boolean isSix(InetAddress address) {
        return address instanceof Inet6Address;
    }

    @Override
    public String toString() {
        return name + (six ? " (IPv6)" : " (IPv4)");
    }
}
