package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The upload way among hosts: a sender without a route, relays with one, a backend. */
final class DeliveryTest {
    private static final Pattern WAIT = Pattern.compile("maximum wait (\\d+) s");

    @TempDir
    Path dir;

    @Test
    void aSenderWithoutARouteIsServedByARelayWithinTheWaitItPrinted() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Service relay = site.startRelay(site.relayHost(), "relay", "--every", "5s");
            Path file = site.file("crash.dmp", 300_000, 1);
            assertThat(site.sender.run("ip", "route", "get", "10.78.0.1").code())
                    .as("the sender has no route to the backend")
                    .isNotZero();

            long begun = System.nanoTime();
            Shell.Result sent = site.send(file).ok();
            Duration took = Duration.ofNanos(System.nanoTime() - begun);

            assertThat(sent.err()).contains(relay.said("node"));
            assertThat(took).isLessThan(Duration.ofSeconds(printedWait(sent.err()) + 30));
            verifies(site, sent, file);
            assertThat(site.stored()).hasSize(1);
        }
    }

    @Test
    void directlyIsUsedWhereThereIsARoute() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.net.plug(site.sender, site.wan, "eth1", "10.78.0.2/24");
            Path file = site.file("log.txt", 1000, 2);
            Shell.Result sent = site.sender
                    .waybill(
                            "send",
                            file.toString(),
                            "--to",
                            Site.URL,
                            "--trust",
                            site.anchor.toString(),
                            "--connect-to",
                            Site.BACKEND_AT,
                            "--data",
                            dir.resolve("sender").toString())
                    .ok();
            assertThat(sent.err()).contains("forwarding to the backend");
            verifies(site, sent, file);
        }
    }

    @Test
    void receiptsMayLieOnAnotherDiskThanTheOutbox() throws Exception {
        try (Site site = new Site(dir);
                SmallDisk disk = SmallDisk.mount(Files.createDirectories(dir.resolve("sender/receipts")), 3)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "relay", "--every", "0");
            Path file = site.file("crash.dmp", 10_000, 4);
            site.sender
                    .run(disk.inside(Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file))))
                            .toArray(String[]::new))
                    .ok();
            assertThat(disk.seen(".").toFile().list())
                    .anyMatch(name -> name.endsWith(".receipt"))
                    .anyMatch(name -> name.endsWith(".waybill.xml"));
            assertThat(dir.resolve("sender/outbox")).isDirectoryNotContaining(Files::isDirectory);
        }
    }

    @Test
    void whenTheChosenRelayDiesAfterItAcceptedTheOtherDeliversTheSamePair() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Map<String, Service> relays = new java.util.LinkedHashMap<>();
            for (String name : List.of("one", "two")) {
                Service relay = site.startRelay(site.relayHost(), name, "--every", "5s");
                relays.put(relay.said("node"), relay);
            }
            Path file = site.file("scan.xml", 100_000, 3);
            Path log = dir.resolve("send.log");
            Service send = site.sender.background(
                    Map.of(), log, Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file))));
            Awaitility.await("a relay has accepted")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> send.log().contains("accepted by relay "));
            String chosen = relays.keySet().stream()
                    .filter(node -> send.log().contains("accepted by relay " + node))
                    .findFirst()
                    .orElseThrow();
            java.util.Objects.requireNonNull(relays.get(chosen)).kill();
            long killed = System.nanoTime();

            assertThat(send.await(Duration.ofMinutes(2))).as(send.log()).isZero();
            Duration took = Duration.ofNanos(System.nanoTime() - killed);
            List<Integer> waits = waits(send.log());
            assertThat(waits).hasSizeGreaterThanOrEqualTo(2);
            assertThat(took).isLessThan(Duration.ofSeconds(Math.min(90, waits.get(0) + waits.get(1))));
            String other = relays.keySet().stream()
                    .filter(node -> !node.equals(chosen))
                    .findFirst()
                    .orElseThrow();
            assertThat(send.log()).contains("receipt verified, brought by relay " + other);
            assertThat(site.stored()).as("the backend holds it once").hasSize(1);
            assertThat(blacklist(site))
                    .as("the dead one was late while the other delivered")
                    .contains(chosen);
        }
    }

    @Test
    void anInterruptedSendGoesOnWithTheSameBytes() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Path file = site.file("later.bin", 50_000, 4);
            Shell.Result early = site.send(file, "--give-up", "3s").code(4);
            assertThat(early.err()).contains("hint: ");

            Host relayHost = site.relayHost();
            Service relay = site.startRelay(relayHost, "relay", "--every", "1h");
            Path log = dir.resolve("send.log");
            Service send = site.sender.background(
                    Map.of(), log, Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file))));
            Awaitility.await("accepted")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> send.log().contains("accepted by relay"));
            send.close();
            relay.close();
            site.startRelay(relayHost, "relay", "--every", "0");

            Shell.Result collected = site.sender
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
                            dir.resolve("sender").toString(),
                            "-v")
                    .ok();
            assertThat(collected.out()).contains("delivered ");
            assertThat(site.stored()).hasSize(1);
            assertThat(site.sender
                            .waybill(
                                    "receipts",
                                    "collect",
                                    "--trust",
                                    site.anchor.toString(),
                                    "--data",
                                    dir.resolve("sender").toString())
                            .ok()
                            .err())
                    .contains("nothing is outstanding");
        }
    }

    @Test
    void relaysAreListedWithWhatTheyPromise() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Service one = site.startRelay(site.relayHost(), "one", "--every", "15m");
            Service two = site.startRelay(site.relayHost(), "two");
            site.answering(2);
            Shell.Result listed = site.sender
                    .waybill(
                            "relays",
                            "--to",
                            Site.URL,
                            "--interface",
                            "eth0",
                            "--data",
                            dir.resolve("s").toString())
                    .ok();
            assertThat(listed.out()).contains(one.said("node"), two.said("node"));
            Shell.Result nobody = site.sender
                    .waybill(
                            "relays",
                            "--to",
                            "https://other.example/inbox",
                            "--interface",
                            "eth0",
                            "--data",
                            dir.resolve("s").toString(),
                            "--json")
                    .code(4);
            assertThat(Site.json(nobody).path("relays")).isEmpty();
        }
    }

    @Test
    void severalFilesAndFoldersComeOutAsTheyWentIn() throws Exception {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "relay");
            Path top = dir.resolve("Berichte 2026");
            Path folder = Files.createDirectories(top.resolve("inner"));
            Files.writeString(folder.resolve("ä b.txt"), "eins");
            Files.writeString(top.resolve("empty"), "");
            Path single = site.file("single.bin", 5000, 5);
            site.send(single, top.toString()).ok();
            Path opened = dir.resolve("opened");
            site.backend
                    .waybill(
                            "open",
                            site.stored().getFirst().toString(),
                            "--identity",
                            dir.resolve("backend/offline/identity.txt").toString(),
                            "-C",
                            opened.toString())
                    .ok();
            assertThat(opened.resolve("files/single.bin")).hasSameBinaryContentAs(single);
            assertThat(find(opened, "ä b.txt")).hasContent("eins");
            assertThat(find(opened, "empty")).isEmptyFile();
        }
    }

    private static Path find(Path root, String name) throws java.io.IOException {
        try (var files = Files.walk(root)) {
            return files.filter(path -> path.getFileName().toString().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The receipt is checked by our program, by openssl, and the parcel opened by age and tar. */
    private void verifies(Site site, Shell.Result sent, Path file) {
        String receipt = line(sent.out(), "receipt ");
        Shell.Result verified = site.sender
                .waybill("verify", receipt, "--trust", site.anchor.toString(), "--file", file.toString(), "--json")
                .ok();
        String received = Site.json(verified).path("received").asText();
        String openssl = "openssl cms -verify -inform DER -in '" + receipt + "' -binary -CAfile '" + site.anchor
                + "' -no-CApath -no-CAstore -verify_hostname " + Site.HOST + " -attime $(date -u -d " + received
                + " +%s)";
        assertThat(Shell.sh(openssl).ok().out()).startsWith("<service type=\"receipt\"");
        Path opened = dir.resolve("opened-by-age");
        Shell.sh("mkdir '" + opened + "' && age -d -i '" + dir.resolve("backend/offline/identity.txt") + "' '"
                        + site.stored().getFirst() + "' | tar x -C '" + opened + "'")
                .ok();
        assertThat(opened.resolve("files").resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }

    private static String blacklist(Site site) {
        return site.sender
                .waybill(
                        "blacklist",
                        "list",
                        "--data",
                        site.dir.resolve("sender").toString())
                .ok()
                .out();
    }

    static String line(String text, String start) {
        return text.lines()
                .filter(line -> line.startsWith(start))
                .findFirst()
                .map(line -> line.substring(start.length()).strip())
                .orElseThrow(() -> new AssertionError("no line '" + start + "' in\n" + text));
    }

    private static int printedWait(String text) {
        return Optional.of(waits(text))
                .filter(list -> !list.isEmpty())
                .map(List::getFirst)
                .orElseThrow();
    }

    static List<Integer> waits(String text) {
        Matcher matcher = WAIT.matcher(text);
        List<Integer> waits = new java.util.ArrayList<>();
        while (matcher.find()) {
            waits.add(Integer.parseInt(matcher.group(1)));
        }
        return waits;
    }
}
