package waybill.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A relay or a backend alone on a machine, on plain HTTP so that its answers can be read in a trace, and small deliveries
 * to it. The relay's backend cannot be reached, the backend's identity is offline: both take any bytes.
 */
final class TracedHop implements AutoCloseable {
    /** Which of the two. */
    enum Role {
        RELAY,
        BACKEND
    }

    /** Bytes under an ID; after it was acknowledged also the answer. */
    record Delivery(String id, String sha256, Path file, Path answer, Path status) {
        boolean acknowledged() throws IOException {
            return Files.exists(status) && Files.readString(status).matches("20[02]");
        }
    }

    private final Role role;
    private final Path dir;
    private final Net net = new Net();
    private final Host host = net.host("hop");
    private final Path anchors;

    TracedHop(Role role, Path dir) throws IOException {
        this.role = role;
        this.dir = Files.createDirectories(dir).toRealPath();
        this.anchors = this.dir.resolve("backend");
        host.waybill("backend", "init", anchors.toString(), "--host", Site.HOST, "--identity-offline")
                .ok();
    }

    /** All that it writes lies below this. */
    Path data() {
        return role == Role.RELAY ? dir.resolve("relay") : anchors;
    }

    Service start(Path data, String name) {
        return host.service(dir.resolve(name + ".log"), command(data));
    }

    Service startTraced(Path trace) {
        Path log = dir.resolve("traced.log");
        List<String> command = Shell.list(List.of(Host.WAYBILL), List.of(command(data())));
        return host.service(Map.of(), log, Strace.command(trace, command));
    }

    private String[] command(Path data) {
        List<String> start = role == Role.RELAY
                ? List.of(
                        "relay",
                        "run",
                        "--to",
                        Site.URL,
                        "--trust",
                        anchors.resolve("anchor.pem").toString(),
                        "--connect-to",
                        "127.0.0.1:9",
                        "--interface",
                        "lo",
                        "--allow-plain-lan",
                        "--every",
                        "1h",
                        "--data",
                        data.toString())
                : List.of("backend", "run", data.toString(), "--plain-http");
        return Shell.list(start, List.of("--listen", "127.0.0.1:0", "--json", "--keep-free", "0"))
                .toArray(String[]::new);
    }

    /** Where deliveries go. */
    String base(Service service, Path data) throws IOException {
        String path =
                role == Role.RELAY ? Files.readString(data.resolve("aliases")).split(" ", 2)[0] : "/inbox";
        return "http://127.0.0.1:" + service.port() + path;
    }

    /** Some kilobytes each. */
    List<Delivery> deliveries(int count, Random random) throws IOException {
        Path files = Files.createDirectories(dir.resolve("files"));
        List<Delivery> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[1000 + random.nextInt(6000)];
            random.nextBytes(bytes);
            String id = String.format(
                    Locale.ROOT,
                    "%08x-%04x-7%03x-8%03x-%012x",
                    0x01a20000 + random.nextInt(0x10000),
                    random.nextInt(0x10000),
                    random.nextInt(0x1000),
                    random.nextInt(0x1000),
                    random.nextLong() & 0xffff_ffff_ffffL);
            Path file = Files.write(files.resolve(id), bytes);
            all.add(new Delivery(
                    id,
                    HexFormat.of().formatHex(sha256(bytes)),
                    file,
                    files.resolve(id + ".answer"),
                    files.resolve(id + ".status")));
        }
        return all;
    }

    /** Starts to deliver them, so many at once; ends by itself also when nobody answers. */
    Service deliver(String base, List<Delivery> deliveries, int atOnce) throws IOException {
        StringBuilder list = new StringBuilder();
        for (Delivery delivery : deliveries) {
            String digest = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(delivery.sha256()));
            list.append("curl --silent --max-time 30 --output '" + delivery.answer() + "' --write-out '%{http_code}'"
                    + " --header 'Repr-Digest: sha-256=:" + digest + ":' --upload-file '" + delivery.file() + "' '"
                    + base + "/" + delivery.id() + "' >'" + delivery.status() + ".new' && mv '" + delivery.status()
                    + ".new' '" + delivery.status() + "'\n");
        }
        Path script = Files.writeString(dir.resolve("deliveries"), list);
        return host.background(
                Map.of(),
                dir.resolve("curl.log"),
                List.of("bash", "-c", "tr '\\n' '\\0' <'" + script + "' | xargs -0 -P " + atOnce + " -I% bash -c %"));
    }

    /**
     * Starts it on what a power cut has left, and asks for everything that was acknowledged.
     *
     * @return what is missing, one line each
     */
    List<String> lost(Path data, List<Delivery> acknowledged, String name) throws IOException {
        List<String> lost = new ArrayList<>();
        Service again;
        try {
            again = start(data, name);
        } catch (AssertionError e) {
            return List.of("it does not start: " + e.getMessage());
        }
        try {
            String base = base(again, data);
            for (Delivery delivery : acknowledged) {
                Path got = dir.resolve("got");
                Files.deleteIfExists(got);
                Shell.Result status = host.run(
                        "curl",
                        "--silent",
                        "--max-time",
                        "30",
                        "--output",
                        got.toString(),
                        "--write-out",
                        "%{http_code}",
                        base + "/" + delivery.id() + "/receipt?sha256=" + delivery.sha256());
                boolean held = role == Role.RELAY
                        ? status.out().matches("20[02]")
                        : status.out().equals("200") && Files.mismatch(got, delivery.answer()) == -1;
                if (!held) {
                    lost.add("the receipt of " + delivery.id() + ": " + status.out());
                }
                if (!payload(data, delivery)) {
                    lost.add("the bytes of " + delivery.id());
                }
            }
        } finally {
            again.kill();
        }
        return lost;
    }

    private static boolean payload(Path data, Delivery delivery) throws IOException {
        try (Stream<Path> all = Files.walk(data)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                if (path.toString().contains("/upload/")
                        && path.getFileName().toString().startsWith(delivery.id() + "." + delivery.sha256())) {
                    return Files.mismatch(path, delivery.file()) == -1;
                }
            }
        }
        return false;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Kills the traced process, and waits until strace has written all it saw. */
    static void kill(Service traced) {
        Strace.traced(traced).destroyForcibly();
        traced.await(Duration.ofSeconds(20));
    }

    @Override
    public void close() {
        net.close();
    }
}
