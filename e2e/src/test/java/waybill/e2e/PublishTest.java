package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code waybill publish} and {@code backend run}, judged by strangers: curl, openssl, sha256sum. */
final class PublishTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String URL = "https://backend.example:8443/inbox";
    private static final int MIB = 1 << 20;

    @TempDir
    Path dir;

    private final Net net = new Net();

    @SuppressWarnings("NullAway.Init")
    private Host host;

    @SuppressWarnings("NullAway.Init")
    private Path backend;

    @SuppressWarnings("NullAway.Init")
    private Path updates;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        host = net.host("pub");
        backend = dir.resolve("backend");
        updates = Files.createDirectories(dir.resolve("updates"));
        folder = Files.createDirectories(dir.resolve("fetched"));
        host.waybill("backend", "init", backend.toString(), "--host", "backend.example", "--url", URL)
                .ok();
    }

    @AfterEach
    void stop() {
        net.close();
    }

    private Service serve() {
        return host.service(
                dir.resolve("backend.log"),
                "backend",
                "run",
                backend.toString(),
                "--listen",
                "127.0.0.1:8443",
                "--keep-free",
                "0",
                "--json");
    }

    private Path file(String name, int size, long seed) throws IOException {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        Path file = updates.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private JsonNode publish(String... more) throws IOException {
        List<String> args =
                new ArrayList<>(List.of("publish", updates.toString(), "--backend", backend.toString(), "--json"));
        args.addAll(List.of(more));
        return JSON.readTree(host.waybill(args.toArray(String[]::new)).ok().out());
    }

    private List<String> curl(String... args) {
        return Shell.list(
                List.of(
                        "curl",
                        "-q",
                        "-sS",
                        "--noproxy",
                        "*",
                        "--cacert",
                        backend.resolve("anchor.pem").toString(),
                        "--resolve",
                        "backend.example:8443:127.0.0.1",
                        "-w",
                        "%{http_code}"),
                List.of(args));
    }

    private String status(String path, String... args) {
        List<String> command =
                curl(Shell.list(List.of(URL + path), List.of(args)).toArray(String[]::new));
        return host.run(Map.of(), Duration.ofMinutes(1), command).ok().out();
    }

    private Path get(String path, String name, String... args) {
        Path to = folder.resolve(name);
        List<String> more = Shell.list(List.of("-o", to.toString()), List.of(args));
        assertThat(status(path, more.toArray(String[]::new))).matches("20[06]");
        return to;
    }

    /** What was signed, as OpenSSL sees it. */
    private String verified(Path cms) {
        String packet = Shell.sh("openssl cms -verify -inform DER -in '" + cms + "' -binary -CAfile '"
                        + backend.resolve("anchor.pem") + "' -no-CApath -no-CAstore -verify_hostname backend.example")
                .ok()
                .out();
        assertThat(packet).startsWith("<service type=\"");
        return packet;
    }

    private static String attribute(String packet, String name) {
        return packet.replaceFirst("(?s).* " + name + "=\"([^\"]*)\".*", "$1");
    }

    private static String sha256(Path file) {
        return Shell.run("sha256sum", file.toString()).ok().out().substring(0, 64);
    }

    @Test
    void strangersFetchAndVerifyWhatWasPublished() throws Exception {
        Path main = file("av/main.cvd", 3 * MIB + 17, 1);
        file("fw/rules.txt", 100, 2);
        file("empty", 0, 3);
        serve();
        assertThat(status("/catalogue", "-o", "/dev/null")).isEqualTo("404");

        JsonNode published = publish();
        assertThat(published.path("release").asInt()).isEqualTo(1);
        assertThat(published.path("new")).hasSize(3);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> status("/catalogue", "-o", "/dev/null").equals("200"));

        String catalogue = verified(get("/catalogue", "catalogue.cms"));
        assertThat(attribute(catalogue, "type")).isEqualTo("catalogue");
        assertThat(attribute(catalogue, "href")).isEqualTo(URL);
        Path list = get("/content/" + attribute(catalogue, "sha256"), "list");
        assertThat(sha256(list)).isEqualTo(attribute(catalogue, "sha256"));
        assertThat(Files.size(list)).isEqualTo(Long.parseLong(attribute(catalogue, "size")));
        for (String name : List.of("av/main.cvd", "fw/rules.txt", "empty")) {
            Files.createDirectories(folder.resolve(name).getParent());
            get("/files/" + name, name);
        }
        // The list is one for sha256sum but for the order of its columns.
        Shell.sh("cd '" + folder + "' && tail -n +2 list | awk '{print $3 \"  \" $1}' | sha256sum -c --strict")
                .ok();

        String release = verified(get("/releases/av/main.cvd", "release.cms"));
        assertThat(attribute(release, "href")).isEqualTo(URL + "/files/av/main.cvd");
        assertThat(attribute(release, "sha256")).isEqualTo(sha256(main));
        Path pieces = get("/content/" + attribute(release, "pieces"), "pieces");
        for (int i = 0; i < 4; i++) {
            String piece = Shell.sh("dd if='" + main + "' bs=1M skip=" + i + " count=1 2>/dev/null | sha256sum")
                    .ok()
                    .out();
            String said = Shell.sh("dd if='" + pieces + "' bs=32 skip=" + i + " count=1 2>/dev/null | od -An -v -tx1")
                    .ok()
                    .out();
            assertThat(said.replaceAll("\\s", "")).isEqualTo(piece.substring(0, 64));
        }
    }

    @Test
    void rangesConditionsAndResumingAreCurlsOwn() throws Exception {
        Path main = file("av/main.cvd", 2 * MIB, 1);
        publish();
        serve();
        String content = "/content/" + sha256(main);
        for (String path : List.of(content, "/files/av/main.cvd")) {
            for (String range : List.of("0-99", "1048576-1148575", "2097000-", "-77")) {
                Path part = get(path, "part", "-r", range);
                byte[] whole = Files.readAllBytes(main);
                int from = range.startsWith("-") ? whole.length - 77 : Integer.parseInt(range.split("-", -1)[0]);
                assertThat(Files.readAllBytes(part))
                        .isEqualTo(java.util.Arrays.copyOfRange(whole, from, from + (int) Files.size(part)));
            }
            assertThat(status(path, "-r", "2097152-", "-o", "/dev/null")).isEqualTo("416");
            Path half =
                    Files.write(folder.resolve("half"), java.util.Arrays.copyOf(Files.readAllBytes(main), 1_000_000));
            assertThat(status(path, "-C", "-", "-o", half.toString())).isEqualTo("206");
            assertThat(half).hasSameBinaryContentAs(main);

            Path tag = folder.resolve("tag");
            assertThat(status(path, "--etag-save", tag.toString(), "-o", "/dev/null"))
                    .isEqualTo("200");
            assertThat(Files.readString(tag)).contains(sha256(main));
            assertThat(status(path, "--etag-compare", tag.toString(), "-o", "/dev/null"))
                    .isEqualTo("304");
        }
        Path dated = get("/files/av/main.cvd", "dated", "-R");
        assertThat(status("/files/av/main.cvd", "-z", dated.toString(), "-o", "/dev/null"))
                .isEqualTo("304");
        assertThat(status("/files/av/main.cvd", "-I", "-o", "/dev/null")).isEqualTo("200");
        assertThat(status("/files/av/main.cvd", "-T", main.toString(), "-o", "/dev/null"))
                .isEqualTo("405");
        assertThat(status("/files/../../backend.properties", "--path-as-is", "-o", "/dev/null"))
                .isEqualTo("404");
        assertThat(status("/files/%2e%2e/%2e%2e/backend.properties", "-o", "/dev/null"))
                .isEqualTo("404");
    }

    @Test
    void aDownloadEndsWithTheBytesItBeganWithWhateverIsPublished() throws Exception {
        Path main = file("av/main.cvd", 48 * MIB, 1);
        String old = sha256(main);
        publish();
        serve();
        Path slow = folder.resolve("slow");
        Service download = host.background(
                Map.of(),
                dir.resolve("curl.log"),
                curl(URL + "/files/av/main.cvd", "--limit-rate", "2M", "-o", slow.toString()));
        await().until(() -> Files.exists(slow) && Files.size(slow) > MIB);

        for (int next = 2; next <= 4; next++) {
            file("av/main.cvd", 100_000, next);
            JsonNode published = publish();
            assertThat(published.path("changed")).hasSize(1);
            assertThat(published.path("release").asInt()).isEqualTo(next);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> sha256(get("/files/av/main.cvd", "fast")).equals(sha256(main)));
        }
        assertThat(download.alive()).as("the download is still under way").isTrue();
        assertThat(status("/content/" + old, "-o", "/dev/null")).isEqualTo("404");
        assertThat(download.await(Duration.ofMinutes(1))).isZero();
        assertThat(sha256(slow)).isEqualTo(old);
    }

    @Test
    void publishKilledAtAnyMomentLeavesThePublicationThatWasThere() throws Exception {
        file("av/main.cvd", 1000, 1);
        publish();
        serve();
        int killed = 0;
        for (int round = 1; round <= 6; round++) {
            for (int i = 0; i < 4; i++) {
                file("big/" + i, 24 * MIB, 100L * round + i);
            }
            long number = number();
            long enough = stored() + round;
            Service publishing = host.background(
                    Map.of(),
                    dir.resolve("publish" + round + ".log"),
                    List.of(Host.WAYBILL, "publish", updates.toString(), "--backend", backend.toString()));
            await().pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> !publishing.alive() || stored() >= enough);
            boolean ended = !publishing.alive();
            publishing.kill();
            killed += ended ? 0 : 1;

            long after = number();
            assertThat(after).isIn(number, number + 1);
            everythingIsThere();
        }
        assertThat(killed).as("of six that were to be killed").isPositive();
        publish();
        everythingIsThere();
        try (Stream<Path> files = Files.walk(backend.resolve("published"))) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".part"));
        }
    }

    /** How many contents lie there: how far a publication has come. */
    private long stored() throws IOException {
        try (Stream<Path> files = Files.walk(backend.resolve("published/content"))) {
            return files.filter(file -> !file.toString().endsWith(".part")).count();
        } catch (java.io.UncheckedIOException e) {
            return 0; // one took its name just now
        }
    }

    private long number() {
        return Long.parseLong(attribute(verified(get("/catalogue", "catalogue.cms")), "release"));
    }

    private void everythingIsThere() throws IOException {
        Path list = get("/content/" + attribute(verified(get("/catalogue", "catalogue.cms")), "sha256"), "list");
        for (String line : Files.readAllLines(list).stream().skip(1).toList()) {
            String[] fields = line.split(" ", -1);
            assertThat(sha256(get("/files/" + fields[0], "whole"))).isEqualTo(fields[2]);
            assertThat(sha256(get("/releases/" + fields[0], "signed"))).isEqualTo(fields[7]);
            get("/content/" + fields[3], "pieces");
        }
    }

    @Test
    void whatCannotBePublishedIsSaidWithWhatHelps() throws Exception {
        file("a", 10, 1);
        Files.createSymbolicLink(updates.resolve("link"), Path.of("/etc/passwd"));
        String[] command = {"publish", updates.toString(), "--backend", backend.toString()};
        assertThat(host.waybill(command).code(2).err())
                .startsWith("waybill: error: ")
                .contains("link is a link")
                .contains("hint: ");
        Files.delete(updates.resolve("link"));
        Files.move(backend.resolve("offline"), dir.resolve("safe"));
        assertThat(host.waybill(command).code(2).err()).contains("--offline");
        assertThat(publish("--offline", dir.resolve("safe").toString(), "--expires", "30d")
                        .path("unchanged"))
                .isEmpty();
        assertThat(host.waybill(
                                "publish",
                                backend.toString(),
                                "--backend",
                                backend.toString(),
                                "--offline",
                                dir.resolve("safe").toString())
                        .code(2)
                        .err())
                .contains("which is not for all");
    }
}
