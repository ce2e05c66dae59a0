package waybill.proxy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import waybill.discovery.Network;

/**
 * The hosts that are reached without a proxy, as {@code NO_PROXY} names them and curl reads it: names, with all that end in
 * a dot and that name, addresses, networks, and {@code *} for all; parted by commas or white space. What is none of these
 * names nobody. This machine itself is always one of them. Nothing is looked up. Immutable.
 */
final class NoProxy {
    private final boolean all;
    private final List<String> names = new ArrayList<>();
    private final List<Network> networks = new ArrayList<>();

    private NoProxy(String text) {
        boolean star = false;
        for (String entry : text.split("[,\\s]+", -1)) {
            Optional<Network> network = network(entry);
            if (entry.equals("*")) {
                star = true;
            } else if (network.isPresent()) {
                networks.add(network.get());
            } else if (!name(entry).isEmpty()) {
                names.add(name(entry));
            }
        }
        all = star;
    }

    /** Reads the list; every text is one. */
    static NoProxy parse(String text) {
        return new NoProxy(text);
    }

    /**
     * Whether this host is reached without a proxy.
     *
     * @param host a name, or an address as it stands in a URL or without brackets
     */
    boolean covers(String host) {
        if (all) {
            return true;
        }
        Optional<Network> alone = network(host);
        if (alone.isPresent()) {
            InetAddress address = alone.get().address();
            return address.isLoopbackAddress() || networks.stream().anyMatch(network -> network.contains(address));
        }
        String name = name(host);
        return isOrEndsIn(name, "localhost") || names.stream().anyMatch(ending -> isOrEndsIn(name, ending));
    }

    private static boolean isOrEndsIn(String name, String ending) {
        return name.equals(ending) || name.endsWith("." + ending);
    }

    /** In lower case, without the dot before or after it that says nothing here. */
    private static String name(String text) {
        String name = text.startsWith(".") ? text.substring(1) : text;
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return name.toLowerCase(Locale.ROOT);
    }

    private static Optional<Network> network(String text) {
        try {
            return Optional.of(Network.parse(text.startsWith("[") ? text.replaceAll("[\\[\\]]", "") : text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
