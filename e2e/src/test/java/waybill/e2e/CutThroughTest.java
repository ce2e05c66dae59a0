package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A relay that forwards at once sends a parcel on while it still arrives, and answers for it no sooner than ever. */
final class CutThroughTest {
    /** By tus, on both legs. */
    private static final int SIZE = 10 << 20;

    /** The first leg takes seven seconds at least: on a busy machine a second connection may take some of them. */
    private static final String RATE = "12mbit";

    @TempDir
    Path dir;

    @Test
    void theSecondLegIsUnderWayBeforeTheFirstEnds() {
        try (Site site = new Site(dir)) {
            Service backend = site.startBackend("--log-level", "debug");
            Net.slow(site.sender, "eth0", RATE);
            Service relay = site.startRelay(site.relayHost(), "relay", "--log-level", "debug");
            Path file = site.file("core.dmp", SIZE, 31);

            site.send(file).ok();

            assertThat(relay.log()).containsSubsequence("event=forwarding", "event=durable", "event=answered");
            assertThat(backend.log()).containsOnlyOnce("event=arriving");
            assertThat(site.stored()).hasSize(1);
        }
    }

    @Test
    void aBackendThatDiesInTheMiddleGetsTheStoredCopyLater() {
        try (Site site = new Site(dir)) {
            Service backend = site.startBackend("--log-level", "debug");
            Host relayHost = site.relayHost();
            Net.slow(site.sender, "eth0", RATE);
            Service relay = site.startRelay(relayHost, "relay", "--log-level", "debug");
            Path file = site.file("core.dmp", SIZE, 32);
            Service send = site.sender.background(
                    Map.of(),
                    dir.resolve("send.log"),
                    Shell.list(java.util.List.of(Host.WAYBILL), java.util.List.of(site.sendArgs(file))));
            Awaitility.await("the backend gets what the relay does not have yet")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> backend.log().contains("event=arriving"));
            assertThat(relay.log()).doesNotContain("event=durable");
            backend.kill();

            Awaitility.await("the relay takes it all the same")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> relay.log().contains("event=answered"));
            assertThat(site.stored()).isEmpty();
            site.startBackend();

            assertThat(send.await(Duration.ofMinutes(2)))
                    .as(send.log() + relay.log())
                    .isZero();
            assertThat(send.log()).contains("receipt verified, brought by relay " + relay.said("node"));
            assertThat(site.stored()).hasSize(1);
        }
    }
}
