package waybill.hop.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import waybill.hop.HttpProxy;

/** A proxy that makes tunnels to one place, whatever name it is asked for, and counts what passes its socket. */
final class ScriptedProxy implements AutoCloseable {
    private final ScriptedServer server;
    private final InetSocketAddress behind;
    private final AtomicLong came = new AtomicLong();
    private final AtomicLong went = new AtomicLong();
    /** After so many bytes of a tunnel's first leg it is cut; once. */
    private final AtomicLong cutAfter = new AtomicLong(Long.MAX_VALUE);

    /** @param answer said before the tunnel begins */
    ScriptedProxy(InetSocketAddress behind, String answer) throws IOException {
        this.behind = behind;
        this.server = ScriptedServer.plain(line -> {
            came.addAndGet(server().heads.getLast().length());
            went.addAndGet(answer.length());
            line.say(answer);
            pass(line);
        });
    }

    private ScriptedServer server() {
        return server;
    }

    private void pass(ScriptedServer.Line line) throws IOException {
        try (Socket onward = new Socket(behind.getAddress(), behind.getPort())) {
            Thread.ofVirtual().start(() -> copy(onward, line.socket, went, Long.MAX_VALUE));
            copy(line.socket, onward, came, cutAfter.getAndSet(Long.MAX_VALUE));
        }
    }

    private static void copy(Socket from, Socket to, AtomicLong count, long most) {
        byte[] buffer = new byte[8192];
        long all = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0 && all < most; n = in.read(buffer)) {
                all += n;
                count.addAndGet(n);
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One of the two went.
        }
        shut(from);
        shut(to);
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    /** Cuts the next tunnel after so many bytes towards the target. */
    void cutNextAfter(long bytes) {
        cutAfter.set(bytes);
    }

    /** All tunnels that were asked for. */
    java.util.List<String> heads() {
        return server.heads;
    }

    /** Bytes that came to it, CONNECT included. */
    long came() {
        return came.get();
    }

    /** Bytes that went from it to the client, its own answers included. */
    long went() {
        return went.get();
    }

    HttpProxy proxy() {
        return at(server);
    }

    /** A scripted server, taken for a proxy. */
    static HttpProxy at(ScriptedServer server) {
        return new HttpProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()), Optional.empty());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
