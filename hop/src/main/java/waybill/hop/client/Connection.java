package waybill.hop.client;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;
import waybill.hop.HopClient.LateException;
import waybill.hop.HopClient.UnreachableException;
import waybill.hop.HopClient.WrongPeerException;
import waybill.hop.HttpProxy;
import waybill.hop.Peer;

/** A connection to a peer who is proved, where that was asked for. */
final class Connection {
    /** After 10 s of silence the peer is asked every 5 s, and is gone after 6 times in vain. */
    private static final Map<SocketOption<Integer>, Integer> PROBES = Map.of(
            ExtendedSocketOptions.TCP_KEEPIDLE, 10,
            ExtendedSocketOptions.TCP_KEEPINTERVAL, 5,
            ExtendedSocketOptions.TCP_KEEPCOUNT, 6);

    private final Socket raw;
    private final InputStream in;
    private final OutputStream out;

    private Connection(Socket raw, Socket spoken) throws IOException {
        this.raw = raw;
        this.in = new BufferedInputStream(spoken.getInputStream(), 8192);
        this.out = spoken.getOutputStream();
    }

    /**
     * Dials the peer, by a proxy's tunnel where one leads there, and has TLS prove it.
     *
     * @param watch ends what hangs; it is told which socket
     * @param meter hears of every byte
     */
    static Connection open(Peer peer, PeerTls tls, Duration patience, Watch watch, Meter meter) throws IOException {
        Socket raw = dial(peer, patience, watch, meter);
        try {
            if (peer.proxy().isPresent()) {
                watch.within(patience);
                new Tunnel(peer.proxy().get(), authority(peer))
                        .open(raw.getInputStream(), raw.getOutputStream(), watch::struck);
                watch.relax();
            }
            if (peer.identity() instanceof Peer.Identity.Plain) {
                return new Connection(raw, raw);
            }
            watch.within(patience);
            SSLSocket socket = tls.over(raw, peer.base(), peer.identity());
            handshake(socket, peer.base());
            watch.relax();
            return new Connection(raw, socket);
        } catch (UnreachableException e) {
            shut(raw);
            // A proxy that stalls says nothing about who is behind it.
            throw watch.struck() && peer.proxy().isEmpty()
                    ? new LateException("no TLS with " + peer.base().getRawAuthority() + " in time", e)
                    : e;
        } catch (IOException | RuntimeException e) {
            shut(raw);
            throw e;
        }
    }

    private static void handshake(SSLSocket socket, URI base) throws IOException {
        try {
            socket.startHandshake();
        } catch (SSLException e) {
            Throwable cause = e.getCause();
            if (cause instanceof EOFException
                    || cause instanceof SocketException
                    || cause instanceof SocketTimeoutException) {
                throw new UnreachableException("no TLS with " + base.getRawAuthority() + ": broken off", e);
            }
            throw new WrongPeerException("TLS does not prove " + base.getRawAuthority() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UnreachableException("no TLS with " + base.getRawAuthority() + ": " + e.getMessage(), e);
        }
    }

    private static Socket dial(Peer peer, Duration patience, Watch watch, Meter meter) throws UnreachableException {
        IOException last = new IOException("no address");
        long end = System.nanoTime() + patience.toNanos();
        try {
            for (InetSocketAddress address : addresses(peer)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    break;
                }
                Socket socket = new MeteredSocket(meter);
                try {
                    watch.over(socket);
                    socket.setTcpNoDelay(true);
                    keepAlive(socket);
                    socket.connect(address, Math.clamp(left, 1, Integer.MAX_VALUE));
                    return socket;
                } catch (IOException e) {
                    shut(socket);
                    last = e;
                }
            }
        } catch (IOException e) {
            last = e;
        }
        String whom = peer.proxy()
                .map(proxy -> "the proxy " + proxy)
                .or(() -> peer.connectTo().map(Object::toString))
                .orElse(peer.base().getRawAuthority());
        String words = "cannot connect to " + whom + ": " + last.getMessage();
        throw last instanceof SocketTimeoutException && peer.proxy().isEmpty()
                ? new LateException(words, last)
                : new UnreachableException(words, last);
    }

    /** A peer that is gone while its answer is waited for says nothing: the system finds it out, within a minute. */
    private static void keepAlive(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        if (socket.supportedOptions().containsAll(PROBES.keySet())) {
            for (Map.Entry<SocketOption<Integer>, Integer> probe : PROBES.entrySet()) {
                socket.setOption(probe.getKey(), probe.getValue());
            }
        }
    }

    /** Whom TCP connects to. */
    private static List<InetSocketAddress> addresses(Peer peer) throws IOException {
        InetSocketAddress to = peer.proxy().map(HttpProxy::address).orElseGet(() -> target(peer));
        if (!to.isUnresolved()) {
            return List.of(to);
        }
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName(to.getHostString())) {
            addresses.add(new InetSocketAddress(address, to.getPort()));
        }
        return addresses;
    }

    /** Where the peer itself is; the name of its URL not looked up. */
    private static InetSocketAddress target(Peer peer) {
        return peer.connectTo().orElseGet(() -> {
            int port = peer.base().getPort();
            return InetSocketAddress.createUnresolved(
                    peer.base().getHost(),
                    port >= 0 ? port : peer.identity() instanceof Peer.Identity.Plain ? 80 : 443);
        });
    }

    /** The same as a proxy is told it. */
    private static String authority(Peer peer) {
        InetSocketAddress target = target(peer);
        String host = target.getHostString();
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return (bare ? "[" + host + "]" : host) + ":" + target.getPort();
    }

    InputStream in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    /** Whether it is at rest: open, and the peer has said nothing that nobody asked for. */
    boolean resting() {
        try {
            return !raw.isClosed() && in.available() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What {@link Watch} closes: the socket below TLS, which never waits to say goodbye. */
    Socket raw() {
        return raw;
    }

    /** Ends it at once. */
    void close() {
        shut(raw);
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
