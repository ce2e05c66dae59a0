package waybill.hop.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import waybill.hop.Raw;

/** Strangers who speak to our server: the curl program, and a TLS client that trusts anybody. */
final class Curl {
    private Curl() {}

    /** What curl said. */
    record Said(int exit, String out, String err) {}

    /** Runs curl without anything of the user's configuration. */
    static Said run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("curl", "-q", "-sS", "--max-time", "60", "--noproxy", "*"));
        command.addAll(List.of(arguments));
        Process curl = new ProcessBuilder(command).start();
        curl.getOutputStream().close();
        try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            var err = threads.submit(() -> curl.getErrorStream().readAllBytes());
            String out = new String(curl.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (!curl.waitFor(70, TimeUnit.SECONDS)) {
                curl.destroyForcibly();
            }
            return new Said(curl.exitValue(), out, new String(err.get(), StandardCharsets.ISO_8859_1));
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IOException(e);
        }
    }

    /** TLS over a connection of which the test decides every byte. */
    record Secure(Raw plain, SSLSocket socket) implements AutoCloseable {
        static Secure to(InetSocketAddress server) throws IOException, GeneralSecurityException {
            Raw plain = new Raw(server);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anybody()}, null);
            SSLSocket socket = (SSLSocket)
                    context.getSocketFactory().createSocket(plain.socket, "127.0.0.1", server.getPort(), true);
            socket.startHandshake();
            return new Secure(plain, socket);
        }

        Secure send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        String rest() throws IOException {
            StringBuilder text = new StringBuilder();
            try {
                byte[] buffer = new byte[8192];
                for (int n = socket.getInputStream().read(buffer);
                        n >= 0;
                        n = socket.getInputStream().read(buffer)) {
                    text.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                }
            } catch (java.net.SocketException | javax.net.ssl.SSLException e) {
                text.append("<broken>");
            }
            return text.toString();
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // Anybody.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // Anybody.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
