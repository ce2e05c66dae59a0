package waybill.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The usual scene: a LAN with a sender and relays, an outer net with a backend; the sender has no route to the backend.
 * The backend's name is known to no DNS.
 */
final class Site implements AutoCloseable {
    static final String HOST = "backend.example";
    static final String URL = "https://" + HOST + "/inbox";
    static final String BACKEND_AT = "10.78.0.1:8443";
    private static final ObjectMapper JSON = new ObjectMapper();

    final Net net = new Net();
    final Net.Segment lan;
    final Net.Segment wan;
    final Host sender;
    final Host backend;
    final Path dir;
    final Path anchor;
    private int relays;

    Site(Path dir, String... initArgs) {
        this.dir = dir;
        this.anchor = dir.resolve("backend/anchor.pem");
        try {
            lan = net.segment("lan");
            wan = net.segment("wan");
            sender = net.host("snd");
            backend = net.host("bck");
            net.plug(sender, lan, "eth0", "10.77.0.2/24");
            net.plug(backend, wan, "eth0", "10.78.0.1/24");
            List<String> init =
                    List.of("backend", "init", dir.resolve("backend").toString(), "--host", HOST);
            backend.waybill(args(init, initArgs)).ok();
        } catch (RuntimeException | Error e) {
            // nobody else can
            net.close();
            throw e;
        }
    }

    /** Starts the backend. */
    Service startBackend(String... more) {
        return backend.service(
                dir.resolve("backend.log"),
                args(
                        List.of(
                                "backend",
                                "run",
                                dir.resolve("backend").toString(),
                                "--listen",
                                BACKEND_AT,
                                "--json",
                                "--keep-free",
                                "0"),
                        more));
    }

    /** A machine with a leg in both nets, {@code 10.77.0.10} and up. */
    Host relayHost() {
        int number = ++relays;
        Host host = net.host("r" + number);
        net.plug(host, lan, "eth0", "10.77.0." + (9 + number) + "/24");
        net.plug(host, wan, "eth1", "10.78.0." + (9 + number) + "/24");
        return host;
    }

    /** Starts a relay on a machine of {@link #relayHost}; its data is kept under this name. */
    Service startRelay(Host host, String name, String... more) {
        return host.service(
                dir.resolve(name + ".log"),
                args(
                        List.of(
                                "relay",
                                "run",
                                "--to",
                                URL,
                                "--trust",
                                anchor.toString(),
                                "--connect-to",
                                BACKEND_AT,
                                "--interface",
                                "eth0",
                                "--data",
                                dir.resolve(name).toString(),
                                "--json",
                                "--keep-free",
                                "0"),
                        more));
    }

    /**
     * Waits until so many relays answer the sender: one that was started just now looks for its way first, and says nothing
     * before.
     *
     * @return what {@code relays --json} says
     */
    JsonNode answering(int count, String... more) {
        String[] ask = args(
                List.of(
                        "relays",
                        "--to",
                        URL,
                        "--interface",
                        "eth0",
                        "--data",
                        dir.resolve("asker").toString(),
                        "--json"),
                more);
        return Awaitility.await(count + " relays answer")
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> json(sender.waybill(ask)),
                        said -> said.path("relays").size() >= count);
    }

    /** The arguments of a send. */
    String[] sendArgs(Path file, String... more) {
        return sendArgs(file, dir.resolve("sender"), more);
    }

    /** The arguments of a send by the sender who keeps his state in this directory. */
    String[] sendArgs(Path file, Path data, String... more) {
        return args(
                List.of(
                        "send",
                        file.toString(),
                        "--to",
                        URL,
                        "--trust",
                        anchor.toString(),
                        "--via",
                        "lan",
                        "--interface",
                        "eth0",
                        "--data",
                        data.toString(),
                        "-v"),
                more);
    }

    /** Sends a file and waits for the decision. */
    Shell.Result send(Path file, String... more) {
        return sender.waybill(sendArgs(file, more));
    }

    /** A file of random bytes, the same for the same seed. */
    Path file(String name, int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        try {
            return Files.write(dir.resolve(name), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The parcels that the backend holds. */
    List<Path> stored() {
        Path upload = dir.resolve("backend/data/upload");
        if (!Files.exists(upload)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(upload)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first JSON object in a command's output. */
    static JsonNode json(Shell.Result result) {
        try {
            return JSON.readTree(result.out()
                    .lines()
                    .filter(line -> line.startsWith("{"))
                    .findFirst()
                    .orElse("{}"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String[] args(List<String> first, String... more) {
        return Shell.list(first, List.of(more)).toArray(String[]::new);
    }

    @Override
    public void close() {
        net.close();
    }
}
