package waybill.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * An origin that knows nothing of us: gives the files of a folder as web servers do, with a tag of their bytes, and writes down
 * what it was asked for, a line each: status, path, bytes, and who the client says he is.
 */
final class OriginServer {
    private OriginServer() {}

    /** Runs until it is ended: the folder, the address, the file of lines. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Path log = Path.of(args[2]);
        int colon = args[1].lastIndexOf(':');
        InetAddress address = InetAddress.getAllByName(args[1].substring(0, colon))[0];
        HttpServer server =
                HttpServer.create(new InetSocketAddress(address, Integer.parseInt(args[1].substring(colon + 1))), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> answer(exchange, folder, log));
        server.start();
        System.out.println("{\"event\":\"listening\",\"address\":\"" + args[1] + "\"}");
    }

    private static void answer(HttpExchange exchange, Path folder, Path log) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            Path file = folder.resolve(path.substring(1));
            int status = 404;
            long sent = 0;
            if (path.equals("/elsewhere")) {
                status = 302;
                exchange.getResponseHeaders().set("Location", "http://192.0.2.1/");
                exchange.sendResponseHeaders(status, -1);
            } else if (!Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(status, -1);
            } else {
                byte[] bytes = Files.readAllBytes(file);
                String tag = "\"" + Integer.toHexString(java.util.Arrays.hashCode(bytes)) + "\"";
                exchange.getResponseHeaders().set("ETag", tag);
                exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
                List<String> known = exchange.getRequestHeaders().getOrDefault("If-None-Match", List.of());
                status = known.contains(tag) ? 304 : 200;
                sent = status == 200 ? bytes.length : 0;
                exchange.sendResponseHeaders(status, sent == 0 ? -1 : sent);
                if (sent > 0) {
                    exchange.getResponseBody().write(bytes);
                }
            }
            String line = status + " " + path + " " + sent + " "
                    + exchange.getRequestHeaders().getFirst("User-Agent") + "\n";
            synchronized (OriginServer.class) {
                Files.writeString(log, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
    }
}
