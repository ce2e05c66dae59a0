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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each lie of {@link Lie} beside an honest relay: the delivery succeeds, and the liar is judged as docs/liars.md says. Then
 * the cases in which nobody may be blamed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiarsTest {
    /** What a sender here grants each leg: the liar, who promises everything at once, has twice that and a second. */
    static final Duration ALLOWANCE = Duration.ofSeconds(2);

    private static final String HONEST_AT = "10.77.0.10";
    private static final String LIAR_AT = "10.77.0.11";

    @SuppressWarnings("NullAway.Init") // begin() sets it, as all of them
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private Site site;

    @SuppressWarnings("NullAway.Init")
    private Service backend;

    @SuppressWarnings("NullAway.Init")
    private Service honest;

    @SuppressWarnings("NullAway.Init")
    private Service liar;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeAll
    void begin(@TempDir Path shared) throws IOException {
        dir = shared;
        site = new Site(dir);
        backend = site.startBackend();
        honest = site.startRelay(site.relayHost(), "honest", "--every", "1s");
        Files.createDirectories(dir.resolve("liar"));
        liar = site.relayHost()
                .service(
                        Map.of(),
                        dir.resolve("liar.log"),
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Liar.class.getName(),
                                dir.resolve("liar").toString(),
                                dir.resolve("backend").toString(),
                                Site.URL,
                                Site.BACKEND_AT,
                                LIAR_AT,
                                honest.said("node"),
                                HONEST_AT));
        file = site.file("crash.dmp", 20_000, 11);
        site.answering(1);
        // A sender who has heard both relays answer does not wait for a third. He chose neither, so he knows no more of
        // them.
        lies(Lie.GARBAGE.label());
        site.sender
                .waybill(site.sendArgs(file, seed(), "--max-wait", "1s", "--give-up", "1s"))
                .code(4);
        // Then both do all of their work once: no first handshake has to fit into the short allowance. And alone the
        // honest
        // one is asked for the profile, with which it can take deliveries while the backend is down.
        site.sender.waybill(site.sendArgs(file, sender("both"))).ok();
        lies("");
        site.sender.waybill(site.sendArgs(file, sender("alone"))).ok();
    }

    @AfterAll
    void end() {
        site.close();
    }

    @ParameterizedTest
    @EnumSource
    void besideAnHonestRelayEachLieEndsDeliveredAndIsJudgedAsTheTableSays(Lie lie) throws IOException {
        Path data = sender(lie.label());
        lies(lie.label());
        Shell.Result sent = send(data).ok();
        lies("");

        assertThat(sent.err()).contains("receipt verified, brought by relay " + honest.said("node"));
        assertThat(heldOnce(sent)).as("the backend holds it once").isTrue();
        String who = "relay " + (lie == Lie.SPOOFED_NODE ? honest : liar).said("node") + " at https://" + LIAR_AT;
        if (lie == Lie.ELSEWHERE) {
            assertThat(sent.err()).doesNotContain(Liar.PATH);
        } else if (lie.brings()) {
            assertThat(lineOf(sent, "what " + who))
                    .endsWith("brought does not hold: " + lie.kind + "; verdict: " + lie.verdict.label());
        } else {
            assertThat(lineOf(sent, "passed over " + who)).contains(": " + lie.kind);
        }
        assertThat(listed(data))
                .isEqualTo(
                        lie.penalty == Lie.Penalty.NOBODY ? Map.of() : Map.of(liar.said("node"), lie.penalty.name()));
        assertThat(liar.log()).doesNotContain("FOLLOWED");
        if (lie == Lie.SQUATTED_ID) {
            assertThat(liar.log()).contains("squatted " + task(sent));
            assertThat(held(task(sent)))
                    .as("other bytes of the same ID are another delivery")
                    .hasSize(2);
        }
    }

    @Test
    void scriptsAreToldTheSameAsPeople() throws IOException {
        Path data = sender("json");
        lies(Lie.WRONG_HOST.label());
        JsonNode sent = Site.json(send(data, "--json").ok());
        lies("");
        assertThat(sent.path("outcome").asText()).isEqualTo("delivered");
        JsonNode findings = sent.path("findings");
        assertThat(findings).hasSize(3);
        assertThat(findings.get(0).path("event").asText()).isEqualTo("unverified");
        assertThat(findings.get(0).path("carrier").asText()).startsWith(liar.said("node"));
        assertThat(findings.get(0).path("kind").asText()).isEqualTo("WRONG_NAME");
        assertThat(findings.get(0).path("verdict").asText()).isEqualTo("FORGED");
        assertThat(findings.get(1).path("event").asText()).isEqualTo("black-listed");
        assertThat(findings.get(1).path("subject").asText()).isEqualTo(liar.said("node"));
        assertThat(findings.get(1).path("reason").asText()).isEqualTo("FORGED_RECEIPT");
        assertThat(findings.get(2).path("why").asText()).isEqualTo("UNVERIFIED");
    }

    @Test
    void aSenderADayAheadDelivers() throws IOException {
        Path data = sender("ahead");
        Shell.Result sent = faked("+1d", site.sendArgs(file, data));
        judged(Control.CLOCK_AHEAD, sent, data);
        assertThat(heldOnce(sent)).isTrue();
    }

    @Test
    void aSenderADayBehindIsToldOfItsClockBlamesNobodyAndCollectsOnceItIsRight() throws IOException {
        Path data = sender("behind");
        Shell.Result sent = faked("-1d", site.sendArgs(file, data, "--give-up", "3s"));
        judged(Control.CLOCK_BEHIND, sent, data);
        assertThat(sent.err()).contains("hint: check this machine's clock");
        assertThat(heldOnce(sent)).isTrue();

        assertThat(collect(data).ok().out()).contains("delivered " + task(sent));
        assertThat(heldOnce(sent)).isTrue();
        assertThat(listed(data)).isEmpty();
    }

    @Test
    void whatTheBackendRefusesEndsRefusedWithItsSignature() throws IOException {
        Path data = sender("too-large");
        Path settings = dir.resolve("backend/backend.properties");
        String before = Files.readString(settings);
        backend.close();
        Files.writeString(settings, before.replaceFirst("(?m)^maxsize.*$", "maxsize=10000"));
        try {
            backend = site.startBackend();
            // The relay still hands on the profile that allows more.
            Shell.Result sent = send(data);
            judged(Control.TOO_LARGE, sent, data);
            assertThat(sent.err()).contains("the backend refused it: too-large").contains("signed refusal is ");
            assertThat(held(task(sent))).isEmpty();
        } finally {
            backend.close();
            Files.writeString(settings, before);
            backend = site.startBackend();
        }
    }

    @Test
    void whileTheBackendIsDownNobodyIsCondemnedAndOnceItIsBackTheSameParcelIsDelivered() throws IOException {
        Path data = sender("down");
        backend.close();
        Shell.Result sent;
        try {
            sent = send(data, "--give-up", "2s");
        } finally {
            backend = site.startBackend();
        }
        assertThat(sent.err())
                .contains("brought no receipt within the maximum wait")
                .contains("hint: ");
        assertThat(listed(data)).isEmpty();

        assertThat(collect(data).ok().out()).contains("delivered " + task(sent));
        assertThat(heldOnce(sent)).isTrue();
        assertThat(listed(data)).isEmpty();
    }

    @Test
    void whenAllRelaysAreLateAtOnceNobodyIsCondemnedEvenAfterOneOfThemDelivers() throws IOException {
        Path data = sender("all-late");
        try (Service second = site.startRelay(site.relayHost(), "second", "--every", "1s")) {
            // Once while the way is open, so that he has the profile.
            send(data).ok();
            Shell.Result sent;
            site.wan.up(false);
            try {
                sent = send(data, "--give-up", "2s");
            } finally {
                site.wan.up(true);
            }
            judged(Control.ALL_LATE, sent, data);
            assertThat(lineOf(sent, "passed over relay " + honest.said("node"))).contains(": late");
            assertThat(lineOf(sent, "passed over relay " + second.said("node"))).contains(": late");

            assertThat(collect(data).ok().out()).contains("delivered " + task(sent));
            assertThat(heldOnce(sent)).isTrue();
            assertThat(listed(data)).isEmpty();
        }
    }

    /** The exit, the kind and the verdict are those of the table, and nobody is black-listed. */
    private void judged(Control control, Shell.Result sent, Path data) {
        sent.code(control.exit);
        List<String> found = sent.err()
                .lines()
                .filter(line -> line.startsWith("passed over ") || line.contains(" does not hold: "))
                .toList();
        switch (control.kind) {
            case "none" -> assertThat(found).isEmpty();
            case "late" -> assertThat(found).isNotEmpty().allMatch(line -> line.contains(": late"));
            default ->
                assertThat(found)
                        .anyMatch(line -> line.endsWith(
                                "does not hold: " + control.kind + "; verdict: " + control.verdict.label()));
        }
        assertThat(listed(data)).isEmpty();
    }

    private void lies(String label) throws IOException {
        Path next = dir.resolve("liar/lie.next");
        Files.writeString(next, label);
        Files.move(next, dir.resolve("liar/lie"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private Path seed() {
        return dir.resolve("seed");
    }

    /** The state of a sender who knows nothing but how many relays there are. */
    private Path sender(String name) throws IOException {
        Path data = dir.resolve("senders").resolve(name);
        try (Stream<Path> files = Files.walk(seed())) {
            for (Path from : files.toList()) {
                Path to = data.resolve(seed().relativize(from).toString());
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(from, to);
                }
            }
        }
        return data;
    }

    private Shell.Result send(Path data, String... more) {
        return site.sender.waybill(site.sendArgs(
                file,
                data,
                Shell.list(List.of("--allowance", ALLOWANCE.toSeconds() + "s"), List.of(more))
                        .toArray(String[]::new)));
    }

    private Shell.Result collect(Path data) {
        return site.sender.waybill(
                "receipts",
                "collect",
                "--trust",
                site.anchor.toString(),
                "--via",
                "lan",
                "--interface",
                "eth0",
                "--data",
                data.toString(),
                "-v");
    }

    /** A sender whose clock is wrong by so much; only what it is told of the date is, not how time passes. */
    private Shell.Result faked(String offset, String[] args) {
        List<String> command = new ArrayList<>(List.of("faketime", "--exclude-monotonic", "-f", offset));
        command.add(Host.WAYBILL);
        command.addAll(List.of(args));
        // The fix is for programs that wait by the wall clock; a JVM does not, and would wake at the wrong time.
        Map<String, String> environment = Map.of("NO_FAKE_STAT", "1", "FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return site.sender.run(environment, Duration.ofMinutes(1), command);
    }

    /** Who is on a sender's black list, and why. */
    private Map<String, String> listed(Path data) {
        JsonNode list = Site.json(site.sender
                        .waybill("blacklist", "list", "--json", "--data", data.toString())
                        .ok())
                .path("blacklist");
        Map<String, String> listed = new TreeMap<>();
        for (JsonNode entry : list) {
            listed.put(entry.path("subject").asText(), entry.path("reason").asText());
        }
        return listed;
    }

    /** The files at the backend whose name begins so. */
    private List<Path> held(String start) {
        return site.stored().stream()
                .filter(path -> path.getFileName().toString().startsWith(start))
                .toList();
    }

    private boolean heldOnce(Shell.Result sent) {
        return held(task(sent) + "." + DeliveryTest.line(sent.err(), "  sha256 "))
                        .size()
                == 1;
    }

    private static String task(Shell.Result sent) {
        return DeliveryTest.line(sent.err(), "task ");
    }

    private static String lineOf(Shell.Result sent, String start) {
        return sent.err()
                .lines()
                .filter(line -> line.startsWith(start))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line '" + start + "' in\n" + sent.err()));
    }
}
