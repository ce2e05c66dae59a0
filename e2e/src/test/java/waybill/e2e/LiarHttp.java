package waybill.e2e;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import waybill.hop.wire.ProblemDocument;
import waybill.hop.wire.ReprDigest;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.trust.NodeIdentity;

/** The hop API by hand, one call a connection: what keeps to the rules can break none. */
final class LiarHttp {
    private final ServerSocket server;
    private final Lies lies;

    private LiarHttp(ServerSocket server, Lies lies) {
        this.server = server;
        this.lies = lies;
    }

    static LiarHttp start(InetSocketAddress listen, NodeIdentity identity, Lies lies) throws IOException {
        SSLServerSocket server = listen(listen, identity);
        LiarHttp http = new LiarHttp(server, lies);
        Thread.ofPlatform().daemon().start(() -> accept(server, http::serve));
        return http;
    }

    /** TLS that shows this identity. */
    static SSLServerSocket listen(InetSocketAddress listen, NodeIdentity identity) throws IOException {
        SSLServerSocket server =
                (SSLServerSocket) context(identity).getServerSocketFactory().createServerSocket();
        server.setEnabledProtocols(new String[] {"TLSv1.3"});
        server.bind(listen);
        return server;
    }

    /** Says so when anybody comes: nobody may follow a redirect. */
    static void trap(InetSocketAddress listen) throws IOException {
        ServerSocket trap = new ServerSocket();
        trap.bind(listen);
        Thread.ofPlatform()
                .daemon()
                .start(() -> accept(trap, socket -> {
                    System.err.println("FOLLOWED by " + socket.getRemoteSocketAddress());
                    socket.close();
                }));
    }

    int port() {
        return server.getLocalPort();
    }

    /** What is done with one connection. */
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    static void accept(ServerSocket server, Service service) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        socket.setSoTimeout(30_000);
                        service.serve(socket);
                    } catch (IOException | RuntimeException e) {
                        System.err.println("a call failed: " + e);
                    }
                });
            } catch (IOException e) {
                System.err.println("accepting failed: " + e);
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        String[] call = line(in).split(" ");
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        System.err.println(call[0] + " " + call[1]);
        String path = URI.create(call[1]).getPath();
        String rest = path.substring(Liar.PATH.length() + 1);
        Lies.Answer answer;
        if (rest.equals("profile")) {
            answer = lies.profile();
        } else if (call[0].equals("PUT")) {
            answer = lies.put(arrival(TaskId.parse(rest), headers), bytes -> {
                if (headers.containsKey("expect")) {
                    out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                }
                return in.readNBytes(bytes);
            });
        } else {
            answer = lies.receipt(TaskId.parse(rest.substring(0, rest.indexOf('/'))));
        }
        byte[] bytes = encode(answer);
        out.write(bytes);
        out.flush();
    }

    private static Lies.Arrival arrival(TaskId id, Map<String, String> headers) throws IOException {
        Sha256 sha256 = Optional.ofNullable(headers.get("repr-digest"))
                .flatMap(LiarHttp::digest)
                .orElseThrow(() -> new IOException("no Repr-Digest"));
        return new Lies.Arrival(
                id,
                sha256,
                Optional.ofNullable(headers.get("waybill-contents")).map(Sha256::new),
                Optional.ofNullable(headers.get("waybill-recipient")),
                Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }

    private static Optional<Sha256> digest(String field) {
        return ReprDigest.parse(List.of(field));
    }

    private static byte[] encode(Lies.Answer answer) {
        return switch (answer) {
            case Lies.Answer.Accepted(boolean promise) ->
                response("202 Accepted", promise ? "Waybill-Promise: " + Liar.PROMISE.header() : "Retry-After: 1", "");
            case Lies.Answer.Cms(byte[] bytes) ->
                join(response("200 OK", "Content-Length: " + bytes.length, "application/cms"), bytes);
            case Lies.Answer.Failed(var problem) -> {
                byte[] document = ProblemDocument.encode(problem, "a lie");
                yield join(
                        response(
                                problem.status() + " Problem",
                                "Content-Length: " + document.length,
                                ProblemDocument.MEDIA_TYPE),
                        document);
            }
            case Lies.Answer.Redirect(String to) -> response("307 Temporary Redirect", "Location: " + to, "");
            case Lies.Answer.Cut(int bytes) ->
                java.util.Arrays.copyOf(
                        response("202 Accepted", "Waybill-Promise: " + Liar.PROMISE.header(), ""), bytes);
        };
    }

    private static byte[] response(String status, String header, String type) {
        String text = "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + header + "\r\n"
                + (type.isEmpty() ? "Content-Length: 0\r\n" : "Content-Type: " + type + "\r\n") + "\r\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[] head, byte[] body) {
        byte[] all = java.util.Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > 8192) {
                throw new IOException("no line");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static SSLContext context(NodeIdentity identity) throws IOException {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("liar", identity.key(), new char[0], new X509Certificate[] {identity.certificate()});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}
