package waybill.discovery;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.PacketCodec;

/**
 * The relay's side of discovery (section 2; claims 1, 9 and 21): hears requests on its LANs and answers them with an alias
 * URL, from that URL's own address. One of the two users of UDP.
 *
 * <p>It listens on the port at every address, beside other relays of the same machine, but answers neighbours on its own
 * LANs only. One thread receives and answers; nothing a peer sends ends it. When an interface goes away it says so, now
 * and then, and takes it up again when it is back. Safe for use by several threads.
 */
public final class Beacon implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Beacon.class);

    private static final long REREAD = TimeUnit.SECONDS.toNanos(15);
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final int TURN = 64;
    private static final int MAX_SENDERS = 64;
    private static final int RECEIVE_BUFFER = 1 << 20;

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
    private final Map<InetAddress, DatagramChannel> senders = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile List<Lan> answering;
    private volatile @Nullable DatagramChannel receiver;
    private long reread;

    private Beacon(Lans lans, int port, Answerer answerer, Limits limits, LongSupplier ticker) throws IOException {
        this.ticker = ticker;
        this.complaints = new RateLimiter<>(1.0 / 60, 2, 16, ticker);
        this.lans = lans;
        this.port = port;
        this.answering = lans.now();
        this.responder = new Responder(port, answerer, limits, new SecureRandom(), ticker, dropped);
        this.responder.answerOn(answering);
        this.reread = ticker.getAsLong() + REREAD;
        this.selector = Selector.open();
        try {
            this.receiver = openReceiver();
        } catch (IOException e) {
            selector.close();
            throw e;
        }
        this.thread =
                Thread.ofPlatform().daemon().name("waybill-beacon-" + port).unstarted(this::run);
    }

    /**
     * Begins to listen; on return requests are heard.
     *
     * @param lans whose neighbours are answered; read again every 15 seconds
     * @param port the UDP port of discovery, 1 to 65535
     * @throws IOException if there is no such LAN or the port is taken by something that does not share it
     */
    public static Beacon start(Lans lans, int port, Answerer answerer, Limits limits) throws IOException {
        return start(lans, port, answerer, limits, System::nanoTime);
    }

    static Beacon start(Lans lans, int port, Answerer answerer, Limits limits, LongSupplier ticker) throws IOException {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is from 1 to 65535");
        }
        Beacon beacon = new Beacon(lans, port, answerer, limits, ticker);
        beacon.thread.start();
        return beacon;
    }

    /** {@link #start(Lans, int, Answerer, Limits)} with the default limits. */
    public static Beacon start(Lans lans, int port, Answerer answerer) throws IOException {
        return start(lans, port, answerer, Limits.DEFAULT);
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
        DatagramChannel now = receiver;
        return now != null && now.isOpen() && thread.isAlive();
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
        long pause = FIRST_PAUSE_MILLIS;
        try {
            while (!isClosed()) {
                try {
                    if (receiver == null) {
                        receiver = openReceiver();
                    }
                    turn();
                    pause = FIRST_PAUSE_MILLIS;
                } catch (IOException e) {
                    complain("receive", "discovery cannot listen on UDP port " + port, e);
                    closeReceiver();
                    if (closed.await(pause, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                    pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeReceiver();
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
            reread = ticker.getAsLong() + REREAD;
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
        // A bounded number at a time, so that answers that are due go out in the midst of a flood.
        for (int i = 0; i < TURN; i++) {
            buffer.clear();
            try {
                if (!(channel.receive(buffer) instanceof InetSocketAddress source)) {
                    return;
                }
                byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
                guarded("receive", () -> responder.heard(bytes, source));
            } catch (IOException e) {
                complain("receive", "discovery cannot receive on UDP port " + port, e);
                closeReceiver();
                return;
            }
        }
    }

    private void send(Responder.Reply reply) {
        try {
            DatagramChannel sender = senders.get(reply.from());
            if (sender == null) {
                if (senders.size() >= MAX_SENDERS) {
                    closeSenders();
                }
                sender = openSender(reply.from());
                senders.put(reply.from(), sender);
            }
            if (sender.send(ByteBuffer.wrap(reply.bytes()), reply.to()) == 0) {
                dropped.count(Tally.Reason.NOT_SENT);
            }
        } catch (IOException e) {
            dropped.count(Tally.Reason.NOT_SENT);
            // The address may be gone; the next answer tries anew.
            closeQuietly(senders.remove(reply.from()));
            complain("send", "discovery cannot answer from " + reply.from().getHostAddress(), e);
        }
    }

    private void rereadLans() {
        try {
            List<Lan> now = lans.now();
            if (!now.equals(answering)) {
                LOG.info("discovery now answers on {} (before: {})", now, answering);
                answering = now;
                responder.answerOn(now);
                closeSenders();
            }
        } catch (IOException e) {
            complain("lans", "discovery keeps answering on " + answering, e);
        }
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

    private void complain(String about, String text, IOException e) {
        if (!isClosed() && complaints.tryAcquire(about)) {
            LOG.warn(
                    "{}: {} (said at most once a minute)",
                    text,
                    Optional.ofNullable(e.getMessage()).orElse("?"));
        }
    }

    private DatagramChannel openReceiver() throws IOException {
        DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
        try {
            // Several relays of one machine share the port: each gets a copy of a broadcast.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.bind(new InetSocketAddress("0.0.0.0", port));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            return channel;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new IOException("UDP port " + port + ": " + e.getMessage(), e);
        }
    }

    private static DatagramChannel openSender(InetAddress from) throws IOException {
        DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
        try {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(from, 0));
            return channel;
        } catch (IOException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private void closeReceiver() {
        closeQuietly(receiver);
        receiver = null;
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
