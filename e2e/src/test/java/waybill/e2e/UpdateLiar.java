package waybill.e2e;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLServerSocket;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.client.HttpHopClient;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.trust.NodeIdentity;

/**
 * A giver that lies about updates: answers every request for one before all others, as if it held what is asked for, gives
 * what the backend gives, and lies once, as the file {@code lie} in its directory says. Without such a file it is silent.
 */
final class UpdateLiar {
    private static final long ENDLESS = 1L << 40;

    private final Path directory;
    private final BackendUrl url;
    private final Peer backend;
    private final Forgeries forgeries;
    private final HopClient client = HttpHopClient.create();
    private final Map<String, byte[]> genuine = new ConcurrentHashMap<>();

    private UpdateLiar(Path directory, Path backendAt, BackendUrl url, InetSocketAddress dial) throws IOException {
        this.directory = directory;
        this.url = url;
        this.forgeries = new Forgeries(backendAt, url.host());
        List<X509Certificate> anchors = List.of(Forgeries.certificate(backendAt.resolve("anchor.pem")));
        this.backend =
                new Peer(url.uri(), new Peer.Identity.Named(anchors, false), Optional.of(dial), Optional.of(url));
    }

    /** Runs until it is ended: its directory, the backend's, its URL and where to dial, and the liar's own address. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        int colon = args[3].lastIndexOf(':');
        InetSocketAddress dial = new InetSocketAddress(
                InetAddress.ofLiteral(args[3].substring(0, colon)), Integer.parseInt(args[3].substring(colon + 1)));
        UpdateLiar liar = new UpdateLiar(directory, Path.of(args[1]), BackendUrl.parse(args[2]), dial);
        InetAddress own = InetAddress.ofLiteral(args[4]);
        NodeIdentity identity = NodeIdentity.load(directory, InstantSource.system());
        SSLServerSocket http = LiarHttp.listen(new InetSocketAddress(own, Liar.PORT), identity);
        Thread.ofPlatform().daemon().start(() -> LiarHttp.accept(http, liar::serve));
        try (DatagramSocket ears = new DatagramSocket(Liar.PORT);
                DatagramSocket mouth = new DatagramSocket(new InetSocketAddress(own, 0))) {
            System.out.println("{\"event\":\"listening\",\"node\":\"" + identity.node() + "\"}");
            byte[] buffer = new byte[PacketCodec.MAX_UDP];
            while (true) {
                DatagramPacket heard = new DatagramPacket(buffer, buffer.length);
                ears.receive(heard);
                Optional<Packet.Request> request = request(Arrays.copyOf(buffer, heard.getLength()));
                if (request.isEmpty()
                        || liar.lie().isEmpty()
                        || heard.getAddress().equals(own)) {
                    continue;
                }
                byte[] answer = PacketCodec.encode(new Packet.Response(
                        request.get().id(),
                        request.get().method(),
                        AliasUrl.at(true, new InetSocketAddress(own, Liar.PORT), Liar.PATH),
                        identity.node(),
                        new Promise(0, 0, 0, 1, 0)));
                mouth.send(new DatagramPacket(answer, answer.length, heard.getSocketAddress()));
            }
        }
    }

    private static Optional<Packet.Request> request(byte[] bytes) {
        try {
            return PacketCodec.parse(bytes, PacketCodec.MAX_UDP) instanceof Packet.Request request
                            && request.method() == Packet.Method.GET
                    ? Optional.of(request)
                    : Optional.empty();
        } catch (PacketFault e) {
            return Optional.empty();
        }
    }

    private Optional<UpdateLie> lie() throws IOException {
        Path file = directory.resolve("lie");
        return Files.exists(file) ? UpdateLie.of(Files.readString(file).strip()) : Optional.empty();
    }

    private void serve(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        String[] call = LiarHttp.line(in).split(" ");
        Map<String, String> headers = new HashMap<>();
        for (String line = LiarHttp.line(in); !line.isEmpty(); line = LiarHttp.line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        String rest = call[1].substring(Liar.PATH.length() + 1);
        UpdateLie lie = lie().orElse(UpdateLie.DRIPS);
        System.err.println(lie + " " + call[0] + " " + rest + " " + headers.get("range"));
        if (lies(lie, rest, headers.getOrDefault("range", ""))) {
            System.err.println(lie + " lies");
        }
        if (rest.equals("catalogue")) {
            cms(out, catalogue(lie));
        } else if (rest.startsWith("releases/")) {
            cms(out, release(lie, new FileName(rest.substring("releases/".length()))));
        } else {
            content(out, lie, new Sha256(rest.substring("content/".length())), headers.getOrDefault("range", ""));
        }
    }

    /** Whether what is asked for is what it lies about. */
    private static boolean lies(UpdateLie lie, String rest, String range) {
        return switch (lie) {
            case REPLAYED_CATALOGUE, OTHER_ORIGIN -> rest.equals("catalogue");
            case OLD_RELEASE, EXPIRED_RELEASE, OTHER_FILE, STRANGERS_RELEASE -> rest.startsWith("releases/");
            case WRONG_LIST -> rest.startsWith("content/") && isList(length(range));
            case BIT_FLIPS, ENDLESS, DRIPS -> rest.startsWith("content/") && !isList(length(range));
            case WRONG_RANGE -> rest.startsWith("content/");
        };
    }

    private static long length(String range) {
        String[] ends = range.substring(range.indexOf('=') + 1).split("-");
        return Long.parseLong(ends[1]) - Long.parseLong(ends[0]) + 1;
    }

    /** Lists of piece hashes are small; what is large is a file. */
    private static boolean isList(long length) {
        return length <= 8192;
    }

    /** Asks the backend. */
    @FunctionalInterface
    private interface Asking {
        byte[] ask() throws IOException;
    }

    /** What the backend gives, asked once: of those who say the same whoever says it first is turned to next. */
    private byte[] genuine(String what, Asking asking) throws IOException {
        byte[] known = genuine.get(what);
        if (known == null) {
            known = asking.ask();
            genuine.put(what, known);
        }
        return known.clone();
    }

    private static byte[] cms(HopAnswer answer) throws IOException {
        if (answer instanceof HopAnswer.Cms(byte[] cms)) {
            return cms;
        }
        throw new IOException("the backend answers " + answer);
    }

    private Packet.Catalogue catalogue(BackendUrl of, long number) {
        byte[] list = new CatalogueList(List.of()).encode();
        Instant now = Instant.now().minusSeconds(60);
        return new Packet.Catalogue(id(), of, list.length, Sha256.of(list), number, now, now.plus(Duration.ofDays(2)));
    }

    private byte[] catalogue(UpdateLie lie) throws IOException {
        return switch (lie) {
            case REPLAYED_CATALOGUE -> forgeries.published(catalogue(url, 1));
            case OTHER_ORIGIN -> forgeries.published(catalogue(BackendUrl.parse(url + "-other"), 9));
            default -> genuine("catalogue", () -> cms(client.catalogue(backend)));
        };
    }

    private Packet.Release release(FileName name, long number, Instant published) {
        Sha256 digest = Sha256.of(new byte[] {1});
        return new Packet.Release(
                id(), FileUrl.of(url, name), 1, digest, digest, number, published, published.plus(Duration.ofDays(2)));
    }

    private byte[] release(UpdateLie lie, FileName name) throws IOException {
        Instant now = Instant.now().minusSeconds(60);
        return switch (lie) {
            case OLD_RELEASE -> forgeries.published(release(name, 1, now));
            case EXPIRED_RELEASE -> forgeries.published(release(name, 9, now.minus(Duration.ofDays(3))));
            case OTHER_FILE -> forgeries.published(release(new FileName("other.cvd"), 9, now));
            case STRANGERS_RELEASE -> forgeries.publishedBySelf(release(name, 9, now));
            default -> genuine(name.toString(), () -> cms(client.release(backend, name)));
        };
    }

    private static TaskId id() {
        return TaskId.fresh(InstantSource.system(), new SecureRandom());
    }

    private void content(OutputStream out, UpdateLie lie, Sha256 digest, String range) throws IOException {
        String[] ends = range.substring(range.indexOf('=') + 1).split("-");
        long from = Long.parseLong(ends[0]);
        long length = length(range);
        boolean list = isList(length);
        // What is large it has itself: who is slower than the honest one by a second is not waited for, nor found out.
        Path file = directory.resolve("file");
        byte[] bytes = list
                ? genuine(digest + " " + range, () -> content(digest, from, length))
                : Arrays.copyOfRange(Files.readAllBytes(file), (int) from, (int) (from + length));
        long size = list ? length : Files.size(file);
        String said = "bytes " + from + "-" + (from + length - 1) + "/" + size;
        switch (lie) {
            case WRONG_LIST -> flip(bytes, list);
            case BIT_FLIPS -> flip(bytes, !list);
            case WRONG_RANGE -> said = "bytes " + (from + 1) + "-" + (from + length) + "/" + size;
            default -> {}
        }
        boolean endless = lie == UpdateLie.ENDLESS && !list;
        head(
                out,
                "206 Partial Content",
                "application/octet-stream",
                endless ? ENDLESS : bytes.length,
                "Content-Range: " + said);
        if (lie == UpdateLie.DRIPS && !list) {
            drip(out, bytes);
        }
        out.write(bytes);
        while (endless) {
            out.write(bytes); // until the other end has had enough
        }
    }

    private byte[] content(Sha256 digest, long from, long length) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        var _ = client.content(backend, digest, from, length, whole::write, Duration.ofSeconds(30));
        return whole.toByteArray();
    }

    private static void flip(byte[] bytes, boolean really) {
        bytes[bytes.length / 2] ^= (byte) (really ? 4 : 0);
    }

    private static void drip(OutputStream out, byte[] bytes) throws IOException {
        for (byte one : bytes) {
            out.write(one);
            out.flush();
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static void cms(OutputStream out, byte[] cms) throws IOException {
        head(out, "200 OK", "application/cms", cms.length, "Cache-Control: no-store");
        out.write(cms);
    }

    private static void head(OutputStream out, String status, String type, long length, String more)
            throws IOException {
        out.write(("HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Type: " + type + "\r\nContent-Length: "
                        + length + "\r\n" + more + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
