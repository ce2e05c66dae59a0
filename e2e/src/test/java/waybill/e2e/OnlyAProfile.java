package waybill.e2e;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** A backend that has a profile, the file named, and says when anything else comes: {@code OnlyAProfile HOST PORT FILE}. */
final class OnlyAProfile {
    private OnlyAProfile() {}

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(args[0], Integer.parseInt(args[1])), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                boolean profile = exchange.getRequestURI().getPath().endsWith("/profile");
                if (!profile) {
                    System.out.println(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                }
                byte[] body = profile ? Files.readAllBytes(Path.of(args[2])) : new byte[0];
                exchange.getResponseHeaders().set("Content-Type", "application/cms");
                exchange.sendResponseHeaders(profile ? 200 : 500, body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        System.out.println("{\"event\":\"listening\"}");
    }
}
