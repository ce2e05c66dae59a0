package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import waybill.protocol.TaskId;

/** The usual scene with its backend and one relay that has room for 3 MB, and what its tests of bad input do in it. */
final class BadInputScene implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final Random RANDOM = new Random(1);

    final Path dir;
    final Site site;
    final Service relay;
    /** Where the relay takes uploads. */
    final String alias;

    BadInputScene(Path dir) {
        this.dir = dir;
        site = new Site(dir);
        try {
            site.startBackend();
            relay = site.startRelay(site.relayHost(), "relay", "--quota", "3M", "--share", "1");
            alias = site.answering(1).path("relays").path(0).path("alias").asText();
            assertThat(alias).startsWith("https://10.77.0.10:7506/a/");
        } catch (RuntimeException | Error e) {
            // nobody else can
            site.close();
            throw e;
        }
    }

    @Override
    public void close() {
        site.close();
    }

    Shell.Result send(String data, String file, String... more) {
        return site.sender.waybill(sendArgs(data, file, more));
    }

    String[] sendArgs(String data, String file, String... more) {
        return Shell.list(
                        List.of(
                                "send",
                                file,
                                "--to",
                                Site.URL,
                                "--trust",
                                site.anchor.toString(),
                                "--via",
                                "lan",
                                "--interface",
                                "eth0",
                                "--data",
                                dir.resolve(data).toString(),
                                "-v"),
                        List.of(more))
                .toArray(String[]::new);
    }

    List<Path> outbox(String data) throws IOException {
        return outbox(dir.resolve(data).resolve("outbox"));
    }

    static List<Path> outbox(Path outbox) throws IOException {
        if (!Files.exists(outbox)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(outbox)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("outbox.lock"))
                    .toList();
        }
    }

    Response toBackend(String id, String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("-X", "PUT", "--connect-to", "::" + Site.BACKEND_AT, Site.URL + "/" + id));
        return curl(site.backend, all.toArray(String[]::new));
    }

    /** What curl was answered. */
    record Response(int status, String type, String body) {
        String problem() throws IOException {
            assertThat(type).as(toString()).startsWith("application/problem+json");
            return JSON.readTree(body).path("type").asText();
        }
    }

    static Response curl(Host host, String... args) {
        Shell.Result result =
                host.run(Shell.list(List.of("curl", "-sk", "-w", "\n%{http_code} %{content_type}"), List.of(args))
                        .toArray(String[]::new));
        int end = result.out().lastIndexOf('\n');
        String[] last = result.out().substring(end + 1).split(" ", 2);
        return new Response(Integer.parseInt(last[0]), last[1], result.out().substring(0, end));
    }

    /** Whether something is half received in the store of this data directory. */
    static boolean arriving(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> file.toString().contains("/incoming/"))
                    .anyMatch(file -> file.toFile().length() > 0);
        }
    }

    static void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        org.awaitility.Awaitility.await(what)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                // a file may go while its folder is looked through
                .ignoreException(UncheckedIOException.class)
                .until(condition);
    }

    static String id() {
        return TaskId.fresh(InstantSource.system(), RANDOM).toString();
    }
}
