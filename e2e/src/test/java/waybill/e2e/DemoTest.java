package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code waybill demo}: what a newcomer runs first, and the commands it prints. */
final class DemoTest {
    @TempDir
    Path dir;

    @Test
    void deliversAnyFileAndWhatItPrintsChecksItWithoutUs() throws Exception {
        Path file = dir.resolve("any file.bin");
        byte[] bytes = new byte[123_457];
        new Random(7).nextBytes(bytes);
        Files.write(file, bytes);
        Shell.Result demo;
        // a namespace without any other interface than the loopback: nothing can leave it
        try (Net net = new Net()) {
            Host host = net.host("demo");
            demo = host.waybill(
                            "demo",
                            file.toString(),
                            "--dir",
                            dir.resolve("demo").toString())
                    .ok();
        }
        assertThat(demo.err() + demo.out())
                .contains("verdict: forged")
                .contains("FORGED_RECEIPT")
                .contains("receipt verified, brought by relay ")
                .contains("verified: https://backend.example/inbox stored these bytes and opened them");

        String openssl = printed(demo, "openssl cms -verify ");
        assertThat(Shell.sh(openssl).ok().out()).startsWith("<service type=\"receipt\" ");
        Shell.sh(printed(demo, "mkdir ")).ok();
        assertThat(dir.resolve("demo/opened/files/any file.bin")).hasSameBinaryContentAs(file);

        Path receipt = Path.of(openssl.replaceFirst(".* -in ", "")
                .replaceFirst(" -binary.*", "")
                .replace("'", ""));
        byte[] flipped = Files.readAllBytes(receipt);
        for (int at : List.of(flipped.length / 3, flipped.length / 2, flipped.length - 3)) {
            byte[] bad = flipped.clone();
            bad[at] ^= 1;
            Files.write(receipt, bad);
            assertThat(Shell.sh(openssl).code())
                    .as("openssl, byte %d flipped", at)
                    .isNotZero();
            assertThat(Shell.run(
                                    Host.WAYBILL,
                                    "verify",
                                    receipt.toString(),
                                    "--trust",
                                    dir.resolve("demo/backend/anchor.pem").toString())
                            .code())
                    .as("waybill verify, byte %d flipped", at)
                    .isEqualTo(5);
        }
    }

    @Test
    void aDemoThatCannotBeginLeavesNothing() throws Exception {
        try (Net net = new Net()) {
            Host host = net.host("dead");
            host.run("ip", "link", "set", "lo", "down").ok();
            Shell.Result demo = host.waybill(
                            "demo", "--dir", dir.resolve("demo").toString())
                    .code(6);
            assertThat(demo.err()).contains("no loopback interface that is up");
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aDemoThatIsInterruptedSaysWhatItKeeps() throws Exception {
        try (Net net = new Net()) {
            Host host = net.host("demo");
            Path demo = dir.resolve("demo");
            Path out = dir.resolve("out.log.out");
            Service running = host.background(
                    Map.of(), dir.resolve("out.log"), List.of(Host.WAYBILL, "demo", "--dir", demo.toString()));
            Awaitility.await("its services run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> Files.exists(out) && Files.readString(out).contains("3  a sender"));
            Shell.run("kill", "-INT", Long.toString(running.pid())).ok();
            assertThat(running.await(Duration.ofSeconds(30))).as(running.log()).isEqualTo(130);
            assertThat(out).content().contains("What there is of it is kept in " + demo);
            assertThat(demo.resolve("relay.log")).exists();
        }
    }

    private static String printed(Shell.Result demo, String start) {
        return demo.out()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(start))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no command '" + start + "' in\n" + demo.out()));
    }
}
