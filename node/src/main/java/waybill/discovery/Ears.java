package waybill.discovery;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets at which a {@link Beacon} hears. {@link #everywhere} is for any thread, the rest for one.
 *
 * <p>What comes by unicast has a socket of its own for each address of this machine: one that listens at every address is
 * not told which of them was asked, and the answer must come from that one.
 */
final class Ears {
    private static final Logger LOG = LoggerFactory.getLogger(Ears.class);
    private static final int RECEIVE_BUFFER = 1 << 20;

    /** What is heard at one socket. */
    sealed interface Ear {
        /** Where it is bound. */
        InetAddress bind();

        /** IPv4 broadcasts, and whatever no other ear hears. */
        record Everywhere() implements Ear {
            @Override
            public InetAddress bind() {
                return InetAddress.ofLiteral("0.0.0.0");
            }

            @Override
            public String toString() {
                return "every address";
            }
        }

        /** The group of all relays on one IPv6 link. */
        record Group(Lan link) implements Ear {
            @Override
            public InetAddress bind() {
                return link.group();
            }

            @Override
            public String toString() {
                return "the group on " + link.name();
            }
        }

        /** What was sent to this very address. */
        record Home(Lan home) implements Ear {
            @Override
            public InetAddress bind() {
                return home.address();
            }

            @Override
            public String toString() {
                return home.toString();
            }
        }
    }

    private static final Ear EVERYWHERE = new Ear.Everywhere();

    private final int port;
    private final Selector selector;
    private final Map<Ear, DatagramChannel> open = new ConcurrentHashMap<>();

    /** @param selector where each channel is registered, its {@link Ear} attached */
    Ears(int port, Selector selector) {
        this.port = port;
        this.selector = selector;
    }

    /** Whether broadcasts are heard at this moment. */
    boolean everywhere() {
        DatagramChannel channel = open.get(EVERYWHERE);
        return channel != null && channel.isOpen();
    }

    /** Hears broadcasts from now on, if it does not yet. */
    void openEverywhere() throws IOException {
        open(EVERYWHERE);
    }

    private void open(Ear ear) throws IOException {
        DatagramChannel known = open.get(ear);
        if (known != null && known.isOpen()) {
            return;
        }
        DatagramChannel channel = DatagramChannel.open(family(ear.bind()));
        try {
            // Several relays of one machine share the port: each gets a copy of a broadcast.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.bind(new InetSocketAddress(ear.bind(), port));
            if (ear instanceof Ear.Group group) {
                NetworkInterface link = NetworkInterface.getByName(group.link().name());
                if (link == null) {
                    throw new IOException("it is gone");
                }
                channel.join(group.bind(), link);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, ear);
            open.put(ear, channel);
        } catch (IOException | RuntimeException e) {
            close(channel);
            throw new IOException("UDP port " + port + ": " + e.getMessage(), e);
        }
    }

    /** Has these open beside the one that is everywhere, and no others; says which could not be opened. */
    Map<Ear, IOException> keep(Collection<Ear> wanted) {
        Set<Ear> gone = new HashSet<>(open.keySet());
        gone.removeAll(wanted);
        gone.remove(EVERYWHERE);
        gone.forEach(this::close);
        Map<Ear, IOException> failed = new HashMap<>();
        for (Ear ear : wanted) {
            try {
                open(ear);
            } catch (IOException e) {
                failed.put(ear, e);
            }
        }
        return failed;
    }

    void close(Ear ear) {
        DatagramChannel channel = open.remove(ear);
        if (channel != null) {
            close(channel);
        }
    }

    void close() {
        Set.copyOf(open.keySet()).forEach(this::close);
    }

    static StandardProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    private static void close(DatagramChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("discovery: close failed", e);
        }
    }
}
