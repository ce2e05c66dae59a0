package waybill.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import waybill.protocol.NodeId;

/**
 * A relay that an operator named: asked by unicast, wherever it is, for networks that are routed or block broadcasts
 * (section 2.1). Immutable.
 *
 * @param host a DNS name or a literal IP address without brackets, in which an IPv6 zone is allowed
 * @param port its UDP port of discovery, 1 to 65535
 * @param node the only one whose answer is taken from there; empty takes any
 */
public record NamedRelay(String host, int port, Optional<NodeId> node) {
    /** The most addresses of one name that are asked. */
    static final int MOST_ADDRESSES = 4;

    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]{1,32})?)]|"
            + "([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})))" + ":(\\d{1,5})(?:#([A-Za-z0-9_-]+))?");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

    /** @throws IllegalArgumentException if the port is out of its range */
    public NamedRelay {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is from 1 to 65535");
        }
    }

    /**
     * Reads {@code HOST:PORT} or {@code HOST:PORT#NODE}; an IPv6 address stands in brackets. Nothing is looked up.
     *
     * @throws IllegalArgumentException if it is in another form
     */
    public static NamedRelay parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("a relay is named as HOST:PORT or HOST:PORT#NODE");
        }
        String host = form.group(1) == null ? form.group(2) : form.group(1);
        // Said now and not at the first round: what looks like an address is one.
        if (form.group(1) != null) {
            InetAddress.ofLiteral(host.replaceFirst("%.*", ""));
        } else if (NUMBERS.matcher(host).matches()) {
            if (!host.matches(Network.IPV4)) {
                throw new IllegalArgumentException("an IPv4 address has four numbers");
            }
            InetAddress.ofLiteral(host);
        }
        return new NamedRelay(
                host,
                Integer.parseInt(form.group(3)),
                Optional.ofNullable(form.group(4)).map(NodeId::parse));
    }

    /** Whether its address is known without asking anybody. */
    boolean literal() {
        return host.indexOf(':') >= 0 || NUMBERS.matcher(host).matches();
    }

    /**
     * Where it is now, at most {@link #MOST_ADDRESSES} places; a name may take its time.
     *
     * @throws IOException if the name is not known, or a zone is no interface
     */
    List<At> resolve() throws IOException {
        return Arrays.stream(InetAddress.getAllByName(host))
                .limit(MOST_ADDRESSES)
                .map(address -> new At(this, new InetSocketAddress(address, port)))
                .toList();
    }

    /** As it is read. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port
                + node.map(one -> "#" + one).orElse("");
    }

    /** A named relay at one of its addresses: nobody but that address answers for it. */
    public record At(NamedRelay relay, InetSocketAddress address) implements Addressee {
        @Override
        public String name() {
            return relay.toString();
        }

        @Override
        public InetSocketAddress destination(int port) {
            return address;
        }

        @Override
        public boolean mayAnswer(InetAddress source) {
            return address.getAddress().equals(source);
        }

        @Override
        public Optional<NodeId> pin() {
            return relay.node();
        }
    }
}
