package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.TestCms;
import waybill.signature.TestPki;

/** What is wrong gets a clear error, loses nothing, writes nothing elsewhere, and the service goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Random RANDOM = new Random(1);

    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private Site site;

    @SuppressWarnings("NullAway.Init")
    private Service relay;

    private String alias = "";
    private int sends;

    @BeforeAll
    void start(@TempDir Path temporary) {
        dir = temporary;
        site = new Site(dir);
        site.startBackend();
        relay = site.startRelay(site.relayHost(), "relay", "--quota", "3M", "--share", "1");
        alias = site.answering(1).path("relays").path(0).path("alias").asText();
        assertThat(alias).startsWith("https://10.77.0.10:7506/a/");
    }

    @AfterAll
    void stop() {
        site.close();
    }

    @Test
    void badDatagramsAreNeitherAnsweredNorLoggedEach() {
        long before = relay.log().lines().count();
        Shell.Result said = site.sender
                .run(java("BadDatagrams", "10.77.0.255", "7506", Site.URL, "5000")
                        .toArray(String[]::new))
                .ok();
        assertThat(said.out()).contains("good=1\n").contains("bad=0\n");
        assertThat(relay.log().lines().count() - before).as(relay.log()).isLessThan(20);
        assertThat(Site.json(relays()).path("relays")).hasSize(1);
    }

    @Test
    void oddNamesComeOutAsTheyWentInAndNowhereElse() throws Exception {
        Path folder = Files.createDirectories(dir.resolve("odd"));
        TreeSet<String> names = new TreeSet<>(List.of(
                "-rf",
                "--to",
                "...",
                "..a",
                "a..",
                " ",
                "$(touch x)",
                "`id`;'\"",
                "%2e%2e%2f",
                "~",
                "*",
                "waybill.xml",
                "x".repeat(255),
                "e\u0301\u00e9\ud83d\ude80",
                "CON",
                "a:b|c<d>&amp;"));
        for (String name : names) {
            Files.writeString(folder.resolve(name), name);
        }
        int held = site.stored().size();
        // Without a locale too, as under cron.
        Shell.Result sent = site.sender.run(Shell.list(
                        List.of("env", "-C", folder.toString(), "LC_ALL=C", Host.WAYBILL),
                        List.of(sendArgs("odd-sender", ".")))
                .toArray(String[]::new));
        sent.ok();
        assertThat(site.stored()).hasSize(held + 1);
        Path waybill = Path.of(DeliveryTest.line(sent.out(), "waybill "));
        Path opened = dir.resolve("odd-opened");
        open(parcelOf(waybill), opened).ok();
        try (Stream<Path> files = Files.walk(opened.resolve("files"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
        for (String name : names) {
            assertThat(opened.resolve("files").resolve(name)).hasContent(name);
        }
    }

    @Test
    void namesThatCouldFoolATerminalOrAPathAreRefused() throws Exception {
        Path folder = Files.createDirectories(dir.resolve("evil"));
        int held = site.stored().size();
        for (String name : List.of("a\nb", "a\u001b[31mred", "gpj\u202etxt.exe", "a\\..\\b")) {
            Path file = Files.writeString(folder.resolve(name), "x");
            Shell.Result refused = send("evil-sender", file.toString()).code(2);
            assertThat(refused.err()).contains("cannot stand in a parcel").contains("hint: ");
            harmless(refused);
        }
        // Bytes that are no text would come out under another name.
        Path bytes = Files.createDirectories(dir.resolve("bytes"));
        Shell.sh("cd '" + bytes + "' && echo x > $'caf\\xe9.txt'").ok();
        assertThat(send("evil-sender", bytes.toString()).code(2).err()).contains("cannot stand in a parcel");
        Shell.Result missing = send(
                        "evil-sender", folder.resolve("no\u001b[2Jne\n").toString())
                .code(6);
        harmless(missing);
        harmless(site.sender
                .waybill("open", folder.resolve("\u001b[2J").toString(), "--identity", identity(), "-C", "x")
                .code(6));
        harmless(site.sender
                .waybill(
                        "send",
                        "x",
                        "--to",
                        Site.URL,
                        "--trust",
                        folder.resolve("\u001b[2J").toString())
                .code(2));
        assertThat(site.stored()).hasSize(held);
        assertThat(outbox("evil-sender")).isEmpty();
    }

    @Test
    void aParcelThatClimbsOutOfItsFolderIsRefusedAndWritesNothing() throws Exception {
        String id = id();
        Path made = Files.createDirectories(dir.resolve("hostile"));
        String content = "x\n";
        String sum = Sha256.of(content.getBytes(StandardCharsets.UTF_8)).hex();
        Files.writeString(made.resolve("waybill.xml"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <waybill version="1.0" ID="%s" sender="" salt="9f86d081884c7d659a2feaa0c55ad015" created="2026-11-22T10:15:00Z">
                  <file name="../../climbed" size="2" sha256="%s" modified="2026-11-22T10:14:02Z"/>
                </waybill>
                """.formatted(id, sum));
        Files.writeString(made.resolve("climbed"), content);
        Path parcel = made.resolve("parcel.age");
        Shell.sh("cd '" + made
                        + "' && tar cP --format=pax --transform 's,^climbed,files/../../climbed,' climbed waybill.xml"
                        + " | age -r $(head -n 1 ../backend/online/recipients.txt) > parcel.age")
                .ok();
        int held = site.stored().size();

        Response answer = toBackend(id, "--data-binary", "@" + parcel);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(422);
        assertThat(answer.problem()).isEqualTo("urn:waybill:problem:bad-contents");
        assertThat(site.stored()).hasSize(held);

        Path into = dir.resolve("hostile-opened/into");
        Shell.Result opened = open(parcel, into).code(5);
        assertThat(opened.err()).contains("not opened");
        try (Stream<Path> files = Files.walk(dir.resolve("hostile-opened"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(dir.resolve("climbed")).doesNotExist();
    }

    @Test
    void whatNobodyServesIsSaidClearly() throws Exception {
        Shell.Result nobody = site.sender
                .waybill(
                        "send",
                        site.file("lost.bin", 10, 1).toString(),
                        "--to",
                        "https://other.example/inbox",
                        "--trust",
                        site.anchor.toString(),
                        "--via",
                        "lan",
                        "--interface",
                        "eth0",
                        "--data",
                        dir.resolve("lost").toString(),
                        "--give-up",
                        "2s")
                .code(4);
        assertThat(nobody.err())
                .contains("hint: nothing is kept: send it again.", "'waybill relays' shows who answers");
        Response unknown =
                curl(site.sender, "-X", "PUT", "-d", "x", "https://10.77.0.10:7506/a/AAAAAAAAAAAAAAAAAAAAAA/" + id());
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.problem()).isEqualTo("urn:waybill:problem:not-found");
        for (String path : List.of("/", "/a/../../etc/passwd", "/a/%2e%2e/x", "//", "/inbox/" + id())) {
            assertThat(curl(site.sender, "--path-as-is", "https://10.77.0.10:7506" + path)
                            .status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void endlessBodiesAreTurnedAway() throws Exception {
        for (boolean atRelay : List.of(true, false)) {
            Response chunked = endless(atRelay, "-H", "Transfer-Encoding: chunked");
            assertThat(chunked.status()).as(chunked.toString()).isEqualTo(411);
            assertThat(chunked.problem()).isEqualTo("urn:waybill:problem:length-required");
            Response large = endless(atRelay, "-H", "Transfer-Encoding:", "-H", "Content-Length: 10995116277760");
            assertThat(large.status()).as(large.toString()).isEqualTo(413);
            assertThat(large.problem()).isEqualTo("urn:waybill:problem:too-large");
        }
        delivered("endless.bin", 2_000_000);
    }

    @Test
    void stalledBodiesAreCutAndTheirRoomComesBack() throws Exception {
        Path fromRelay = dir.resolve("stalled-relay.txt");
        Path fromBackend = dir.resolve("stalled-backend.txt");
        Service one = stall(site.sender, "10.77.0.10:7506", alias.substring(alias.indexOf("/a/")), fromRelay);
        Service two = stall(site.backend, Site.BACKEND_AT, "/inbox", fromBackend);
        until("the stalled upload is under way", () -> arriving(dir.resolve("relay")));
        // It holds 2.5 of 3 MB. A relay that turned 2.9 MB away still answers whoever asks for less.
        Response noRoom = curl(
                site.sender,
                "-X",
                "PUT",
                "--data-binary",
                "@" + site.file("large.bin", 2_900_000, 3),
                alias + "/" + id());
        assertThat(noRoom.status()).as(noRoom.toString()).isEqualTo(507);
        one.await(Duration.ofSeconds(60));
        two.await(Duration.ofSeconds(60));
        assertThat(fromRelay).content().contains(" 408 ", "urn:waybill:problem:timed-out");
        assertThat(fromBackend).content().contains(" 408 ", "urn:waybill:problem:timed-out");
        delivered("after-the-stall.bin", 2_000_000);
    }

    @Test
    void aRelayWhoseDiskIsFullKeepsWhatItAcceptedAndTakesNothingMore() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(dir.resolve("relay-disk"), 24)) {
            Host host = site.relayHost();
            Service full = fullRelay(host, disk, "1h");
            String base = site.answering(1, "--discovery-port", "7508", "--no-dns-sd")
                    .path("relays")
                    .path(0)
                    .path("alias")
                    .asText();
            Path kept = site.file("kept.bin", 100_000, 10);
            Service waiting = site.sender.background(
                    Map.of(),
                    dir.resolve("kept.log"),
                    Shell.list(
                            List.of(Host.WAYBILL),
                            List.of(sendArgs(
                                    "full-sender", kept.toString(), "--discovery-port", "7508", "--no-dns-sd"))));
            until("accepted", () -> waiting.log().contains("accepted by relay"));
            waiting.close();
            assertThat(waiting.log()).contains("waybill: error: interrupted").contains("receipts collect");
            assertThat(waiting.exitCode()).isEqualTo(130);

            diskFullInTheMiddle(site.sender, base, disk, "relay");
            Response tiny = curl(site.sender, "-X", "PUT", "-d", "x", base + "/" + id());
            assertThat(tiny.problem()).as(tiny.toString()).isEqualTo("urn:waybill:problem:store-full");
            Shell.Result late = send(
                            "full-sender",
                            site.file("late.bin", 100_000, 11).toString(),
                            "--discovery-port",
                            "7508",
                            "--no-dns-sd", // by which the relay with room would be found
                            "--give-up",
                            "3s")
                    .code(4);
            assertThat(late.err()).contains("it is kept");
            assertThat(full.alive()).isTrue();
            assertThat(full.log().lines().count()).as(full.log()).isLessThan(100);

            full.close();
            disk.free();
            fullRelay(host, disk, "0");
            int held = site.stored().size();
            collect(site.sender, "full-sender", "--via", "lan", "--interface", "eth0", "--discovery-port", "7508")
                    .ok();
            assertThat(site.stored()).hasSize(held + 2);
        }
    }

    @Test
    void aBackendWhoseDiskIsFullKeepsWhatItSignedAndTakesNothingMore() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(dir.resolve("backend-disk"), 24)) {
            Shell.run(disk.inside(List.of(
                                    "cp",
                                    "-r",
                                    dir.resolve("backend/online").toString(),
                                    dir.resolve("backend/backend.properties").toString(),
                                    dir.resolve("backend/anchor.pem").toString(),
                                    disk.place().toString()))
                            .toArray(String[]::new))
                    .ok();
            Service full = site.backend.service(
                    Map.of(),
                    dir.resolve("full-backend.log"),
                    disk.inside(List.of(
                            Host.WAYBILL,
                            "backend",
                            "run",
                            disk.place().toString(),
                            "--listen",
                            "10.78.0.1:8444",
                            "--keep-free",
                            "0",
                            "--json")));
            direct(site.file("signed.bin", 100_000, 20)).ok();
            diskFullInTheMiddle(site.backend, "https://10.78.0.1:8444/inbox", disk, "data");
            Shell.Result late = direct(site.file("unsigned.bin", 100_000, 21)).code(4);
            assertThat(late.err()).contains("it is kept");
            assertThat(full.alive()).isTrue();
            disk.free();
            collect(site.backend, "direct-sender", "--via", "direct", "--connect-to", "10.78.0.1:8444")
                    .ok();
            try (Stream<Path> files = Files.walk(disk.seen("data/upload"))) {
                assertThat(files.filter(Files::isRegularFile)).hasSize(2);
            }
        }
    }

    @Test
    void aSenderWhoseOwnDiskIsFullSaysSoAndLeavesNothingHalfMade() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(dir.resolve("sender-disk"), 3)) {
            List<String> args = new ArrayList<>(
                    List.of(sendArgs("x", site.file("large.bin", 8_000_000, 30).toString())));
            args.set(args.indexOf("--data") + 1, disk.place().resolve("sender").toString());
            Shell.Result full = site.sender.run(
                    disk.inside(Shell.list(List.of(Host.WAYBILL), args)).toArray(String[]::new));
            full.code(6);
            assertThat(full.err()).contains("the outbox cannot be written").contains("--data");
            assertThat(outbox(disk.seen("sender/outbox"))).isEmpty();
        }
    }

    @Test
    void aWrongTrustFileIsSaidToBeOne() throws Exception {
        Path file = site.file("trusted.bin", 10, 40);
        Path garbage = site.file("garbage.pem", 500, 41);
        Path empty = Files.writeString(dir.resolve("empty.pem"), "");
        Path key = dir.resolve("backend/offline/ca.key");
        Path leaf = dir.resolve("backend/online/receipt.pem");
        for (Path wrong : List.of(dir.resolve("no-such.pem"), empty, garbage, key, leaf)) {
            Shell.Result result = site.sender
                    .waybill("send", file.toString(), "--to", Site.URL, "--trust", wrong.toString())
                    .code(2);
            assertThat(result.err()).contains("the trust file " + wrong).contains("hint: ");
        }
        Path foreign = dir.resolve("foreign");
        site.sender
                .waybill("backend", "init", foreign.toString(), "--host", Site.HOST)
                .ok();
        String[] args = sendArgs("foreign-sender", file.toString(), "--give-up", "3s");
        args[List.of(args).indexOf("--trust") + 1] =
                foreign.resolve("anchor.pem").toString();
        Shell.Result other = site.sender.waybill(args);
        assertThat(other.code()).as(other.err()).isIn(4, 5);
        assertThat(other.err()).contains("hint: ").contains("--trust");
        assertThat(site.sender
                        .waybill(
                                "blacklist",
                                "list",
                                "--data",
                                dir.resolve("foreign-sender").toString(),
                                "--json")
                        .ok()
                        .out())
                .doesNotContain("FORGED");
    }

    @Test
    void withoutARecipientNothingIsSent() throws Exception {
        String url = "http://" + Site.HOST + "/inbox";
        TestPki pki = TestPki.of(Site.HOST);
        Path anchor = Files.writeString(dir.resolve("pki.pem"), pki.root().pem());
        Path profile = dir.resolve("profile.cms");
        String good = new String(
                PacketCodec.encode(new Packet.Profile(
                        TaskId.fresh(InstantSource.system(), RANDOM),
                        BackendUrl.parse(url),
                        1,
                        "age1vewsdxxmeraett7ztsaym88jsrv85kzm0xvjg09xqz8aqvjcja0sdfud95",
                        1 << 20,
                        Instant.parse("2040-01-01T00:00:00Z"))),
                StandardCharsets.UTF_8);
        Files.writeString(profile, "");
        Service fake = site.backend.service(
                Map.of(),
                dir.resolve("only-a-profile.log"),
                java("OnlyAProfile", "10.78.0.1", "8081", profile.toString()));
        Path file = site.file("secret.txt", 10, 50);
        // No checksum of Bech32 holds; no recipient at all; one for another kind of key.
        Map<String, Integer> cases = Map.of(
                good.replace("ud95\"", "ud96\""), 5,
                good.replaceAll(" recipient=\"[^\"]*\"", ""), 4,
                good.replaceAll("recipient=\"[^\"]*\"", "recipient=\"ssh-ed25519 AAAA\""), 4);
        int number = 0;
        for (Map.Entry<String, Integer> one : cases.entrySet()) {
            Files.write(profile, new TestCms(pki.publisher(), one.getKey().getBytes(StandardCharsets.UTF_8)).encoded());
            Path data = dir.resolve("sealing" + ++number);
            Shell.Result sent = site.backend.waybill(
                    "send",
                    file.toString(),
                    "--to",
                    url,
                    "--allow-plain-backend",
                    "--connect-to",
                    "10.78.0.1:8081",
                    "--trust",
                    anchor.toString(),
                    "--via",
                    "direct",
                    "--give-up",
                    "2s",
                    "--data",
                    data.toString());
            sent.code(one.getValue());
            assertThat(sent.err()).contains("profile").contains("hint: ");
            assertThat(outbox(data.resolve("outbox"))).isEmpty();
        }
        assertThat(dir.resolve("only-a-profile.log.out"))
                .content()
                .doesNotContain("PUT")
                .doesNotContain("POST");
        assertThat(fake.alive()).isTrue();
    }

    // --- helpers

    /** An upload breaks off because somebody else takes the rest of the disk; then there is no room for anything. */
    private void diskFullInTheMiddle(Host host, String base, SmallDisk disk, String data) throws Exception {
        Path body = site.file("eight.bin", 8_000_000, 60);
        Path out = dir.resolve("middle-" + ++sends);
        Service upload = host.background(
                Map.of(),
                out,
                List.of(
                        "curl",
                        "-sk",
                        "--limit-rate",
                        "1M",
                        "--max-time",
                        "60",
                        "-w",
                        "\n%{http_code}",
                        "-X",
                        "PUT",
                        "-H",
                        "Expect:",
                        "--data-binary",
                        "@" + body,
                        base + "/" + id()));
        until("the upload is under way", () -> arriving(disk.seen(data)));
        disk.fill();
        upload.await(Duration.ofSeconds(60));
        assertThat(Path.of(out + ".out"))
                .content()
                .contains("urn:waybill:problem:store-full")
                .endsWith("\n507");
        // What the broken upload held is free again; somebody takes that too.
        disk.fill();
    }

    /** Whether something is half received in the store of this data directory. */
    private static boolean arriving(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> file.toString().contains("/incoming/"))
                    .anyMatch(file -> file.toFile().length() > 0);
        }
    }

    private Service fullRelay(Host host, SmallDisk disk, String every) {
        return host.service(
                Map.of(),
                dir.resolve("full-relay.log"),
                disk.inside(List.of(
                        Host.WAYBILL,
                        "relay",
                        "run",
                        "--to",
                        Site.URL,
                        "--trust",
                        site.anchor.toString(),
                        "--connect-to",
                        Site.BACKEND_AT,
                        "--interface",
                        "eth0",
                        "--discovery-port",
                        "7508",
                        "--no-dns-sd", // which other tests' senders would find it by
                        "--data",
                        disk.place().resolve("relay").toString(),
                        "--keep-free",
                        "0",
                        "--quota",
                        "10G",
                        "--every",
                        every,
                        "--json")));
    }

    private Shell.Result direct(Path file) {
        return site.backend.waybill(
                "send",
                file.toString(),
                "--to",
                Site.URL,
                "--trust",
                site.anchor.toString(),
                "--via",
                "direct",
                "--connect-to",
                "10.78.0.1:8444",
                "--give-up",
                "3s",
                "--data",
                dir.resolve("direct-sender").toString());
    }

    private Shell.Result collect(Host host, String data, String... more) {
        return host.waybill(Shell.list(
                        List.of(
                                "receipts",
                                "collect",
                                "--trust",
                                site.anchor.toString(),
                                "--data",
                                dir.resolve(data).toString()),
                        List.of(more))
                .toArray(String[]::new));
    }

    private void delivered(String name, int size) {
        int held = site.stored().size();
        send("sender", site.file(name, size, 99).toString()).ok();
        assertThat(site.stored()).hasSize(held + 1);
    }

    private Shell.Result send(String data, String file, String... more) {
        return site.sender.waybill(sendArgs(data, file, more));
    }

    private String[] sendArgs(String data, String file, String... more) {
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

    private Shell.Result relays(String... more) {
        return site.sender
                .waybill(Shell.list(
                                List.of(
                                        "relays",
                                        "--to",
                                        Site.URL,
                                        "--interface",
                                        "eth0",
                                        "--data",
                                        dir.resolve("asker").toString(),
                                        "--json"),
                                List.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private Shell.Result open(Path parcel, Path into) {
        return site.backend.waybill("open", parcel.toString(), "--identity", identity(), "-C", into.toString());
    }

    private String identity() {
        return dir.resolve("backend/offline/identity.txt").toString();
    }

    /** The stored parcel of the task that a kept waybill is of. */
    private Path parcelOf(Path waybill) {
        String id = waybill.getFileName().toString().substring(0, 36);
        return site.stored().stream()
                .filter(file -> file.getFileName().toString().startsWith(id))
                .findFirst()
                .orElseThrow();
    }

    private List<Path> outbox(String data) throws IOException {
        return outbox(dir.resolve(data).resolve("outbox"));
    }

    private static List<Path> outbox(Path outbox) throws IOException {
        if (!Files.exists(outbox)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(outbox)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("outbox.lock"))
                    .toList();
        }
    }

    private static void harmless(Shell.Result result) {
        assertThat(result.out() + result.err())
                .doesNotContain("\u001b")
                .doesNotContain("\u202e")
                .contains("waybill: error: ");
    }

    private Response endless(boolean atRelay, String... headers) throws IOException {
        List<String> args = new ArrayList<>(List.of("--max-time", "30", "-T", "/dev/zero"));
        args.addAll(List.of(headers));
        if (atRelay) {
            args.add(alias + "/" + id());
            return curl(site.sender, args.toArray(String[]::new));
        }
        return toBackend(id(), args.toArray(String[]::new));
    }

    private Response toBackend(String id, String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("-X", "PUT", "--connect-to", "::" + Site.BACKEND_AT, Site.URL + "/" + id));
        return curl(site.backend, all.toArray(String[]::new));
    }

    /** Says that 2.5 MB come, sends some of them, and keeps the connection until the other side ends it. */
    private Service stall(Host host, String address, String base, Path answer) {
        String script = """
                exec 3> >(exec openssl s_client -quiet -connect "$1" > "$3" 2>&1)
                peer=$!
                printf 'PUT %s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 2500000\\r\\n\\r\\n' "$2" >&3
                head -c 1000 /dev/zero >&3
                wait $peer
                exit 0
                """;
        return host.background(
                Map.of(),
                dir.resolve("stall-" + address.replace(':', '-') + ".log"),
                List.of("timeout", "90", "bash", "-c", script, "stall", address, base + "/" + id(), answer.toString()));
    }

    /** What curl was answered. */
    private record Response(int status, String type, String body) {
        String problem() throws IOException {
            assertThat(type).as(toString()).startsWith("application/problem+json");
            return JSON.readTree(body).path("type").asText();
        }
    }

    private static Response curl(Host host, String... args) {
        Shell.Result result =
                host.run(Shell.list(List.of("curl", "-sk", "-w", "\n%{http_code} %{content_type}"), List.of(args))
                        .toArray(String[]::new));
        int end = result.out().lastIndexOf('\n');
        String[] last = result.out().substring(end + 1).split(" ", 2);
        return new Response(Integer.parseInt(last[0]), last[1], result.out().substring(0, end));
    }

    private static List<String> java(String main, String... args) {
        return Shell.list(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "waybill.e2e." + main),
                List.of(args));
    }

    private static void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        org.awaitility.Awaitility.await(what)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                // a file may go while its folder is looked through
                .ignoreException(UncheckedIOException.class)
                .until(condition);
    }

    private static String id() {
        return TaskId.fresh(InstantSource.system(), RANDOM).toString();
    }
}
