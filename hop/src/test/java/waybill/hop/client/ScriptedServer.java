package waybill.hop.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import waybill.hop.Peer;

/** A server that does to each connection what the test says, and remembers what it was asked. */
final class ScriptedServer implements AutoCloseable {
    /** What it does with a connection whose request head was read. */
    @FunctionalInterface
    interface Script {
        void play(Line line) throws IOException, InterruptedException;
    }

    private final ServerSocket listening;
    private final Script script;
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    /** The heads of all requests. */
    final List<String> heads = new CopyOnWriteArrayList<>();

    private ScriptedServer(ServerSocket listening, Script script) {
        this.listening = listening;
        this.script = script;
        Thread.ofVirtual().start(this::accept);
    }

    static ScriptedServer plain(Script script) throws IOException {
        return new ScriptedServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    }

    /** One at a port that was another's before. */
    static ScriptedServer at(int port, Script script) throws IOException {
        return new ScriptedServer(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), script);
    }

    static ScriptedServer over(SSLServerSocket listening, Script script) {
        return new ScriptedServer(listening, script);
    }

    /** One that answers every request with this text and goes on listening to the connection. */
    static ScriptedServer saying(String answer) throws IOException {
        return plain(line -> {
            line.say(answer);
            line.swallow();
        });
    }

    int port() {
        return listening.getLocalPort();
    }

    Peer peer() {
        return new Peer(
                URI.create("http://127.0.0.1:" + port() + "/inbox"), new Peer.Identity.Plain(), Optional.empty());
    }

    int connections() {
        return sockets.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Line line = new Line(socket);
            line.head();
            script.play(line);
        } catch (IOException | InterruptedException e) {
            // The client went, or the test is over.
        }
    }

    /** A connection being served. */
    final class Line {
        final Socket socket;
        final InputStream in;
        final OutputStream out;
        private String request = "";

        Line(Socket socket) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
            this.out = socket.getOutputStream();
        }

        /** Reads a request's head. */
        String head() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int c = in.read();
                if (c < 0) {
                    throw new IOException("gone");
                }
                head.append((char) c);
            }
            heads.add(head.toString());
            request = head.toString();
            return request;
        }

        /** The head that was read last. */
        String request() {
            return request;
        }

        void say(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /** Says it for ever. */
        void sayForEver(String text) throws IOException {
            byte[] bytes = text.repeat(Math.max(1, 4096 / text.length())).getBytes(StandardCharsets.ISO_8859_1);
            while (true) {
                out.write(bytes);
            }
        }

        /** Says it again and again, now and then. */
        void drip(String text) throws IOException, InterruptedException {
            while (!over.await(20, TimeUnit.MILLISECONDS)) {
                say(text);
            }
        }

        /** Reads until the client closes. */
        long swallow() throws IOException {
            return in.transferTo(OutputStream.nullOutputStream());
        }

        /** Does nothing more until the test is over. */
        void hang() throws InterruptedException {
            over.await();
        }
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
