package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;

/** A sender that no network reaches, a stick, and a machine with a route: section 9 of the specification. */
final class CarriedByHandTest {
    @TempDir
    Path dir;

    private Site site;
    private Host home;
    private Host gateway;
    private SmallDisk stick;
    private Path data;

    @BeforeEach
    void scene() {
        site = new Site(dir);
        home = site.net.host("air");
        gateway = site.net.host("gw");
        site.net.plug(gateway, site.wan, "eth0", "10.78.0.50/24");
        stick = SmallDisk.stick(dir.resolve("stick"), 24);
        data = dir.resolve("home");
    }

    @AfterEach
    void away() {
        site.close();
        stick.close();
    }

    private Shell.Result atHome(String... args) {
        return waybill(home, List.of(args), "--data", data.toString());
    }

    private Shell.Result export(String... args) {
        return atHome(Shell.list(List.of("export", stick.place().toString()), List.of(args))
                .toArray(String[]::new));
    }

    private Shell.Result seal(Path file, String... more) {
        return export(Shell.list(List.of(file.toString(), "--to", Site.URL), List.of(more))
                .toArray(String[]::new));
    }

    private Shell.Result deliver(String... more) {
        return waybill(
                gateway,
                Shell.list(
                        List.of(
                                "import",
                                stick.place().toString(),
                                "--to",
                                Site.URL,
                                "--connect-to",
                                Site.BACKEND_AT,
                                "--via",
                                "direct"),
                        List.of(more)),
                "--data",
                dir.resolve("gateway").toString());
    }

    private Shell.Result collect(String... more) {
        return atHome(Shell.list(
                        List.of("receipts", "collect", "--from", stick.place().toString()), List.of(more))
                .toArray(String[]::new));
    }

    private Shell.Result waybill(Host host, List<String> args, String... more) {
        List<String> command = new ArrayList<>(List.of(Host.WAYBILL));
        command.addAll(args);
        command.addAll(List.of("--trust", site.anchor.toString(), "--json"));
        command.addAll(List.of(more));
        return host.run(Map.of(), Duration.ofMinutes(2), stick.inside(command));
    }

    private Path profile() {
        return dir.resolve("backend/online/profile.cms");
    }

    /** What lies on the stick and is ours. */
    private List<String> names() {
        try (Stream<Path> files = Files.list(stick.seen(""))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f].*\\.[a-z]+|\\..*\\.part"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> names(String ending) {
        return names().stream().filter(name -> name.endsWith(ending)).toList();
    }

    private byte[] onStick(String ending) throws IOException {
        return Files.readAllBytes(stick.seen(names(ending).getFirst()));
    }

    private static JsonNode only(Shell.Result result, String list) {
        JsonNode items = Site.json(result).path(list);
        assertThat(items).as(result.out() + result.err()).hasSize(1);
        return items.get(0);
    }

    private JsonNode outbox() {
        return Site.json(export()).path("parcels");
    }

    @Test
    void aStickCarriesTheProfileOutTheParcelInAndTheReceiptHome() throws Exception {
        site.startBackend();
        assertThat(home.run("ip", "route", "get", "10.78.0.1").code()).isNotZero();
        Path file = site.file("crash.dmp", 300_000, 1);

        assertThat(seal(file).code(2).err() + Site.json(seal(file)).path("hint").asText())
                .as("no profile, and the words say where it comes from")
                .contains("import");
        assertThat(Site.json(deliver().ok()).path("profile").asText()).isEqualTo("left");
        Shell.Result exported = seal(file).ok();
        assertThat(Site.json(exported).path("proof").asText()).isEqualTo("pending");
        assertThat(names()).hasSize(3);
        assertThat(site.stored()).isEmpty();

        assertThat(only(deliver().ok(), "deliveries").path("outcome").asText()).isEqualTo("delivered");
        assertThat(names(".receipt")).hasSize(1);
        assertThat(site.stored()).hasSize(1);

        JsonNode collected = only(collect().ok(), "tasks");
        assertThat(collected.path("outcome").asText()).isEqualTo("delivered");
        Path receipt = Path.of(collected.path("receipt").asText());
        assertThat(receipt).hasBinaryContent(onStick(".receipt"));
        home.run(
                        Host.WAYBILL,
                        "verify",
                        receipt.toString(),
                        "--trust",
                        site.anchor.toString(),
                        "--file",
                        file.toString())
                .ok();

        assertThat(only(deliver().ok(), "deliveries").path("outcome").asText()).isEqualTo("before");
        assertThat(Site.json(collect("--remove").ok()).path("tasks")).isEmpty();
        assertThat(site.stored()).as("the backend holds it once").hasSize(1);
    }

    @Test
    void byHandAndByARelayItIsOneDelivery() throws Exception {
        site.startBackend();
        Path file = site.file("scan.xml", 100_000, 2);
        data = dir.resolve("sender");
        seal(file, "--profile", profile().toString()).ok();
        deliver().ok();
        site.startRelay(site.relayHost(), "relay");

        Shell.Result byLan = site.sender
                .waybill(
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
                        "--json")
                .ok();

        JsonNode delivered = only(byLan, "tasks");
        assertThat(delivered.path("outcome").asText()).isEqualTo("delivered");
        assertThat(Path.of(delivered.path("receipt").asText())).hasBinaryContent(onStick(".receipt"));
        assertThat(site.stored()).as("the backend holds it once").hasSize(1);
        assertThat(Site.json(collect().ok()).path("tasks")).as("long decided").isEmpty();
    }

    @Test
    void aStickThatIsFullAndOneThatIsPulledHoldNothingHalf() throws Exception {
        site.startBackend();
        Path large = site.file("large.bin", 20_000_000, 3);
        Files.write(stick.seen("holiday.jpg"), new byte[10_000_000]);
        Shell.Result full = seal(large, "--profile", profile().toString()).code(6);
        assertThat(only(full, "parcels").path("outcome").asText()).isEqualTo("error");
        assertThat(names()).isEmpty();
        Files.delete(stick.seen("holiday.jpg"));

        for (int attempt = 1; attempt == 1 || (attempt <= 10 && !names(".label").isEmpty()); attempt++) {
            // What was done before it could be killed is begun anew.
            for (String name : names()) {
                Files.delete(stick.seen(name));
            }
            Service killed = home.background(
                    Map.of(),
                    dir.resolve("export-" + attempt + ".log"),
                    stick.inside(List.of(
                            Host.WAYBILL,
                            "export",
                            stick.place().toString(),
                            "--trust",
                            site.anchor.toString(),
                            "--data",
                            data.toString())));
            Awaitility.await("it is being written")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> !killed.alive() || !names(".part").isEmpty());
            killed.kill();
        }
        assertThat(names(".label")).isEmpty();
        assertThat(Site.json(deliver().ok()).path("deliveries"))
                .as("what has no label is no delivery")
                .isEmpty();

        assertThat(outbox()).hasSize(1);
        assertThat(names(".part")).isEmpty();
        assertThat(names(".label")).hasSize(1);
        assertThat(only(deliver().ok(), "deliveries").path("outcome").asText()).isEqualTo("delivered");
        collect().ok();
    }

    @Test
    void whoHadTheStickMeanwhileCanSpoilOnlyWhatLiesThere() throws Exception {
        // He puts links and pipes there, for which the filesystem of most sticks has no place.
        stick.close();
        stick = SmallDisk.mount(dir.resolve("stick-with-links"), 24);
        site.startBackend();
        for (int i = 0; i < 3; i++) {
            seal(site.file("file" + i, 1000 + i, i), "--profile", profile().toString())
                    .ok();
        }
        List<String> parcels = names(".parcel");
        Path first = stick.seen(parcels.get(0));
        Path second = stick.seen(parcels.get(1));
        byte[] bytes = Files.readAllBytes(first);
        Files.write(first, Files.readAllBytes(second));
        Files.write(second, bytes);
        String stranger = "019a8c1e-7b2a-7c3d-8e4f-0123456789ab.";
        Files.createSymbolicLink(stick.seen(stranger + "0".repeat(64) + ".label"), Path.of("/etc/passwd"));
        home.run(stick.inside(List.of("mkfifo", stick.place() + "/" + stranger + "1".repeat(64) + ".label"))
                        .toArray(String[]::new))
                .ok();
        Files.writeString(stick.seen("..%2f..%2fetc%2fpasswd.label"), "x");

        Shell.Result result = deliver().code(5);
        assertThat(Site.json(result).path("deliveries"))
                .extracting(item -> item.path("outcome").asText())
                .containsExactlyInAnyOrder("delivered", "damaged", "damaged", "bad label", "bad label");
        assertThat(site.stored()).hasSize(1);

        // A receipt of another delivery, and one that somebody made.
        byte[] good = onStick(".receipt");
        Files.write(stick.seen(parcels.get(0).replace(".parcel", ".receipt")), good);
        Packet.Label label = label(parcels.get(1).replace(".parcel", ".label"));
        byte[] forged = new Forgeries(dir.resolve("backend"), Site.HOST)
                .selfSigned(new Packet.Receipt(
                        label.id(),
                        label.backend(),
                        label.size(),
                        label.sha256(),
                        Optional.of(label.contents()),
                        true,
                        Optional.of(label.recipient()),
                        Instant.now().truncatedTo(ChronoUnit.SECONDS)));
        Files.write(stick.seen(parcels.get(1).replace(".parcel", ".receipt")), forged);

        Shell.Result collected = collect().code(5);
        assertThat(Site.json(collected).path("tasks"))
                .extracting(task -> task.path("outcome").asText())
                .containsExactlyInAnyOrder("delivered", "rejected", "rejected");
        assertThat(Site.json(home.waybill("blacklist", "list", "--json", "--data", data.toString())
                                .ok())
                        .path("blacklist"))
                .as("nobody was proved")
                .isEmpty();

        // Written anew, what was spoilt goes after all; the forgeries make room.
        assertThat(outbox()).hasSize(2);
        deliver().code(5);
        assertThat(names(".receipt")).hasSize(3);
        collect().ok();
        assertThat(site.stored()).hasSize(3);
    }

    @Test
    void oneWaySaysThatThereIsNoProofAndTheFarSideDeliversAllTheSame() throws Exception {
        site.startBackend();
        Path file = site.file("plc.log", 5000, 9);
        Shell.Result exported =
                seal(file, "--profile", profile().toString(), "--one-way").ok();
        assertThat(Site.json(exported).path("proof").asText()).isEqualTo("none");
        JsonNode parcel = only(exported, "parcels");
        assertThat(parcel.path("outcome").asText()).isEqualTo("unproven");
        assertThat(outbox()).isEmpty();
        Shell.Result words = home.run(stick.inside(List.of(
                        Host.WAYBILL,
                        "export",
                        stick.place().toString(),
                        site.file("next.log", 10, 1).toString(),
                        "--to",
                        Site.URL,
                        "--one-way",
                        "--trust",
                        site.anchor.toString(),
                        "--data",
                        data.toString()))
                .toArray(String[]::new));
        assertThat(words.ok().err()).contains("no proof");

        home.run(stick.inside(List.of("mount", "-o", "remount,ro", stick.place().toString()))
                        .toArray(String[]::new))
                .ok();
        Path far = dir.resolve("far");
        deliver("--receipts", far.toString()).ok();
        assertThat(names(".receipt")).isEmpty();
        String task = parcel.path("task").asText();
        Path receipt;
        try (Stream<Path> files = Files.list(far)) {
            receipt = files.filter(path -> path.getFileName().toString().startsWith(task))
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(site.stored()).hasSize(2);
        // Should the receipt find a way after all, what was kept at home is what it needs.
        home.run(
                        Host.WAYBILL,
                        "verify",
                        receipt.toString(),
                        "--trust",
                        site.anchor.toString(),
                        "--file",
                        file.toString(),
                        "--waybill",
                        parcel.path("waybill").asText())
                .ok();
    }

    private Packet.Label label(String name) throws IOException, PacketFault {
        return PacketCodec.parseLabel(Files.readAllBytes(stick.seen(name)));
    }
}
