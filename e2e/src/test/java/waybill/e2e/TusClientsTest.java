package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import waybill.parcel.Parcel;
import waybill.parcel.Parcels;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Strangers that upload by tus over a link that is cut in the middle, to a backend and to a relay; and our own client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TusClientsTest {
    private static final int SIZE = 12 << 20;
    private static final String URL = "http://backend.example/inbox";
    private static final String SCRIPT =
            Path.of("tus/upload.mjs").toAbsolutePath().toString();

    private final Net net = new Net();
    private final Host host = net.host("tus");
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    static Path dir;

    private String recipient = "";
    private int backend;
    private int relay;
    private String alias = "";

    @BeforeAll
    void start() throws IOException {
        // What a link holds when it is cut is lost and sent again: little, as on a real one, not what a loopback holds.
        host.run("sh", "-c", "for way in rmem wmem; do echo 4096 65536 131072 > /proc/sys/net/ipv4/tcp_$way; done")
                .ok();
        Path home = dir.resolve("backend");
        host.waybill("backend", "init", home.toString(), "--host", "backend.example", "--url", URL)
                .ok();
        recipient = Files.readString(home.resolve("online/recipients.txt")).strip();
        Service backendService = host.service(
                dir.resolve("backend.log"),
                "backend",
                "run",
                home.toString(),
                "--listen",
                "127.0.0.1:0",
                "--plain-http",
                "--json",
                "--keep-free",
                "0");
        backend = backendService.port();
        Service relayService = host.service(
                dir.resolve("relay.log"),
                "relay",
                "run",
                "--to",
                URL,
                "--trust",
                home.resolve("anchor.pem").toString(),
                "--allow-plain-backend",
                "--allow-plain-lan",
                "--connect-to",
                "127.0.0.1:" + backend,
                "--listen",
                "127.0.0.1:0",
                "--interface",
                "lo",
                "--data",
                dir.resolve("relay").toString(),
                "--json",
                "--keep-free",
                "0");
        relay = relayService.port();
        Awaitility.await("the relay knows its way")
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    JsonNode found = Site.json(host.waybill(
                            "relays",
                            "--to",
                            URL,
                            "--interface",
                            "lo",
                            "--allow-plain-lan",
                            "--allow-plain-backend",
                            "--json",
                            "--data",
                            dir.resolve("sender").toString()));
                    alias = find(found, "alias");
                    return !alias.isEmpty();
                });
    }

    private static String find(JsonNode node, String name) {
        JsonNode found = node.findValue(name);
        return found == null ? "" : found.asText();
    }

    @AfterAll
    void stop() {
        net.close();
    }

    /** A sealed parcel, and what is said of it. */
    private record Sealed(Path file, TaskId id, Sha256 sha256, String metadata) {}

    private Sealed parcel(int seed) throws Exception {
        byte[] content = new byte[SIZE];
        new Random(seed).nextBytes(content);
        Path file = dir.resolve("parcel-" + seed + ".age");
        TaskId id = TaskId.fresh(InstantSource.system(), new Random(seed));
        Sha256 contents;
        try (OutputStream out = Files.newOutputStream(file)) {
            contents = Parcel.seal(
                            id,
                            "tester",
                            new byte[16],
                            Instant.now(),
                            List.of(new Parcels.Bytes("core.dmp", content, Instant.now())),
                            recipient,
                            out)
                    .contents();
        }
        Sha256 sha256 = Sha256.of(Files.readAllBytes(file));
        return new Sealed(
                file,
                id,
                sha256,
                json.writeValueAsString(Map.of(
                        "id",
                        id.toString(),
                        "sha256",
                        sha256.hex(),
                        "contents",
                        contents.hex(),
                        "recipient",
                        recipient)));
    }

    private JsonNode javascript(String endpoint, Sealed parcel) throws IOException {
        return json.readTree(host.run("node", SCRIPT, endpoint, parcel.file().toString(), parcel.metadata())
                .ok()
                .out());
    }

    private JsonNode java(String endpoint, Sealed parcel) throws IOException {
        Shell.Result result = host.run(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "waybill.e2e.TusJava",
                        endpoint,
                        parcel.file().toString(),
                        parcel.metadata())
                .ok();
        return Site.json(result);
    }

    @FunctionalInterface
    private interface Client {
        JsonNode upload(String endpoint, Sealed parcel) throws IOException;
    }

    private void resumes(Client client, int port, String path, int seed) throws Exception {
        Sealed parcel = parcel(seed);
        long size = Files.size(parcel.file());
        Path count = dir.resolve("count-" + seed);
        Service link = link(port, size / 2, count);

        JsonNode said = client.upload("http://127.0.0.1:" + link.port() + path, parcel);

        JsonNode offsets = said.path("offsets");
        assertThat(offsets.size()).as("it was cut: " + said).isGreaterThan(1);
        assertThat(offsets.get(offsets.size() - 1).asLong()).isPositive();
        assertThat(Long.parseLong(Files.readString(count, StandardCharsets.US_ASCII)))
                .isLessThan((long) (size * 1.1));
        Path receipt = dir.resolve("receipt-" + seed);
        Awaitility.await("the receipt")
                .atMost(Duration.ofSeconds(60))
                .until(() -> host.run(
                                "curl",
                                "-s",
                                "-f",
                                "-o",
                                receipt.toString(),
                                "-w",
                                "%{http_code}",
                                "http://127.0.0.1:" + port + path + "/" + parcel.id() + "/receipt?sha256="
                                        + parcel.sha256())
                        .out()
                        .equals("200"));
        host.waybill(
                        "verify",
                        receipt.toString(),
                        "--trust",
                        dir.resolve("backend/anchor.pem").toString(),
                        "--parcel",
                        parcel.file().toString())
                .ok();
    }

    /** A link to there that is cut once, after so many bytes; the bytes of all its connections are counted in a file. */
    private Service link(int port, long cut, Path count) {
        return host.service(
                Map.of(),
                dir.resolve(count.getFileName() + ".log"),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "waybill.e2e.CutLink",
                        "" + port,
                        "" + cut,
                        count.toString()));
    }

    @Test
    void oursResumesAtABackendAndSaysSo() throws Exception {
        byte[] content = new byte[SIZE];
        new Random(6).nextBytes(content);
        Path file = Files.write(dir.resolve("core.dmp"), content);
        Path count = dir.resolve("count-ours");
        Service link = link(backend, SIZE / 2, count);

        Shell.Result sent = host.run(send(file, link).toArray(String[]::new)).ok();

        assertThat(sent.err()).contains("broke off (").contains("going on with the backend " + URL + " from ");
        assertThat(Long.parseLong(Files.readString(count, StandardCharsets.US_ASCII)))
                .isLessThan((long) (SIZE * 1.1));
    }

    @Test
    void onATerminalNoLineThatIsSaidIsWrittenOver() throws Exception {
        byte[] content = new byte[SIZE];
        new Random(7).nextBytes(content);
        Path file = Files.write(dir.resolve("core-7.dmp"), content);
        Service link = link(backend, SIZE / 2, dir.resolve("count-terminal"));

        String command = "'" + String.join("' '", send(file, link)) + "'";
        String session = host.run("script", "-qec", command, "/dev/null").ok().out();

        assertThat(session).as("there was a bar").contains("forwarding ").contains("\u001b[1A");
        List<String> screen = Screen.after(session);
        for (String said : List.of(
                "sealed 1 file",
                "forwarding to the backend ",
                "the upload to the backend ",
                "going on with the backend ",
                "receipt verified, ",
                "delivered ",
                "receipt   ",
                "waybill   ")) {
            assertThat(screen).as(session).anyMatch(line -> line.startsWith(said));
        }
        assertThat(screen).as("no bar of nothing").noneMatch(line -> line.contains("0/0"));
    }

    private static List<String> send(Path file, Service link) {
        return List.of(
                Host.WAYBILL,
                "send",
                file.toString(),
                "--to",
                URL,
                "--trust",
                dir.resolve("backend/anchor.pem").toString(),
                "--allow-plain-backend",
                "--via",
                "direct",
                "--connect-to",
                "127.0.0.1:" + link.port(),
                "--data",
                dir.resolve("ours").toString());
    }

    private String aliasPath() {
        return alias.substring(alias.indexOf("/a/"));
    }

    @Test
    void tusJsClientResumesAtABackend() throws Exception {
        resumes(this::javascript, backend, "/inbox", 1);
    }

    @Test
    void tusJsClientResumesAtARelay() throws Exception {
        resumes(this::javascript, relay, aliasPath(), 2);
    }

    @Test
    void tusJavaClientResumesAtABackend() throws Exception {
        resumes(this::java, backend, "/inbox", 3);
    }

    @Test
    void tusJavaClientResumesAtARelay() throws Exception {
        resumes(this::java, relay, aliasPath(), 4);
    }

    @Test
    void nothingHalfReceivedIsLeft() throws Exception {
        tusJsClientResumesAtABackend();
        for (String place : List.of("backend/data", "relay")) {
            // A relay at work takes files away while one looks.
            Awaitility.await("nothing is left in " + place)
                    .atMost(Duration.ofSeconds(20))
                    .ignoreException(UncheckedIOException.class)
                    .until(() -> {
                        try (Stream<Path> all = Files.walk(dir.resolve(place))) {
                            return all.noneMatch(path -> path.toString().contains("/incoming/"));
                        }
                    });
        }
    }
}
