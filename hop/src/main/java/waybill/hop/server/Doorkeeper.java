package waybill.hop.server;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import waybill.hop.HopLimits;

/**
 * Lets connections in while there is room, in all and per address, and closes those that hang. Helidon shows every
 * accepted socket to its options before anything is read from it, which is where this stands: a connection over the
 * limit costs one accept and one close, no handshake.
 */
final class Doorkeeper implements SocketOptions, AutoCloseable {
    private final HopLimits limits;
    private final SocketOptions options;
    private final Map<SocketAddress, Guard> inside = new ConcurrentHashMap<>();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("hop-watch").factory());

    Doorkeeper(HopLimits limits) {
        this.limits = limits;
        this.options = SocketOptions.builder()
                .readTimeout(limits.idle())
                .tcpNoDelay(true)
                .build();
        long period = Math.clamp(limits.idle().toMillis() / 4, 20, 1000);
        var _ = watch.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
    }

    /** Called in the accepting thread alone. */
    @Override
    public void configureSocket(SocketChannel channel) {
        options.configureSocket(channel);
        InetSocketAddress address = address(channel);
        if (!roomFor(address.getAddress())) {
            look();
            if (!roomFor(address.getAddress())) {
                throw new UncheckedIOException(new IOException("no room for " + address));
            }
        }
        inside.put(address, new Guard(channel, address.getAddress(), limits, System::nanoTime));
    }

    /** The guard of a connection that was let in. */
    Guard guardOf(SocketAddress peer) {
        Guard guard = inside.get(peer);
        if (guard == null) {
            throw new IllegalStateException("a connection that nobody let in");
        }
        return guard;
    }

    /** A connection is over. */
    void leaves(Guard guard) {
        inside.values().remove(guard);
    }

    private boolean roomFor(InetAddress peer) {
        return inside.size() < limits.maxConnections()
                && inside.values().stream().filter(g -> g.peer().equals(peer)).count() < limits.maxPerPeer();
    }

    private void look() {
        for (Guard guard : inside.values()) {
            if (guard.overdue()) {
                guard.shut();
            }
        }
        inside.values().removeIf(guard -> !guard.isOpen());
    }

    private static InetSocketAddress address(SocketChannel channel) {
        try {
            if (channel.getRemoteAddress() instanceof InetSocketAddress address) {
                return address;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new UncheckedIOException(new IOException("gone before it was let in"));
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }

    @Override
    public void configureSocket(Socket socket) {
        throw new UnsupportedOperationException("only channels are accepted");
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return options.socketOptions();
    }

    @Override
    public Duration connectTimeout() {
        return options.connectTimeout();
    }

    @Override
    public Duration readTimeout() {
        return options.readTimeout();
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return options.socketReceiveBufferSize();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return options.socketSendBufferSize();
    }

    @Override
    public boolean socketReuseAddress() {
        return options.socketReuseAddress();
    }

    @Override
    public boolean socketKeepAlive() {
        return options.socketKeepAlive();
    }

    @Override
    public boolean tcpNoDelay() {
        return options.tcpNoDelay();
    }
}
