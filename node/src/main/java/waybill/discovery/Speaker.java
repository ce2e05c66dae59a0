package waybill.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket from which one addressee is asked, and which hears only answers to that. It does not block.
 *
 * @param destination where what is sent goes
 */
record Speaker(Addressee to, InetSocketAddress destination, DatagramChannel channel) {
    private static final Logger LOG = LoggerFactory.getLogger(Speaker.class);
    private static final int RECEIVE_BUFFER = 1 << 20;

    /**
     * Opens one that asks in our own packets.
     *
     * @param port the UDP port of discovery
     */
    static Speaker open(Addressee to, int port) throws IOException {
        return open(to, to.destination(port), 1);
    }

    /**
     * Opens one to a group on a LAN: it leaves by that LAN's interface and by no other.
     *
     * @param hopLimit of what is sent
     */
    static Speaker toGroup(Lan lan, InetSocketAddress group, int hopLimit) throws IOException {
        return open(lan, group, hopLimit);
    }

    private static Speaker open(Addressee to, InetSocketAddress destination, int hopLimit) throws IOException {
        DatagramChannel channel = DatagramChannel.open(Ears.family(destination.getAddress()));
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            switch (to) {
                case Lan lan -> {
                    if (destination.getAddress().isMulticastAddress()) {
                        channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, link(lan));
                        channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, hopLimit);
                    } else {
                        channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
                    }
                    channel.bind(new InetSocketAddress(lan.address(), 0));
                }
                // From the address on the LAN where it is a neighbour.
                case Advertised one ->
                    channel.bind(new InetSocketAddress(one.lan().address(), 0));
                // The way there is the routing table's affair.
                case NamedRelay.At _ -> channel.bind(null);
            }
            channel.configureBlocking(false);
            return new Speaker(to, destination, channel);
        } catch (IOException e) {
            close(channel);
            throw e;
        }
    }

    void send(byte[] packet) throws IOException {
        channel.send(ByteBuffer.wrap(packet), destination);
    }

    void close() {
        close(channel);
    }

    private static NetworkInterface link(Lan lan) throws IOException {
        NetworkInterface link = NetworkInterface.getByName(lan.name());
        if (link == null) {
            throw new IOException("it is gone");
        }
        return link;
    }

    private static void close(DatagramChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("discovery: close failed", e);
        }
    }
}
