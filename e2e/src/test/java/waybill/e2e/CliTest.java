package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the README promises of the command line: its samples, its exit codes, JSON for scripts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CliTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    /** The commands of "Deliver something", as this test knows them. Whoever changes the README changes this. */
    private static final List<String> SAMPLES = List.of(
            "./waybill backend init backend/ --host backend.example",
            "./waybill backend run backend/ --listen 0.0.0.0:443",
            "./waybill relay run --to https://backend.example/inbox --trust anchor.pem --every 15m",
            "./waybill send crash.dmp --to https://backend.example/inbox --trust anchor.pem",
            "./waybill verify ~/.local/state/waybill/receipts/ID.receipt --trust anchor.pem --file crash.dmp",
            "./waybill publish updates/ --backend backend/ --offline /media/safe/offline     # at least every three days",
            "./waybill fetch --all https://backend.example/inbox -C updates/ --trust anchor.pem",
            // UpdateTest runs this one.
            "./waybill update --to https://backend.example/inbox --trust anchor.pem -C updates/ --then systemctl reload"
                    + " clamav-daemon");

    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private Site site;

    private String receipt = "";

    /** The README's samples, with what this scene needs besides: where the backend is without DNS, and a shorter period. */
    @BeforeAll
    void theSamplesOfTheReadmeAreRun(@TempDir Path temporary) throws Exception {
        dir = temporary;
        site = new Site(dir);
        String readme = Files.readString(HOME.resolve("README.md"));
        String section = readme.substring(readme.indexOf("## Deliver something"));
        assertThat(section.lines()
                        .filter(line -> line.startsWith("    ./waybill "))
                        .map(String::strip))
                .containsExactlyElementsOf(SAMPLES);
        Shell.run("rm", "-r", dir.resolve("backend").toString()).ok();
        Files.write(dir.resolve("crash.dmp"), new byte[100_000]);

        sample(site.backend, 0).ok();
        Files.copy(dir.resolve("backend/anchor.pem"), dir.resolve("anchor.pem"));
        site.backend.service(home(), dir.resolve("backend.log"), line(SAMPLES.get(1), "--keep-free 0 --json"));
        site.relayHost()
                .service(
                        home(),
                        dir.resolve("relay.log"),
                        line(
                                SAMPLES.get(2).replace("15m", "2s"),
                                "--connect-to 10.78.0.1:443 --interface eth0 --keep-free 0 --json"));
        Shell.Result sent = sample(site.sender, 3).ok();
        receipt = DeliveryTest.line(sent.out(), "receipt ");
        String id = Path.of(receipt).getFileName().toString().replace(".receipt", "");
        assertThat(receipt).isEqualTo(dir + "/.local/state/waybill/receipts/" + id + ".receipt");
        site.sender
                .run(home(), Duration.ofMinutes(1), line(SAMPLES.get(4).replace("ID", id), ""))
                .ok();
        theSamplesOfUpdatesAreRun();
    }

    private void theSamplesOfUpdatesAreRun() throws Exception {
        Path updates = Files.createDirectory(dir.resolve("updates"));
        Files.writeString(updates.resolve("rules.txt"), "deny all\n");
        String publish = SAMPLES.get(5).replace("/media/safe/offline", "backend/offline");
        site.backend.run(home(), Duration.ofMinutes(1), line(publish, "")).ok();
        Files.move(updates, dir.resolve("published"));
        Files.createDirectory(updates);
        site.sender.run(home(), Duration.ofMinutes(2), line(SAMPLES.get(6), "")).ok();
        assertThat(updates.resolve("rules.txt")).hasContent("deny all");
    }

    @AfterAll
    void stop() {
        site.close();
    }

    @Test
    void everyExitCodeOfTheReadmeIsSeen() throws Exception {
        String readme = Files.readString(HOME.resolve("README.md"));
        Matcher rows = Pattern.compile("(?m)^\\| (\\d+) \\| ").matcher(readme);
        assertThat(rows.results().map(row -> row.group(1))).containsExactly("0", "1", "2", "3", "4", "5", "6", "130");
        // 1 is a fault of the program, and 3 is in RefusedTest; 0 is shown above.
        String trust = " --trust " + dir.resolve("anchor.pem");
        String to = " --to " + Site.URL + trust;

        Shell.Result usage = waybill("send crash.dmp --to nonsense" + trust).code(2);
        assertThat(usage.err()).startsWith("waybill: error: ").contains("hint: ");
        Shell.Result expired = waybill("send crash.dmp --via lan --interface lo --give-up 1s --json" + to)
                .code(4);
        assertThat(JSON.readTree(expired.out()).path("kept").asBoolean()).isTrue();
        assertThat(JSON.readTree(expired.out()).path("exit").asInt()).isEqualTo(4);

        byte[] bytes = Files.readAllBytes(Path.of(receipt));
        bytes[bytes.length / 2] ^= 1;
        Files.write(dir.resolve("flipped.receipt"), bytes);
        Shell.Result flipped = waybill("verify flipped.receipt --json" + trust).code(5);
        assertThat(JSON.readTree(flipped.out()).path("exit").asInt()).isEqualTo(5);
        Shell.Result missing = waybill("send no-such-file" + to).code(6);
        assertThat(missing.err()).contains("there is no file no-such-file");
        Shell.Result noText = waybill("send $'no\\xfftext'" + to).code(6);
        assertThat(noText.err()).contains("is not text in UTF-8").contains("hint: rename the file");
        Files.copy(Path.of(receipt), dir.resolve("moved.receipt"));
        Shell.Result elsewhere =
                waybill("verify moved.receipt --file crash.dmp" + trust).code(6);
        assertThat(elsewhere.err()).contains(".waybill.xml").contains("name it with --waybill");

        // where nobody is asked who is there
        String nobody = " --discovery-port 7599 --no-dns-sd";
        Service waits = site.sender.background(
                home(),
                dir.resolve("interrupted.log"),
                line("./waybill send crash.dmp --via lan --interface eth0 -v" + nobody + to, ""));
        org.awaitility.Awaitility.await("it looks for somebody")
                .atMost(Duration.ofSeconds(60))
                .until(() -> waits.log().contains("sealed 1 file"));
        Shell.run("kill", "-INT", Long.toString(waits.pid())).ok();
        assertThat(waits.await(Duration.ofSeconds(30))).as(waits.log()).isEqualTo(130);
        assertThat(waits.log()).contains("waybill: error: interrupted").contains("receipts collect");
        assertThat(waybill("receipts list").ok().out())
                .contains("crash.dmp, ")
                .contains(": no relay or backend had it yet");
    }

    @Test
    void anAddressThatIsTakenIsSaidInOneLine() {
        // the scene's backend has it
        String command = "cd '" + dir + "' && exec '" + Host.WAYBILL + "' ";
        List<String> services = List.of(
                "relay run --to " + Site.URL + " --trust anchor.pem --interface lo --listen 0.0.0.0:443 --data second",
                "backend run another --listen 0.0.0.0:443");
        waybill("backend init another --host another.example").ok();
        Shell.run("rm", "-r", dir.resolve("another/offline").toString()).ok();
        for (String service : services) {
            Shell.Result said =
                    site.backend.run("bash", "-c", command + service).code(6);
            assertThat(said.out()).isEmpty();
            assertThat(said.err().lines().filter(line -> !line.contains(" INFO ")))
                    .as(said.err())
                    .hasSize(2)
                    .first()
                    .asString()
                    .contains(" cannot start: ")
                    .contains("Address already in use");
        }
    }

    @Test
    void everyCommandSpeaksJson() throws Exception {
        Path kept = dir.resolve(".local/state/waybill");
        Path parcel;
        try (Stream<Path> files = Files.walk(dir.resolve("backend/data/upload"))) {
            parcel = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        String trust = " --trust anchor.pem";
        assertThat(json("verify " + receipt + trust + " --file crash.dmp")
                        .path("exit")
                        .asInt())
                .isZero();
        assertThat(json("open " + parcel + " --identity backend/offline/identity.txt -C out")
                        .path("files"))
                .hasSize(1);
        assertThat(json("relays --to " + Site.URL + " --interface eth0")
                        .path("relays")
                        .isArray())
                .isTrue();
        outcome("listed", "blacklist list --data " + kept);
        outcome("pardoned", "blacklist clear --data " + kept);
        outcome("collected", "receipts collect" + trust + " --data fresh");
        outcome("made", "backend init other --host other.example");
        outcome("renewed", "backend renew other --offline other/offline");
        outcome("listed", "backend arrivals backend");
        Path updates = Files.createDirectories(dir.resolve("updates"));
        Files.writeString(updates.resolve("rules.txt"), "allow");
        assertThat(json("publish updates --backend other").path("new")).hasSize(1);
    }

    @Test
    void scriptsSayWhatTheyAre() {
        Shell.Result check = Shell.run(HOME.resolve("check").toString(), "x").code(2);
        assertThat(check.err()).contains("Installs what the tests need, then runs them all");
        Shell.Result ci = Shell.run(HOME.resolve(".ci/run").toString(), "x").code(2);
        assertThat(ci.err()).contains("What a CI machine runs");
        Shell.Result sender =
                Shell.run(HOME.resolve("examples/send.sh").toString(), "--help").code(0);
        assertThat(sender.out()).contains("send.sh ALIAS NODE BACKEND ANCHOR FILE [OUTDIR]");
        assertThat(Shell.run(HOME.resolve("examples/send.sh").toString())
                        .code(2)
                        .err())
                .contains("send.sh ALIAS");
    }

    private void outcome(String wanted, String args) throws IOException {
        assertThat(json(args).path("outcome").asText()).as(args).isEqualTo(wanted);
    }

    /** A command that ends with 0 and prints JSON and nothing else. */
    private JsonNode json(String args) throws IOException {
        String out = waybill(args + " --json").ok().out();
        assertThat(out).as(args).isNotBlank();
        JsonNode last = JSON.nullNode();
        for (String line : out.lines().toList()) {
            last = JSON.readTree(line);
            assertThat(last.isObject()).as(line).isTrue();
        }
        assertThat(last.path("outcome").asText()).as(args).isNotBlank();
        assertThat(last.path("exit").isInt() && last.path("exit").asInt() == 0)
                .as(out)
                .isTrue();
        return last;
    }

    private Shell.Result sample(Host host, int number) {
        return host.run(home(), Duration.ofMinutes(2), line(SAMPLES.get(number), ""));
    }

    private Shell.Result waybill(String args) {
        return site.sender.run(home(), Duration.ofMinutes(1), line("./waybill " + args, ""));
    }

    /** The command as a person in the folder of the test would type it. */
    private List<String> line(String sample, String more) {
        String command = sample.replaceFirst("^\\./waybill", "exec '" + Host.WAYBILL + "'");
        return List.of("bash", "-c", "cd '" + dir + "' && " + command + " " + more);
    }

    private Map<String, String> home() {
        return Map.of("HOME", dir.toString(), "WAYBILL_JVM_OPTIONS", "-Duser.home=" + dir);
    }
}
