package waybill.discovery;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.PacketCodec;

/**
 * The relay's side of discovery (section 2; claims 1, 9 and 21): hears requests on its LANs and answers them with an alias
 * URL, from that URL's own address.
 *
 * <p>It listens on the port at every address, beside other relays of the same machine, but answers neighbours on its own
 * LANs only, and by unicast the networks that its operator named. One thread receives and answers; nothing a peer sends ends
 * it. Interfaces and addresses may come and go; it looks at them now and then, and when a stranger asks, who may be a
 * neighbour on a new one. Safe for use by several threads.
 */
public final class Beacon implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Beacon.class);

    private static final long REREAD = TimeUnit.SECONDS.toNanos(5);
    /** After a stranger's question, which he repeats. */
    private static final long REREAD_FOR_STRANGER = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long PAUSE_MILLIS = 500;
    private static final int TURN = 64;
    private static final int MAX_SENDERS = 64;
    private static final int MAX_HOMES = 64;
    private static final int MAX_LINKS = 64;

    /**
     * How much it takes from others.
     *
     * @param packetsPerSource packets a second from one address, in the long run; twice as many at once
     * @param roundsInAll rounds a second from everybody; twice as many at once
     * @param rounds remembered at once
     */
    public record Limits(int packetsPerSource, int roundsInAll, int rounds) {
        /** 200 packets a second from one address, 500 rounds a second, 8,192 remembered. */
        public static final Limits DEFAULT = new Limits(200, 500, 8192);

        static final int SOURCES = 4096;

        /** @throws IllegalArgumentException unless all are from 1 to 1,000,000 */
        public Limits {
            for (int limit : List.of(packetsPerSource, roundsInAll, rounds)) {
                if (limit < 1 || limit > 1_000_000) {
                    throw new IllegalArgumentException("a beacon's limits are from 1 to 1,000,000");
                }
            }
        }
    }

    private final Lans lans;
    private final int port;
    private final Responder responder;
    private final Tally dropped = new Tally();
    private final LongSupplier ticker;
    private final RateLimiter<String> complaints;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocate(PacketCodec.MAX_UDP + 1);
    private final Ears ears;
    /** By address and zone: two links may have the same address, and the JDK takes the two for equal. */
    private final Map<String, DatagramChannel> senders = new HashMap<>();

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile List<Lan> answering;
    private long read;
    private long reread;

    private Beacon(Lans lans, int port, List<Network> served, Answerer answerer, Limits limits, LongSupplier ticker)
            throws IOException {
        this.ticker = ticker;
        this.complaints = new RateLimiter<>(1.0 / 60, 2, 16, ticker);
        this.lans = lans;
        this.port = port;
        this.answering = lans.now();
        this.responder = new Responder(port, served, answerer, limits, new SecureRandom(), ticker, dropped);
        this.responder.answerOn(answering);
        this.read = ticker.getAsLong();
        this.reread = read + REREAD;
        this.selector = Selector.open();
        this.ears = new Ears(port, selector);
        try {
            ears.openEverywhere();
            listenAt(answering, lans.homes());
        } catch (IOException e) {
            ears.close();
            selector.close();
            throw e;
        }
        this.thread =
                Thread.ofPlatform().daemon().name("waybill-beacon-" + port).unstarted(this::run);
    }

    /**
     * Begins to listen; on return requests are heard.
     *
     * @param lans whose neighbours are answered; read again every 5 seconds
     * @param port the UDP port of discovery, 1 to 65535
     * @param served networks that are answered by unicast, too
     * @throws IOException if there is no such LAN or the port is taken by something that does not share it
     */
    public static Beacon start(Lans lans, int port, List<Network> served, Answerer answerer, Limits limits)
            throws IOException {
        return start(lans, port, served, answerer, limits, System::nanoTime);
    }

    static Beacon start(
            Lans lans, int port, List<Network> served, Answerer answerer, Limits limits, LongSupplier ticker)
            throws IOException {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is from 1 to 65535");
        }
        Beacon beacon = new Beacon(lans, port, served, answerer, limits, ticker);
        beacon.thread.start();
        return beacon;
    }

    /** A beacon for neighbours only, with the default limits. */
    public static Beacon start(Lans lans, int port, Answerer answerer) throws IOException {
        return start(lans, port, List.of(), answerer, Limits.DEFAULT);
    }

    /** What was dropped, by kind; it goes on counting. */
    public Tally dropped() {
        return dropped;
    }

    /** Where it answers at this moment. */
    public List<Lan> lans() {
        return answering;
    }

    /** Whether it hears anything at this moment. */
    public boolean listening() {
        return ears.everywhere() && thread.isAlive();
    }

    /** Stops listening; on return the port is free. */
    @Override
    public void close() {
        closed.countDown();
        selector.wakeup();
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void run() {
        try {
            while (!isClosed()) {
                try {
                    turn();
                } catch (IOException | RuntimeException e) {
                    // Whatever it is: a relay that goes on without it is found by nobody.
                    complain("receive", "discovery cannot listen on UDP port " + port, e);
                    if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ears.close();
            closeSenders();
            closeQuietly(selector);
        }
    }

    private void turn() throws IOException {
        selector.select(this::receive, millisToWait());
        for (Responder.Ask ask : responder.due()) {
            guarded("answer", () -> responder.reply(ask).ifPresent(this::send));
        }
        if (ticker.getAsLong() - reread >= 0) {
            read = ticker.getAsLong();
            reread = read + REREAD;
            rereadLans();
        }
    }

    /** Until the next answer is due or the LANs are to be read again, rounded up; never 0, which would mean for ever. */
    private long millisToWait() {
        long now = ticker.getAsLong();
        long nanos = reread - now;
        OptionalLong next = responder.next();
        if (next.isPresent()) {
            nanos = Math.min(nanos, next.getAsLong() - now);
        }
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999));
    }

    private void receive(SelectionKey key) {
        DatagramChannel channel = (DatagramChannel) key.channel();
        Ears.Ear ear = (Ears.Ear) key.attachment();
        // A bounded number at a time, so that answers that are due go out in the midst of a flood.
        for (int i = 0; i < TURN; i++) {
            buffer.clear();
            try {
                if (!(channel.receive(buffer) instanceof InetSocketAddress source)) {
                    return;
                }
                byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
                guarded("receive", () -> {
                    if (!responder.heard(bytes, source, home(ear))) {
                        rereadBy(read + REREAD_FOR_STRANGER);
                    }
                });
            } catch (IOException e) {
                complain("receive", "discovery cannot receive at " + ear, e);
                ears.close(ear);
                rereadBy(ticker.getAsLong() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
                return;
            }
        }
    }

    private static Optional<Lan> home(Ears.Ear ear) {
        return ear instanceof Ears.Ear.Home(Lan home) ? Optional.of(home) : Optional.empty();
    }

    private void rereadBy(long when) {
        if (when - reread < 0) {
            reread = when;
        }
    }

    private void send(Responder.Reply reply) {
        try {
            DatagramChannel sender = senders.get(reply.from().getHostAddress());
            if (sender == null) {
                if (senders.size() >= MAX_SENDERS) {
                    closeSenders();
                }
                sender = openSender(reply.from());
                senders.put(reply.from().getHostAddress(), sender);
            }
            if (sender.send(ByteBuffer.wrap(reply.bytes()), reply.to()) == 0) {
                dropped.count(Tally.Reason.NOT_SENT);
            }
        } catch (IOException e) {
            dropped.count(Tally.Reason.NOT_SENT);
            // The address may be gone; the next answer tries anew.
            closeQuietly(senders.remove(reply.from().getHostAddress()));
            complain("send", "discovery cannot answer from " + reply.from().getHostAddress(), e);
        }
    }

    private void rereadLans() {
        try {
            ears.openEverywhere();
        } catch (IOException e) {
            complain("listen", "discovery cannot listen", e);
        }
        try {
            List<Lan> now = lans.present();
            listenAt(now, lans.homes());
            if (!Set.copyOf(now).equals(Set.copyOf(answering))) {
                LOG.info("discovery now answers on {} (before: {})", now, answering);
                answering = now;
                responder.answerOn(now);
                closeSenders();
            }
        } catch (IOException e) {
            complain("lans", "discovery keeps answering on " + answering, e);
        }
    }

    /** One of them that cannot be listened at is no reason not to listen at the others. */
    private void listenAt(List<Lan> links, List<Lan> homes) {
        List<Ears.Ear> wanted = new ArrayList<>();
        links.stream()
                .filter(Lan::six)
                .limit(MAX_LINKS)
                .map(Ears.Ear.Group::new)
                .forEach(wanted::add);
        homes.stream().limit(MAX_HOMES).map(Ears.Ear.Home::new).forEach(wanted::add);
        ears.keep(wanted).forEach((ear, e) -> complain("listen", "discovery cannot listen at " + ear, e));
    }

    /** The outermost edge: whatever one packet or one answer does, the next one is heard. */
    private void guarded(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            dropped.count(Tally.Reason.FAULT);
            if (complaints.tryAcquire(what + " failed")) {
                LOG.warn("discovery: a packet was dropped by a fault inside ({})", what, e);
            }
        }
    }

    private void complain(String about, String text, Exception e) {
        if (!isClosed() && complaints.tryAcquire(about)) {
            LOG.warn(
                    "{}: {} (said at most once a minute)",
                    text,
                    Optional.ofNullable(e.getMessage()).orElse(e.toString()));
        }
    }

    private static DatagramChannel openSender(InetAddress from) throws IOException {
        DatagramChannel channel = DatagramChannel.open(Ears.family(from));
        try {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(from, 0));
            return channel;
        } catch (IOException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private void closeSenders() {
        senders.values().forEach(Beacon::closeQuietly);
        senders.clear();
    }

    private static void closeQuietly(@Nullable Closeable one) {
        if (one != null) {
            try {
                one.close();
            } catch (IOException e) {
                LOG.debug("discovery: close failed", e);
            }
        }
    }
}
