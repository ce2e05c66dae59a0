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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates, once per site: one download from the origin, however many machines want it at once. */
final class FetchTest {
    private static final int MIB = 1 << 20;
    private static final Duration MOST = Duration.ofMinutes(3);

    @TempDir
    Path dir;

    @Test
    void sixMachinesFetchAtOnceAndTheOriginSendsOneCopy() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path file = site.put(UpdateSite.NAME, 24 * MIB + 777, 1);
            site.publish();
            List<Host> relays = List.of(site.site.relayHost(), site.site.relayHost());
            for (int i = 0; i < relays.size(); i++) {
                site.site.startRelay(relays.get(i), "relay" + i);
            }
            site.site.answering(relays.size());
            List<Host> machines = machines(site, 6);
            assertThat(machines.getFirst()
                            .run("ping", "-c", "1", "-W", "1", "10.78.0.1")
                            .code())
                    .as("no route to the origin")
                    .isNotZero();
            long before = site.originBytes();
            List<Service> fetches = site.fetchOn(machines);
            for (int i = 0; i < fetches.size(); i++) {
                assertThat(fetches.get(i).await(MOST)).as(fetches.get(i).log()).isZero();
                assertThat(site.got("machine" + i)).hasSameBinaryContentAs(file);
            }
            double copies = (double) (site.originBytes() - before) / Files.size(file);
            assertThat(copies).as("copies that left the origin").isBetween(1.0, 1.1);

            // The origin is gone, and who comes later gets it all the same.
            Net.ip("-n", site.site.backend.namespace(), "link", "set", "eth0", "down");
            Host late = site.machine();
            late.run(Map.of(), MOST, site.fetch("late")).ok();
            assertThat(site.got("late")).hasSameBinaryContentAs(file);
        }
    }

    @Test
    void theRelayThatFetchesIsKilledAndTheOtherTakesOver() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path file = site.put(UpdateSite.NAME, 24 * MIB, 1);
            site.publish();
            Net.slow(site.site.backend, "eth0", "16mbit");
            List<Service> relays = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                relays.add(site.site.startRelay(site.site.relayHost(), "relay" + i));
            }
            site.site.answering(relays.size());
            long before = site.originBytes();
            List<Service> fetches = site.fetchOn(machines(site, 4));
            Awaitility.await("a third is on its way")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> site.originBytes() - before > 8 * MIB);
            Service fetching = relays.stream()
                    .filter(relay -> relay.log().contains("\"fetching "))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(
                            relays.getFirst().log() + relays.getLast().log()));
            fetching.kill();
            Net.unslow(site.site.backend, "eth0");
            for (int i = 0; i < fetches.size(); i++) {
                assertThat(fetches.get(i).await(MOST)).as(fetches.get(i).log()).isZero();
                assertThat(site.got("machine" + i)).hasSameBinaryContentAs(file);
            }
            assertThat((double) (site.originBytes() - before) / Files.size(file))
                    .as("copies: one, and what the killed one had taken")
                    .isLessThan(1.9);
        }
    }

    @Test
    void aFetchGoesOnWhereItWasInterruptedAndTheFileIsThereWholeOrNotAtAll() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path file = site.put(UpdateSite.NAME, 16 * MIB, 1);
            site.publish();
            Host relay = site.site.relayHost();
            site.site.startRelay(relay, "relay");
            Net.slow(relay, "eth0", "8mbit");
            Host machine = site.machine();
            Files.writeString(site.got("m"), "the old one");
            Service first = machine.background(Map.of(), dir.resolve("first.log"), site.fetch("m"));
            Path partial = dir.resolve("m/cache/partial");
            Awaitility.await("some of it is here")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> bytesIn(partial) > 5 * MIB);
            Shell.run("kill", "-INT", Long.toString(pidOf(first))).ok();
            assertThat(first.await(Duration.ofSeconds(20))).as(first.log()).isEqualTo(130);
            assertThat(first.log()).contains("interrupted").contains("goes on");
            assertThat(site.got("m")).hasContent("the old one");

            Net.unslow(relay, "eth0");
            JsonNode second =
                    Site.json(machine.run(Map.of(), MOST, site.fetch("m")).ok());
            assertThat(site.got("m")).hasSameBinaryContentAs(file);
            assertThat(second.path("fromLan").asLong())
                    .as("only what was missing")
                    .isLessThan(12L * MIB)
                    .isPositive();
            JsonNode third =
                    Site.json(machine.run(Map.of(), MOST, site.fetch("m")).ok());
            assertThat(third.path("outcome").asText()).isEqualTo("current");
            assertThat(third.path("fromLan").asLong()).isZero();
        }
    }

    @Test
    void aMachineWithARouteFetchesFromTheOriginWhereNobodyElseIs() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path file = site.put(UpdateSite.NAME, 2 * MIB, 1);
            site.put("sub/empty.txt", 0, 1);
            site.publish();
            Host alone = site.site.relayHost();
            JsonNode result =
                    Site.json(alone.run(Map.of(), MOST, site.fetch("alone")).ok());
            assertThat(result.path("fromOrigin").asLong()).isEqualTo(2L * MIB);
            assertThat(site.got("alone")).hasSameBinaryContentAs(file);
            // From the cache, for the backend is gone; it says how old that may be.
            Net.ip("-n", site.site.backend.namespace(), "link", "set", "eth0", "down");
            Files.delete(site.got("alone"));
            alone.run(Map.of(), MOST, site.fetch("alone", "--via", "lan")).ok();
            assertThat(site.got("alone")).hasSameBinaryContentAs(file);
            assertThat(alone.run(Map.of(), MOST, site.fetch("other", "--give-up", "2s"))
                            .code())
                    .as("nobody has it")
                    .isEqualTo(4);
            assertThat(site.got("other")).doesNotExist();
        }
    }

    @Test
    void aMirrorFetchesWhatChangedAndNothingElse() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            for (int i = 0; i < 8; i++) {
                site.put("rules/r" + i + ".rules", 100_000 + i, i);
            }
            Path large = site.put("db/main.cvd", 6 * MIB, 9);
            site.put("empty", 0, 1);
            assertThat(site.publish()).isEqualTo(1);
            for (int i = 0; i < 2; i++) {
                site.site.startRelay(site.site.relayHost(), "relay" + i);
            }
            Host machine = site.machine();
            Path mirror = Files.createDirectory(dir.resolve("mirror"));
            Files.writeString(mirror.resolve("own.txt"), "of this machine");
            JsonNode first = mirror(site, machine, mirror, 0);
            assertThat(first.path("files")).hasSize(10);
            assertThat(first.path("files").findValuesAsText("outcome")).containsOnly("fetched");
            assertThat(mirror.resolve("db/main.cvd")).hasSameBinaryContentAs(large);
            assertThat(mirror.resolve("empty")).isEmptyFile();
            assertThat(mirror.resolve("own.txt")).hasContent("of this machine");

            JsonNode again = mirror(site, machine, mirror, 0);
            assertThat(again.path("files").findValuesAsText("outcome")).containsOnly("current");
            assertThat(again.path("fromLan").asLong() + again.path("fromOrigin").asLong())
                    .isZero();

            Path changed = site.put("rules/r3.rules", 77_777, 33);
            assertThat(site.publish()).isEqualTo(2);
            Awaitility.await("the relays hear of it")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(2))
                    .until(() ->
                            mirror(site, machine, mirror, 0).path("release").asLong() == 2);
            assertThat(mirror.resolve("rules/r3.rules")).hasSameBinaryContentAs(changed);
        }
    }

    private JsonNode mirror(UpdateSite site, Host machine, Path mirror, int code) {
        return Site.json(machine.run(
                        Map.of(),
                        MOST,
                        List.of(
                                Host.WAYBILL,
                                "fetch",
                                "--all",
                                Site.URL,
                                "-C",
                                mirror.toString(),
                                "--trust",
                                site.site.anchor.toString(),
                                "--interface",
                                "eth0",
                                "--via",
                                "lan",
                                "--data",
                                dir.resolve("mirrorer").toString(),
                                "--json"))
                .code(code));
    }

    private static List<Host> machines(UpdateSite site, int count) {
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            hosts.add(site.machine());
        }
        return hosts;
    }

    private static long pidOf(Service service) {
        return service.pid();
    }

    private static long bytesIn(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return 0;
        }
        long bytes = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += file.toFile().length(); // none if it went just now
            }
        }
        return bytes;
    }
}
