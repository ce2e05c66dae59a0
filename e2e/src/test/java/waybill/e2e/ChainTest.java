package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments behind segments: each relay reaches only the next, and the last one the backend. */
final class ChainTest {
    @TempDir
    Path dir;

    @Test
    void threeRelaysInARowDeliverAndOneOfThemIsKilledOnTheWay() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Net.Segment second = site.net.segment("s2");
            Net.Segment third = site.net.segment("s3");
            List<Host> hosts = new ArrayList<>();
            for (int i = 1; i <= 3; i++) {
                hosts.add(site.net.host("c" + i));
            }
            site.net.plug(hosts.get(0), site.lan, "eth0", "10.77.0.11/24");
            site.net.plug(hosts.get(0), second, "eth1", "10.71.0.11/24");
            site.net.plug(hosts.get(1), second, "eth0", "10.71.0.12/24");
            site.net.plug(hosts.get(1), third, "eth1", "10.72.0.12/24");
            site.net.plug(hosts.get(2), third, "eth0", "10.72.0.13/24");
            site.net.plug(hosts.get(2), site.wan, "eth1", "10.78.0.13/24");
            Service last = site.startRelay(hosts.get(2), "last", "--every", "6s");
            Service middle = site.startRelay(hosts.get(1), "middle", "--interface", "eth1");
            Service first = site.startRelay(hosts.get(0), "first", "--interface", "eth1");
            for (Host host : List.of(site.sender, hosts.get(0), hosts.get(1))) {
                assertThat(host.run("ping", "-c", "1", "-W", "1", "10.78.0.1").code())
                        .as("only the last relay has a route")
                        .isNotZero();
            }
            Path file = site.file("crash.dmp", 300_000, 21);
            Service send = site.sender.background(
                    Map.of(), dir.resolve("send.log"), Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file))));

            Awaitility.await("the middle one holds it")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> held("middle") > 0);
            middle.kill();
            site.startRelay(hosts.get(1), "middle", "--interface", "eth1");

            assertThat(send.await(Duration.ofMinutes(2)))
                    .as(send.log() + "\n" + first.log() + "\n" + last.log())
                    .isZero();
            assertThat(send.log())
                    .contains("accepted by relay " + first.said("node"))
                    .contains("receipt verified, brought by relay " + first.said("node"))
                    .contains("hops=3");
            assertThat(site.stored()).as("the backend holds it once").hasSize(1);
            Awaitility.await("nobody on the way keeps the parcel")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> held("first") + held("middle") + held("last") == 0);
        }
    }

    /** How many parcels lie in a relay's upload directory. */
    private long held(String relay) {
        Path backends = dir.resolve(relay).resolve("backends");
        if (!Files.exists(backends)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(backends)) {
            return all.filter(path -> path.toString().contains("/upload/") && Files.isRegularFile(path))
                    .count();
        } catch (IOException | UncheckedIOException e) {
            return 0; // a file went while we looked
        }
    }
}
