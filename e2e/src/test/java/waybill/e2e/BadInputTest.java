package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.e2e.BadInputScene.RANDOM;
import static waybill.e2e.BadInputScene.arriving;
import static waybill.e2e.BadInputScene.curl;
import static waybill.e2e.BadInputScene.id;
import static waybill.e2e.BadInputScene.outbox;
import static waybill.e2e.BadInputScene.until;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import waybill.e2e.BadInputScene.Response;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.TaskId;
import waybill.signature.TestCms;
import waybill.signature.TestPki;

/** What is wrong gets a clear error, loses nothing, writes nothing elsewhere, and the service goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {
    @SuppressWarnings("NullAway.Init")
    private BadInputScene scene;

    @BeforeAll
    void start(@TempDir Path dir) {
        scene = new BadInputScene(dir);
    }

    @AfterAll
    void stop() {
        scene.close();
    }

    @Test
    void badDatagramsAreNeitherAnsweredNorLoggedEach() {
        long before = scene.relay.log().lines().count();
        Shell.Result said = scene.site
                .sender
                .run(java("BadDatagrams", "10.77.0.255", "7506", Site.URL, "5000")
                        .toArray(String[]::new))
                .ok();
        assertThat(said.out()).contains("good=1\n").contains("bad=0\n");
        assertThat(scene.relay.log().lines().count() - before)
                .as(scene.relay.log())
                .isLessThan(20);
        assertThat(Site.json(relays()).path("relays")).hasSize(1);
    }

    @Test
    void whatNobodyServesIsSaidClearly() throws Exception {
        Shell.Result nobody = scene.site
                .sender
                .waybill(
                        "send",
                        scene.site.file("lost.bin", 10, 1).toString(),
                        "--to",
                        "https://other.example/inbox",
                        "--trust",
                        scene.site.anchor.toString(),
                        "--via",
                        "lan",
                        "--interface",
                        "eth0",
                        "--data",
                        scene.dir.resolve("lost").toString(),
                        "--give-up",
                        "2s")
                .code(4);
        assertThat(nobody.err())
                .contains("hint: nothing is kept: send it again.", "'waybill relays' shows who answers");
        Response unknown = curl(
                scene.site.sender, "-X", "PUT", "-d", "x", "https://10.77.0.10:7506/a/AAAAAAAAAAAAAAAAAAAAAA/" + id());
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.problem()).isEqualTo("urn:waybill:problem:not-found");
        for (String path : List.of("/", "/a/../../etc/passwd", "/a/%2e%2e/x", "//", "/inbox/" + id())) {
            assertThat(curl(scene.site.sender, "--path-as-is", "https://10.77.0.10:7506" + path)
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
        Path fromRelay = scene.dir.resolve("stalled-relay.txt");
        Path fromBackend = scene.dir.resolve("stalled-backend.txt");
        Service one = stall(
                scene.site.sender, "10.77.0.10:7506", scene.alias.substring(scene.alias.indexOf("/a/")), fromRelay);
        Service two = stall(scene.site.backend, Site.BACKEND_AT, "/inbox", fromBackend);
        until("the stalled upload is under way", () -> arriving(scene.dir.resolve("relay")));
        // It holds 2.5 of 3 MB. A relay that turned 2.9 MB away still answers whoever asks for less.
        Response noRoom = curl(
                scene.site.sender,
                "-X",
                "PUT",
                "--data-binary",
                "@" + scene.site.file("large.bin", 2_900_000, 3),
                scene.alias + "/" + id());
        assertThat(noRoom.status()).as(noRoom.toString()).isEqualTo(507);
        one.await(Duration.ofSeconds(60));
        two.await(Duration.ofSeconds(60));
        assertThat(fromRelay).content().contains(" 408 ", "urn:waybill:problem:timed-out");
        assertThat(fromBackend).content().contains(" 408 ", "urn:waybill:problem:timed-out");
        delivered("after-the-stall.bin", 2_000_000);
    }

    @Test
    void aWrongTrustFileIsSaidToBeOne() throws Exception {
        Path file = scene.site.file("trusted.bin", 10, 40);
        Path garbage = scene.site.file("garbage.pem", 500, 41);
        Path empty = Files.writeString(scene.dir.resolve("empty.pem"), "");
        Path key = scene.dir.resolve("backend/offline/ca.key");
        Path leaf = scene.dir.resolve("backend/online/receipt.pem");
        for (Path wrong : List.of(scene.dir.resolve("no-such.pem"), empty, garbage, key, leaf)) {
            Shell.Result result = scene.site
                    .sender
                    .waybill("send", file.toString(), "--to", Site.URL, "--trust", wrong.toString())
                    .code(2);
            assertThat(result.err()).contains("the trust file " + wrong).contains("hint: ");
        }
        Path foreign = scene.dir.resolve("foreign");
        scene.site
                .sender
                .waybill("backend", "init", foreign.toString(), "--host", Site.HOST)
                .ok();
        String[] args = scene.sendArgs("foreign-sender", file.toString(), "--give-up", "3s");
        args[List.of(args).indexOf("--trust") + 1] =
                foreign.resolve("anchor.pem").toString();
        Shell.Result other = scene.site.sender.waybill(args);
        assertThat(other.code()).as(other.err()).isIn(4, 5);
        assertThat(other.err()).contains("hint: ").contains("--trust");
        assertThat(scene.site
                        .sender
                        .waybill(
                                "blacklist",
                                "list",
                                "--data",
                                scene.dir.resolve("foreign-sender").toString(),
                                "--json")
                        .ok()
                        .out())
                .doesNotContain("FORGED");
    }

    @Test
    void withoutARecipientNothingIsSent() throws Exception {
        String url = "http://" + Site.HOST + "/inbox";
        TestPki pki = TestPki.of(Site.HOST);
        Path anchor = Files.writeString(scene.dir.resolve("pki.pem"), pki.root().pem());
        Path profile = scene.dir.resolve("profile.cms");
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
        Service fake = scene.site.backend.service(
                Map.of(),
                scene.dir.resolve("only-a-profile.log"),
                java("OnlyAProfile", "10.78.0.1", "8081", profile.toString()));
        Path file = scene.site.file("secret.txt", 10, 50);
        // No checksum of Bech32 holds; no recipient at all; one for another kind of key.
        Map<String, Integer> cases = Map.of(
                good.replace("ud95\"", "ud96\""), 5,
                good.replaceAll(" recipient=\"[^\"]*\"", ""), 4,
                good.replaceAll("recipient=\"[^\"]*\"", "recipient=\"ssh-ed25519 AAAA\""), 4);
        int number = 0;
        for (Map.Entry<String, Integer> one : cases.entrySet()) {
            Files.write(profile, new TestCms(pki.publisher(), one.getKey().getBytes(StandardCharsets.UTF_8)).encoded());
            Path data = scene.dir.resolve("sealing" + ++number);
            Shell.Result sent = scene.site.backend.waybill(
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
        assertThat(scene.dir.resolve("only-a-profile.log.out"))
                .content()
                .doesNotContain("PUT")
                .doesNotContain("POST");
        assertThat(fake.alive()).isTrue();
    }

    // --- helpers

    private void delivered(String name, int size) {
        int held = scene.site.stored().size();
        scene.send("sender", scene.site.file(name, size, 99).toString()).ok();
        assertThat(scene.site.stored()).hasSize(held + 1);
    }

    private Shell.Result relays(String... more) {
        return scene.site
                .sender
                .waybill(Shell.list(
                                List.of(
                                        "relays",
                                        "--to",
                                        Site.URL,
                                        "--interface",
                                        "eth0",
                                        "--data",
                                        scene.dir.resolve("asker").toString(),
                                        "--json"),
                                List.of(more))
                        .toArray(String[]::new))
                .ok();
    }

    private Response endless(boolean atRelay, String... headers) throws IOException {
        List<String> args = new ArrayList<>(List.of("--max-time", "30", "-T", "/dev/zero"));
        args.addAll(List.of(headers));
        if (atRelay) {
            args.add(scene.alias + "/" + id());
            return curl(scene.site.sender, args.toArray(String[]::new));
        }
        return scene.toBackend(id(), args.toArray(String[]::new));
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
                scene.dir.resolve("stall-" + address.replace(':', '-') + ".log"),
                List.of("timeout", "90", "bash", "-c", script, "stall", address, base + "/" + id(), answer.toString()));
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
}
