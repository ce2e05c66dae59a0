package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code waybill update}: a folder is kept current by itself, and a command of its operator's runs after each change. */
final class UpdateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration MOST = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private UpdateSite site;

    @SuppressWarnings("NullAway.Init")
    private Host machine;

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path command;

    private int runs;

    @BeforeEach
    void start() throws IOException {
        site = new UpdateSite(dir);
        machine = site.machine();
        folder = Files.createDirectory(dir.resolve("folder"));
        command = script(
                "command",
                "echo \"$1:$(echo $UPDATE_FILES)\" >> '" + dir + "/ran'",
                "echo \"number $UPDATE_RELEASE in $UPDATE_DIRECTORY\"",
                "[ ! -e '" + dir + "/block' ] || { echo $$ > '" + dir + "/pid'; exec sleep 60; }",
                "[ ! -e '" + dir + "/fail' ] || exit 3",
                "echo ended >> '" + dir + "/ran'");
    }

    @AfterEach
    void stop() {
        site.close();
    }

    private Path script(String name, String... lines) throws IOException {
        Path script = Files.writeString(dir.resolve(name), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private List<String> update(String... more) {
        List<String> way = List.of(more).contains("--via") ? List.of() : List.of("--via", "lan");
        List<String> all = new ArrayList<>(List.of(Host.WAYBILL, "update", "--to", Site.URL, "--json"));
        all.addAll(List.of("--trust", site.site.anchor.toString(), "--interface", "eth0", "--give-up", "5s"));
        all.addAll(List.of("--data", dir.resolve("state").toString(), "-C", folder.toString()));
        all.addAll(way);
        all.addAll(List.of(more));
        return all;
    }

    private Service keep(String... more) {
        return machine.background(Map.of(), dir.resolve("update" + ++runs + ".log"), update(more));
    }

    /** What it has said so far. */
    private List<JsonNode> said() {
        List<JsonNode> said = new ArrayList<>();
        try {
            Path out = dir.resolve("update" + runs + ".log.out");
            for (String line : Files.exists(out) ? Files.readAllLines(out) : List.<String>of()) {
                said.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return said;
    }

    private void until(String what, Service service, Predicate<JsonNode> line) {
        int before = said().size();
        Awaitility.await(what).atMost(MOST).pollInterval(Duration.ofMillis(100)).until(() -> {
            assertThat(service.alive()).as(service.log()).isTrue();
            return said().stream().skip(Math.max(0, before - 1)).anyMatch(line);
        });
    }

    private List<String> ran() throws IOException {
        Path ran = dir.resolve("ran");
        return Files.exists(ran) ? Files.readAllLines(ran) : List.of();
    }

    @Test
    void aFolderIsKeptCurrentAndTheCommandRunsAfterEachChange() throws Exception {
        Path main = site.put("av/main.cvd", 3_000_000, 1);
        site.put("rules/a.rules", 1000, 2);
        site.put("other", 1000, 3);
        site.publish();
        site.site.startRelay(site.site.relayHost(), "relay");
        Service keeping = keep(
                "av/main.cvd", "rules/", "--every", "1s", "--jitter", "0", "--then", command.toString(), "$(id) ;x");
        until("the first round", keeping, line -> line.path("outcome").asText().equals("fetched"));
        assertThat(folder.resolve("av/main.cvd")).hasSameBinaryContentAs(main);
        assertThat(folder.resolve("rules/a.rules")).exists();
        assertThat(folder.resolve("other")).doesNotExist();
        assertThat(ran()).as("as it was written").containsExactly("$(id) ;x:./av/main.cvd ./rules/a.rules", "ended");
        assertThat(keeping.log()).contains("number 1 in ");
        JsonNode round = said().getLast();
        assertThat(round.path("folder").findValuesAsText("standing")).containsOnly("holds");
        assertThat(round.path("folder").path(0).path("ageSeconds").asLong()).isBetween(0L, 300L);

        Shell.Result second = machine.run(Map.of(), MOST, update("--once"));
        assertThat(second.code(6).err()).contains("another process keeps");

        Files.createFile(dir.resolve("fail"));
        Path changed = site.put("rules/b.rules", 1000, 4);
        site.publish();
        until(
                "the command fails",
                keeping,
                line -> line.path("command").path("exit").asInt() == 3);
        assertThat(folder.resolve("rules/b.rules")).hasSameBinaryContentAs(changed);
        // It may have been run again meanwhile, and failed again.
        assertThat(ran().stream().skip(2)).isNotEmpty().containsOnly("$(id) ;x:./rules/b.rules");

        // The relay and all else is away: it goes on trying, and says how old everything is.
        Net.ip("-n", machine.namespace(), "link", "set", "eth0", "down");
        until("nobody has it", keeping, line -> line.path("outcome").asText().equals("expired"));
        assertThat(said().getLast().path("folder")).hasSize(3);
        Files.delete(dir.resolve("fail"));
        until(
                "it is run again",
                keeping,
                line -> line.path("command").path("ok").asBoolean());
        assertThat(ran()).last().isEqualTo("ended");
        Net.ip("-n", machine.namespace(), "link", "set", "eth0", "up");
        until("it is back", keeping, line -> line.path("outcome").asText().equals("current"));

        Shell.run("kill", "-TERM", Long.toString(keeping.pid())).ok();
        assertThat(keeping.await(Duration.ofSeconds(20))).as(keeping.log()).isZero();
        assertThat(said().getLast().path("event").asText()).isEqualTo("stopped");
    }

    @Test
    void killedInTheMiddleTheCommandIsRunAtTheNextStartAndAFullDiskIsOutlasted() throws Exception {
        site.put("a", 3_000_000, 1);
        site.publish();
        site.site.startRelay(site.site.relayHost(), "relay");
        Files.createFile(dir.resolve("block"));
        Service killed = keep("--every", "1s", "--then", command.toString(), "x");
        Path pid = dir.resolve("pid");
        Awaitility.await("the command runs").atMost(MOST).until(() -> Files.exists(pid) && Files.size(pid) > 0);
        killed.kill();
        Shell.run("kill", "-KILL", Files.readString(pid).strip()).ok();
        assertThat(ran()).containsExactly("x:./a");
        Files.delete(dir.resolve("block"));

        // Without any network, in place of the one that was killed.
        Net.ip("-n", machine.namespace(), "link", "set", "eth0", "down");
        JsonNode resumed = Site.json(machine.run(Map.of(), MOST, update("--once", "--then", command.toString(), "y"))
                .code(4));
        assertThat(resumed.path("event").asText()).isEqualTo("command");
        assertThat(ran()).containsExactly("x:./a", "y:./a", "ended");
        Net.ip("-n", machine.namespace(), "link", "set", "eth0", "up");

        JsonNode current = Site.json(machine.run(Map.of(), MOST, update("--once", "--then", command.toString(), "z"))
                .ok());
        assertThat(current.path("outcome").asText()).isEqualTo("current");
        assertThat(current.has("command")).as("it knows").isFalse();

        try (SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), 8)) {
            List<String> onDisk = new ArrayList<>(update("--once", "--then", command.toString(), "full"));
            onDisk.set(onDisk.indexOf(folder.toString()), disk.place().toString());
            disk.fill();
            Shell.Result full = machine.run(Map.of(), MOST, disk.inside(onDisk));
            assertThat(Site.json(full.code(6)).path("hint").asText()).contains("room");
            assertThat(disk.seen("a")).doesNotExist();
            disk.free();
            machine.run(Map.of(), MOST, disk.inside(onDisk)).ok();
            assertThat(disk.seen("a")).hasSize(3_000_000);
        }
        assertThat(ran()).containsExactly("x:./a", "y:./a", "ended", "full:./a", "ended");
    }

    @Test
    void whatIsAboutToHoldNoLongerIsSaidAndThenThatItDoesNot() throws Exception {
        site.put("a", 1000, 1);
        site.publish("--expires", "30s");
        machine = site.site.relayHost();
        Service keeping = keep("--via", "direct", "--connect-to", Site.BACKEND_AT, "--every", "1s", "--jitter", "0");
        until("the first round", keeping, line -> line.path("outcome").asText().equals("fetched"));
        until("it ends soon", keeping, line -> warnings(line).contains("1 file will hold only until"));
        until("it has ended", keeping, line -> warnings(line).contains("1 file held until"));
        assertThat(folder.resolve("a")).as("it stays").exists();
        site.publish();
        until(
                "all is well",
                keeping,
                line -> line.path("outcome").asText().equals("current")
                        && warnings(line).equals("[]"));
    }

    @Test
    void whoSharesGivesToTheNextWhenTheOriginIsGoneAndNeverStandsInTheWayOfWhatIsNew() throws Exception {
        Path file = site.put(UpdateSite.NAME, 9_000_000, 1);
        site.put("other", 1000, 2);
        site.publish();
        machine = site.site.relayHost();
        Service sharing = keep("--via", "auto", "--connect-to", Site.BACKEND_AT, "--share", UpdateSite.NAME);
        until("the first round", sharing, line -> line.path("outcome").asText().equals("fetched"));
        Net.ip("-n", site.site.backend.namespace(), "link", "set", "eth0", "down");

        Host second = site.machine();
        Service fetching = second.background(
                Map.of(), dir.resolve("second.log"), site.fetch("second", "--via", "lan", "--share", "5m"));
        Awaitility.await("the second has it").atMost(MOST).until(() -> Files.exists(site.got("second")));
        assertThat(site.got("second")).hasSameBinaryContentAs(file);
        List<String> other = new ArrayList<>(site.fetch("other", "--via", "lan", "--give-up", "3s"));
        other.set(other.indexOf(UpdateSite.FILE), Site.URL + "/files/other");
        assertThat(site.machine().run(Map.of(), MOST, other).code())
                .as("it fetches nothing for others")
                .isEqualTo(4);

        // And so on: the first is gone, the second gives what it fetched.
        sharing.close();
        JsonNode third = Site.json(site.machine()
                .run(Map.of(), MOST, site.fetch("third", "--via", "lan"))
                .ok());
        assertThat(site.got("third")).hasSameBinaryContentAs(file);
        assertThat(third.path("fromLan").asLong()).isEqualTo(9_000_000);
        assertThat(fetching.alive()).as("it gives for as long as was said").isTrue();

        // A relay that can ask the origin is heard before those who hold what may be old.
        Net.ip("-n", site.site.backend.namespace(), "link", "set", "eth0", "up");
        site.site.startRelay(site.site.relayHost(), "relay");
        site.site.answering(1);
        Path newer = site.put(UpdateSite.NAME, 5_000_000, 3);
        site.publish();
        machine = site.machine();
        machine.run(Map.of(), MOST, update("--once")).ok();
        assertThat(folder.resolve(UpdateSite.NAME)).hasSameBinaryContentAs(newer);
    }

    private static String warnings(JsonNode line) {
        return line.path("warnings").toString();
    }

    @Test
    void whatWasReceivedIsNeverRunAndMistakesAreSaidAtTheStart() throws Exception {
        Path received = Files.copy(command, folder.resolve("received"));
        assertThat(received.toFile().setExecutable(true)).isTrue();
        assertThat(machine.run(Map.of(), MOST, update("--then", received.toString()))
                        .code(2)
                        .err())
                .contains("what is received is never run");
        assertThat(machine.run(Map.of(), MOST, update("--then", "no-such-program", "x"))
                        .code(2)
                        .err())
                .contains("there is no program no-such-program");
        assertThat(machine.run(Map.of(), MOST, update("../escape")).code(2).err())
                .contains("no file can be published by one of these names");
        // From the configuration, a line of words.
        assertThat(machine.run(Map.of("WAYBILL_THEN", "no-such-either --json"), MOST, update())
                        .code(2)
                        .err())
                .contains("there is no program no-such-either");
        assertThat(dir.resolve("ran")).doesNotExist();
    }
}
