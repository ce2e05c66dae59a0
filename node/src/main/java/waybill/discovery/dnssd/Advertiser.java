package waybill.discovery.dnssd;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Lans;
import waybill.discovery.RateLimiter;
import waybill.protocol.NodeId;

/**
 * Advertises a relay by DNS-SD on its LANs (section 2.5): {@code avahi-browse _waybill._tcp} and senders see where it can be
 * asked. Interfaces and addresses may come and go. It is a second way: what fails here is logged, and the relay goes on.
 *
 * <p>Each link has a socket bound to the group of Multicast DNS there, beside others of this machine: what is for all comes
 * to each of them, what is for one goes to the machine's own service. Safe for use by several threads.
 */
public final class Advertiser implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Advertiser.class);
    private static final long REREAD = TimeUnit.SECONDS.toNanos(5);
    private static final int TURN = 64;

    private record Post(Link link, DatagramChannel channel, MdnsResponder responder) {}

    private final Lans lans;
    private final int port;
    private final NodeId node;
    private final Selector selector;
    private final SecureRandom random = new SecureRandom();
    private final RateLimiter<String> complaints = new RateLimiter<>(1.0 / 60, 2, 16, System::nanoTime);
    private final ByteBuffer buffer = ByteBuffer.allocate(DnsMessage.MOST_BYTES + 1);
    private final Map<Link, Post> posts = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private Set<InetAddress> own = Set.of();

    private Advertiser(Lans lans, int port, NodeId node) throws IOException {
        this.lans = lans;
        this.port = port;
        this.node = node;
        this.selector = Selector.open();
        this.thread =
                Thread.ofPlatform().daemon().name("waybill-advertiser-" + port).unstarted(this::run);
    }

    /**
     * Begins to advertise, which takes about a second.
     *
     * @param lans where; read again every 5 seconds. An interface that knows no multicast, as the loopback of most systems,
     *     is left out
     * @param port the relay's UDP port of discovery, 1 to 65535
     * @param node who the relay is
     * @throws IOException if the system gives nothing to wait on
     */
    public static Advertiser start(Lans lans, int port, NodeId node) throws IOException {
        Advertiser advertiser = new Advertiser(lans, port, node);
        advertiser.thread.start();
        return advertiser;
    }

    /** Says goodbye, so that nobody asks in vain, and ends. */
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

    private void run() {
        try {
            long reread = System.nanoTime();
            while (closed.getCount() > 0) {
                if (System.nanoTime() - reread >= 0) {
                    guarded(this::rereadLinks);
                    reread = System.nanoTime() + REREAD;
                }
                guarded(this::sendDue);
                select(reread);
            }
            guarded(() ->
                    posts.values().forEach(post -> post.responder().goodbye().ifPresent(one -> send(post, one))));
        } finally {
            posts.values().forEach(post -> close(post.channel()));
            close(selector);
        }
    }

    private void select(long reread) {
        long now = System.nanoTime();
        long nanos = reread - now;
        for (Post post : posts.values()) {
            OptionalLong next = post.responder().next();
            if (next.isPresent()) {
                nanos = Math.min(nanos, next.getAsLong() - now);
            }
        }
        try {
            selector.select(this::receive, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
        } catch (IOException e) {
            complain("cannot wait", e);
        }
    }

    private void rereadLinks() {
        List<Link> now;
        try {
            now = Link.of(lans);
        } catch (IOException e) {
            complain("keeps to its links", e);
            return;
        }
        Set<InetAddress> addresses = new HashSet<>();
        now.forEach(link -> addresses.addAll(link.addresses()));
        own = Set.copyOf(addresses);
        for (Link gone : Set.copyOf(posts.keySet())) {
            if (!now.contains(gone)) {
                close(posts.remove(gone));
            }
        }
        for (Link link : now) {
            if (!posts.containsKey(link)) {
                try {
                    posts.put(link, open(link));
                    LOG.debug("advertised by DNS-SD on {}", link);
                } catch (IOException e) {
                    complain("is not possible on " + link, e);
                }
            }
        }
    }

    private Post open(Link link) throws IOException {
        NetworkInterface device = NetworkInterface.getByIndex(link.index());
        if (device == null) {
            throw new IOException("it is gone");
        }
        DatagramChannel channel =
                DatagramChannel.open(link.six() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, device);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, Mdns.HOP_LIMIT);
            channel.bind(link.group());
            channel.join(link.group().getAddress(), device);
            channel.configureBlocking(false);
            MdnsResponder responder = new MdnsResponder(
                    new RelayRecords(node, port, link.addresses(), 0),
                    link::isNeighbour,
                    address -> own.contains(address),
                    random,
                    System::nanoTime);
            Post post = new Post(link, channel, responder);
            channel.register(selector, SelectionKey.OP_READ, post);
            return post;
        } catch (IOException | RuntimeException e) {
            close(channel);
            throw e;
        }
    }

    private void receive(SelectionKey key) {
        Post post = (Post) key.attachment();
        // A bounded number at a time, so that what is due goes out in the midst of a flood.
        for (int i = 0; i < TURN; i++) {
            buffer.clear();
            try {
                if (!(post.channel().receive(buffer) instanceof InetSocketAddress source)) {
                    return;
                }
                byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
                guarded(() -> heard(post, bytes, source));
            } catch (IOException e) {
                complain("hears nothing on " + post.link(), e);
                posts.remove(post.link());
                close(post);
                return;
            }
        }
    }

    private static void heard(Post post, byte[] bytes, InetSocketAddress source) {
        if (!post.responder().listensTo(source.getAddress())) {
            return;
        }
        try {
            post.responder().heard(DnsMessage.parse(bytes), source);
        } catch (ProtocolException e) {
            LOG.trace("not Multicast DNS: {}", e.getMessage());
        }
    }

    private void sendDue() {
        for (Post post : posts.values()) {
            for (MdnsResponder.Outgoing one : post.responder().due()) {
                send(post, one);
            }
        }
    }

    private void send(Post post, MdnsResponder.Outgoing what) {
        try {
            post.channel()
                    .send(
                            ByteBuffer.wrap(what.bytes()),
                            what.to().orElse(post.link().group()));
        } catch (IOException e) {
            // As a rule an address that is not usable yet, or no more; the next look at the links sees it.
            LOG.debug("DNS-SD: cannot send on {}: {}", post.link(), e.getMessage());
        }
    }

    /** The outermost edge: whatever one message does, the next one is heard. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (complaints.tryAcquire("fault")) {
                LOG.warn("DNS-SD: a step failed by a fault inside", e);
            }
        }
    }

    private void complain(String what, IOException e) {
        if (closed.getCount() > 0 && complaints.tryAcquire(what)) {
            LOG.warn("advertising by DNS-SD {}: {} (said at most once a minute)", what, e.getMessage());
        }
    }

    private static void close(@Nullable Post post) {
        if (post != null) {
            close(post.channel());
        }
    }

    private static void close(Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            LOG.debug("DNS-SD: close failed", e);
        }
    }
}
