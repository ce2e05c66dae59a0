package waybill.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.PacketCodec;

/**
 * The sockets of one round: what is said through them, and who is told what comes back. Where one of them fails that is
 * told, and the others go on.
 *
 * <p>For one thread; {@link #wakeUp} and {@link #close} are for any.
 */
final class RoundSockets {
    private static final Logger LOG = LoggerFactory.getLogger(RoundSockets.class);
    private static final int TURN = 64;

    /** Whoever is told what comes to one socket. */
    @FunctionalInterface
    interface Ear {
        /** A datagram, at most a byte longer than any that counts. */
        void heard(byte[] bytes, InetSocketAddress source);
    }

    private record Hearing(Speaker speaker, Ear ear) {}

    private final Consumer<String> complaints;
    private final Selector selector;
    private final List<Speaker> askers = new ArrayList<>();
    private final List<Speaker> browsers = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(Math.max(PacketCodec.MAX_UDP, Signposts.MOST_BYTES) + 1);

    /** @param complaints is told in words what failed, and where */
    RoundSockets(Consumer<String> complaints) throws IOException {
        this.complaints = complaints;
        this.selector = Selector.open();
    }

    /** Opens one that asks for relays. */
    Speaker asker(Addressee to, int port, Ear ear) throws IOException {
        return hearing(Speaker.open(to, port), ear, askers);
    }

    /** Opens one that asks a LAN's group for signposts. */
    void browser(Lan lan, InetSocketAddress group, Ear ear) throws IOException {
        hearing(Speaker.toGroup(lan, group, Signposts.HOP_LIMIT), ear, browsers);
    }

    private Speaker hearing(Speaker speaker, Ear ear, List<Speaker> kind) throws IOException {
        try {
            speaker.channel().register(selector, SelectionKey.OP_READ, new Hearing(speaker, ear));
        } catch (IOException e) {
            speaker.close();
            throw e;
        }
        kind.add(speaker);
        return speaker;
    }

    /** The LANs on which it was asked for relays and that pass multicast on. */
    List<Lan> lansOfMulticast() {
        return askers.stream()
                .map(Speaker::to)
                .filter(to -> to instanceof Lan lan && lan.passesMulticast())
                .map(Lan.class::cast)
                .toList();
    }

    /** Says it through all that ask for relays. */
    void say(byte[] packet) {
        send(askers, packet);
    }

    /** Says it through all that ask for signposts. */
    void browse(byte[] question) {
        send(browsers, question);
    }

    private void send(List<Speaker> all, byte[] packet) {
        for (Speaker speaker : all) {
            try {
                speaker.send(packet);
            } catch (IOException e) {
                complaints.accept(speaker.to() + ": " + e.getMessage());
            }
        }
    }

    /**
     * Listens until something came, somebody woke it up, or the time is over.
     *
     * @param nanos rounded up to a millisecond, and at least one
     * @throws ClosedSelectorException if it was closed
     */
    void listen(long nanos) throws IOException {
        selector.select(this::receive, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
    }

    /** Takes in what came already; never waits. */
    void drain() {
        try {
            if (selector.isOpen()) {
                selector.selectNow(this::receive);
            }
        } catch (IOException | ClosedSelectorException e) {
            LOG.debug("discovery: close failed", e);
        }
    }

    /** Ends a {@link #listen} early. */
    void wakeUp() {
        selector.wakeup();
    }

    private void receive(SelectionKey key) {
        Hearing hearing = (Hearing) key.attachment();
        // A bounded number at a time, so that a flood never holds up the deadline.
        for (int i = 0; i < TURN; i++) {
            buffer.clear();
            try {
                if (!(hearing.speaker().channel().receive(buffer) instanceof InetSocketAddress source)) {
                    return;
                }
                hearing.ear().heard(Arrays.copyOf(buffer.array(), buffer.position()), source);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                key.cancel();
                complaints.accept(hearing.speaker().to() + ": " + e.getMessage());
                return;
            }
        }
    }

    /** Closes all. */
    void close() {
        try {
            selector.close();
        } catch (IOException e) {
            LOG.debug("discovery: close failed", e);
        }
        askers.forEach(Speaker::close);
        browsers.forEach(Speaker::close);
    }
}
