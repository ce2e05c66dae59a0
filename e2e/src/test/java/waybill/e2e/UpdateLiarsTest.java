package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each lie of {@link UpdateLie} beside an honest relay: the update arrives, and the liar is judged as docs/liars.md says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UpdateLiarsTest {
    private static final int ATTEMPTS = 30;

    private static final int SIZE = 5 << 20;
    private static final Path PAGE = Path.of("../docs/liars.md");

    @SuppressWarnings("NullAway.Init") // begin() sets it, as all of them
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private UpdateSite site;

    @SuppressWarnings("NullAway.Init")
    private Service liar;

    @SuppressWarnings("NullAway.Init")
    private Host machine;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeAll
    void begin(@TempDir Path shared) throws IOException {
        dir = shared;
        site = new UpdateSite(dir);
        file = site.put(UpdateSite.NAME, SIZE, 1);
        assertThat(site.publish()).isEqualTo(1);
        assertThat(site.publish()).isEqualTo(2);
        site.site.startRelay(site.site.relayHost(), "honest");
        Path own = Files.createDirectories(dir.resolve("liar"));
        Files.copy(file, own.resolve("file"));
        liar = site.site
                .relayHost()
                .service(
                        Map.of(),
                        dir.resolve("liar.log"),
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                UpdateLiar.class.getName(),
                                own.toString(),
                                dir.resolve("backend").toString(),
                                Site.URL,
                                Site.BACKEND_AT,
                                "10.77.0.11"));
        machine = site.machine();
        // A machine that has seen the second publication, but keeps none of its bytes.
        lies("");
        machine.run(Map.of(), Duration.ofMinutes(2), site.fetch("seed", "--cache", "0"))
                .ok();
        mirror("seed").ok();
    }

    @AfterAll
    void end() {
        site.close();
    }

    @ParameterizedTest
    @EnumSource
    void besideAnHonestRelayTheUpdateArrivesAndTheLiarIsJudgedAsTheTableSays(UpdateLie lie) throws IOException {
        // Who of the two is asked first is chance, and of small things the first good answer is enough: it is tried
        // again as
        // long as the liar was not asked for what it lies about. Where it lied, that must be found.
        String name = "";
        List<String> findings = List.of();
        boolean lied = false;
        for (int attempt = 1; attempt <= ATTEMPTS && !lied; attempt++) {
            name = lie.label() + "-" + attempt;
            findings = findings(lie, name);
            lied = liar.log().contains(lie.name() + " lies");
        }
        assertThat(lied).as(liar.log()).isTrue();
        if (lie != UpdateLie.DRIPS) {
            assertThat(findings)
                    .as(liar.log())
                    .anySatisfy(finding -> assertThat(finding).contains(lie.kind));
        }
        assertThat(listed(name)).isEqualTo(lie.proof ? liar.said("node") + " FORGED_UPDATE" : "");
    }

    /** Fetches beside the liar, from a machine that is new; what it found of him. The update arrives in any case. */
    private List<String> findings(UpdateLie lie, String name) throws IOException {
        seed(name);
        lies(lie.label());
        Shell.Result result =
                lie.all ? mirror(name) : machine.run(Map.of(), Duration.ofMinutes(2), site.fetch(name, "--cache", "0"));
        lies("");
        JsonNode fetched = Site.json(result.ok());
        assertThat(lie.all ? dir.resolve(name + "-all").resolve(UpdateSite.NAME) : site.got(name))
                .as("the update arrives")
                .hasSameBinaryContentAs(file);
        List<String> findings = new ArrayList<>();
        for (JsonNode finding : fetched.path("findings")) {
            if (finding.path("giver").asText().startsWith(liar.said("node"))) {
                findings.add(finding.path("why").asText() + " "
                        + finding.path("detail").asText());
            }
        }
        return findings;
    }

    @Test
    void thePageSaysTheSame() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .dropWhile(line -> !line.startsWith("| giver |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.replaceFirst("^(\\| `[a-z-]+` \\|)[^|]*", "$1"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Stream.of(UpdateLie.values())
                        .map(lie -> "| `" + lie.label() + "` || "
                                + lie.kind.toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + " | "
                                + (lie.proof ? "`FORGED_UPDATE`" : "nobody") + " |")
                        .toList());
    }

    private Shell.Result mirror(String name) throws IOException {
        Path target = Files.createDirectories(dir.resolve(name + "-all"));
        return machine.run(
                Map.of(),
                Duration.ofMinutes(2),
                List.of(
                        Host.WAYBILL,
                        "fetch",
                        "--all",
                        Site.URL,
                        "-C",
                        target.toString(),
                        "--cache",
                        "0",
                        "--trust",
                        site.site.anchor.toString(),
                        "--interface",
                        "eth0",
                        "--via",
                        "lan",
                        "--data",
                        dir.resolve(name).toString(),
                        "--json"));
    }

    /** What a machine remembers, without the bytes it has. */
    private void seed(String name) {
        Shell.run("cp", "-a", dir.resolve("seed").toString(), dir.resolve(name).toString())
                .ok();
        Shell.run("rm", "-rf", dir.resolve(name).resolve("cache").toString()).ok();
    }

    private void lies(String lie) throws IOException {
        Files.writeString(dir.resolve("liar/lie"), lie);
    }

    private String listed(String name) {
        JsonNode list = Site.json(
                machine.waybill("blacklist", "list", "--data", dir.resolve(name).toString(), "--json")
                        .ok());
        List<String> entries = new ArrayList<>();
        list.path("blacklist")
                .forEach(entry -> entries.add(entry.path("subject").asText() + " "
                        + entry.path("reason").asText()));
        return String.join(",", entries);
    }
}
