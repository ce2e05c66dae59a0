package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.e2e.BadInputScene.arriving;
import static waybill.e2e.BadInputScene.curl;
import static waybill.e2e.BadInputScene.id;
import static waybill.e2e.BadInputScene.outbox;
import static waybill.e2e.BadInputScene.until;

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
import waybill.e2e.BadInputScene.Response;

/** Who has no room on his disk says so, keeps what he accepted, and takes nothing more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FullDiskTest {
    @SuppressWarnings("NullAway.Init")
    private BadInputScene scene;

    private int sends;

    @BeforeAll
    void start(@TempDir Path dir) {
        scene = new BadInputScene(dir);
    }

    @AfterAll
    void stop() {
        scene.close();
    }

    @Test
    void aRelayWhoseDiskIsFullKeepsWhatItAcceptedAndTakesNothingMore() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(scene.dir.resolve("relay-disk"), 24)) {
            Host host = scene.site.relayHost();
            Service full = fullRelay(host, disk, "1h");
            String base = scene.site
                    .answering(1, "--discovery-port", "7508", "--no-dns-sd")
                    .path("relays")
                    .path(0)
                    .path("alias")
                    .asText();
            Path kept = scene.site.file("kept.bin", 100_000, 10);
            Service waiting = scene.site.sender.background(
                    Map.of(),
                    scene.dir.resolve("kept.log"),
                    Shell.list(
                            List.of(Host.WAYBILL),
                            List.of(scene.sendArgs(
                                    "full-sender", kept.toString(), "--discovery-port", "7508", "--no-dns-sd"))));
            until("accepted", () -> waiting.log().contains("accepted by relay"));
            waiting.close();
            assertThat(waiting.log()).contains("waybill: error: interrupted").contains("receipts collect");
            assertThat(waiting.exitCode()).isEqualTo(130);

            diskFullInTheMiddle(scene.site.sender, base, disk, "relay");
            Response tiny = curl(scene.site.sender, "-X", "PUT", "-d", "x", base + "/" + id());
            assertThat(tiny.problem()).as(tiny.toString()).isEqualTo("urn:waybill:problem:store-full");
            Shell.Result late = scene.send(
                            "full-sender",
                            scene.site.file("late.bin", 100_000, 11).toString(),
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
            int held = scene.site.stored().size();
            collect(scene.site.sender, "full-sender", "--via", "lan", "--interface", "eth0", "--discovery-port", "7508")
                    .ok();
            assertThat(scene.site.stored()).hasSize(held + 2);
        }
    }

    @Test
    void aBackendWhoseDiskIsFullKeepsWhatItSignedAndTakesNothingMore() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(scene.dir.resolve("backend-disk"), 24)) {
            Shell.run(disk.inside(List.of(
                                    "cp",
                                    "-r",
                                    scene.dir.resolve("backend/online").toString(),
                                    scene.dir
                                            .resolve("backend/backend.properties")
                                            .toString(),
                                    scene.dir.resolve("backend/anchor.pem").toString(),
                                    disk.place().toString()))
                            .toArray(String[]::new))
                    .ok();
            Service full = scene.site.backend.service(
                    Map.of(),
                    scene.dir.resolve("full-backend.log"),
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
            direct(scene.site.file("signed.bin", 100_000, 20)).ok();
            diskFullInTheMiddle(scene.site.backend, "https://10.78.0.1:8444/inbox", disk, "data");
            Shell.Result late =
                    direct(scene.site.file("unsigned.bin", 100_000, 21)).code(4);
            assertThat(late.err()).contains("it is kept");
            assertThat(full.alive()).isTrue();
            disk.free();
            collect(scene.site.backend, "direct-sender", "--via", "direct", "--connect-to", "10.78.0.1:8444")
                    .ok();
            try (Stream<Path> files = Files.walk(disk.seen("data/upload"))) {
                assertThat(files.filter(Files::isRegularFile)).hasSize(2);
            }
        }
    }

    @Test
    void aSenderWhoseOwnDiskIsFullSaysSoAndLeavesNothingHalfMade() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(scene.dir.resolve("sender-disk"), 3)) {
            List<String> args = new ArrayList<>(List.of(scene.sendArgs(
                    "x", scene.site.file("large.bin", 8_000_000, 30).toString())));
            args.set(args.indexOf("--data") + 1, disk.place().resolve("sender").toString());
            Shell.Result full = scene.site.sender.run(
                    disk.inside(Shell.list(List.of(Host.WAYBILL), args)).toArray(String[]::new));
            full.code(6);
            assertThat(full.err()).contains("the outbox cannot be written").contains("--data");
            assertThat(outbox(disk.seen("sender/outbox"))).isEmpty();
        }
    }

    // --- helpers

    /** An upload breaks off because somebody else takes the rest of the disk; then there is no room for anything. */
    private void diskFullInTheMiddle(Host host, String base, SmallDisk disk, String data) throws Exception {
        Path body = scene.site.file("eight.bin", 8_000_000, 60);
        Path out = scene.dir.resolve("middle-" + ++sends);
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

    private Service fullRelay(Host host, SmallDisk disk, String every) {
        return host.service(
                Map.of(),
                scene.dir.resolve("full-relay.log"),
                disk.inside(List.of(
                        Host.WAYBILL,
                        "relay",
                        "run",
                        "--to",
                        Site.URL,
                        "--trust",
                        scene.site.anchor.toString(),
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
        return scene.site.backend.waybill(
                "send",
                file.toString(),
                "--to",
                Site.URL,
                "--trust",
                scene.site.anchor.toString(),
                "--via",
                "direct",
                "--connect-to",
                "10.78.0.1:8444",
                "--give-up",
                "3s",
                "--data",
                scene.dir.resolve("direct-sender").toString());
    }

    private Shell.Result collect(Host host, String data, String... more) {
        return host.waybill(Shell.list(
                        List.of(
                                "receipts",
                                "collect",
                                "--trust",
                                scene.site.anchor.toString(),
                                "--data",
                                scene.dir.resolve(data).toString()),
                        List.of(more))
                .toArray(String[]::new));
    }
}
