package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of LAN: routed ones, ones without broadcast, without IPv4, and those that come and go. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LansTest {
    private static final String FAR_AT = "10.79.0.10:7506";

    @SuppressWarnings("NullAway.Init") // before all
    private Path dir;

    @SuppressWarnings("NullAway.Init") // before all
    private Site site;

    /** Behind a router, and serving the sender's network. */
    @SuppressWarnings("NullAway.Init") // before all
    private Service far;

    @BeforeAll
    void build(@TempDir Path temporary) {
        dir = temporary;
        site = new Site(dir);
        site.startBackend();
        Net.Segment beyond = site.net.segment("far");
        Host router = site.net.host("rt");
        site.net.plug(router, site.lan, "eth0", "10.77.0.254/24");
        site.net.plug(router, beyond, "eth1", "10.79.0.254/24");
        router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward").ok();
        Net.route(site.sender, "10.79.0.0/24", "10.77.0.254");
        Host host = site.net.host("fr");
        site.net.plug(host, beyond, "eth0", "10.79.0.10/24");
        site.net.plug(host, site.wan, "eth1", "10.78.0.9/24");
        Net.route(host, "10.77.0.0/24", "10.79.0.254");
        far = site.startRelay(host, "far", "--serve", "10.77.0.0/24");
    }

    @AfterAll
    void pullDown() {
        site.close();
    }

    @Test
    void aRelayBehindARouterIsFoundByItsNameAndProvesItsNode() {
        assertThat(relays("--interface", "eth0"))
                .as("no broadcast goes through a router")
                .isEmpty();
        assertThat(found(1, "--interface", "none", "--relay", FAR_AT))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.path("node").asText()).isEqualTo(far.said("node"));
                    assertThat(row.path("alias").asText()).startsWith("https://10.79.0.10:7506/a/");
                    assertThat(row.path("interface").asText()).isEqualTo(FAR_AT);
                });
        Path file = site.file("routed.bin", 20_000, 7);
        Shell.Result sent = send(file, "--interface", "none", "--relay", FAR_AT + "#" + far.said("node"))
                .ok();
        assertThat(sent.err()).contains("receipt verified, brought by relay " + far.said("node"));
    }

    @Test
    void anotherNodeAtANamedAddressIsNotAsked() {
        String stranger = "A".repeat(43);
        assertThat(relays("--interface", "none", "--relay", FAR_AT + "#" + stranger))
                .isEmpty();
    }

    @Test
    void whereNoBroadcastArrivesARelayOfTheSameSubnetIsFoundByItsName() {
        Host host = site.net.host("nb");
        String port = site.net.plug(host, site.lan, "eth0", "10.77.0.40/24");
        site.lan.withholdBroadcasts(port);
        site.lan.withholdMulticasts(port);
        site.net.plug(host, site.wan, "eth1", "10.78.0.40/24");
        // Said beforehand, for the sender's own question would not arrive.
        String mac = host.run("cat", "/sys/class/net/eth0/address").ok().out().strip();
        site.sender
                .run("ip", "neigh", "replace", "10.77.0.40", "lladdr", mac, "dev", "eth0")
                .ok();
        try (Service relay = site.startRelay(host, "near")) {
            assertThat(relays("--interface", "eth0")).isEmpty();
            assertThat(found(1, "--interface", "eth0", "--relay", "10.77.0.40:7506"))
                    .extracting(row -> row.path("node").asText())
                    .containsExactly(relay.said("node"));
        }
    }

    @Test
    void aSubnetWithoutIpv4IsServedByLinkLocalAddressesAndSeveralSubnetsAreAskedAtOnce() {
        Net.Segment six = site.net.segment("six");
        Host host = site.net.host("r6");
        site.net.plug(host, six, "eth0");
        site.net.plug(host, site.wan, "eth1", "10.78.0.60/24");
        site.net.plug(site.sender, six, "eth6");
        Host both = site.net.host("rb");
        site.net.plug(both, site.lan, "eth0", "10.77.0.61/24");
        site.net.plug(both, site.wan, "eth1", "10.78.0.61/24");
        try (Service only6 = site.startRelay(host, "six");
                Service only4 = site.startRelay(both, "four")) {
            host.settled("eth0");
            site.sender.settled("eth6");
            assertThat(found(2, "--interface", "eth0,eth6"))
                    .extracting(row -> row.path("node").asText() + " "
                            + row.path("interface").asText())
                    .containsExactlyInAnyOrder(only4.said("node") + " eth0", only6.said("node") + " eth6");
            Path file = site.file("six.bin", 20_000, 8);
            Shell.Result sent = send(file, "--interface", "eth6").ok();
            assertThat(sent.err())
                    .contains("receipt verified, brought by relay " + only6.said("node"))
                    .containsPattern(only6.said("node") + " at https://\\[fe80:[0-9a-f:]+]:7506/");
        }
    }

    @Test
    void aRelayIsFoundOnAnInterfaceThatCameAndWentAndCameBack() {
        Net.Segment late = site.net.segment("late");
        Host host = site.net.host("lt");
        site.net.plug(host, site.wan, "eth1", "10.78.0.70/24");
        site.net.plug(host, site.lan, "eth0", "10.77.0.70/24");
        site.net.plug(host, late, "eth7", "10.80.0.10/24");
        site.net.plug(site.sender, late, "eth7", "10.80.0.2/24");
        // Else the link itself would answer, whatever the addresses are.
        site.sender.withoutIpv6("eth7");
        try (Service relay = site.startRelay(host, "late", "--interface", "eth7")) {
            assertThat(found(1, "--interface", "eth7"))
                    .extracting(LansTest::where)
                    .containsExactly("10.80.0.10");

            Net.ip("-n", host.namespace(), "addr", "add", "10.81.0.10/24", "broadcast", "+", "dev", "eth7");
            Net.ip("-n", site.sender.namespace(), "addr", "add", "10.81.0.2/24", "broadcast", "+", "dev", "eth7");
            Net.ip("-n", site.sender.namespace(), "addr", "del", "10.80.0.2/24", "dev", "eth7");
            assertThat(found(1, "--interface", "eth7"))
                    .as("another address")
                    .extracting(LansTest::where)
                    .containsExactly("10.81.0.10");

            Net.ip("-n", host.namespace(), "link", "del", "eth7");
            assertThat(relays("--interface", "eth7")).isEmpty();
            assertThat(found(1, "--interface", "eth0"))
                    .as("the others are answered all the same")
                    .extracting(LansTest::where)
                    .containsExactly("10.77.0.70");

            site.net.plug(host, late, "eth7", "10.81.0.11/24");
            assertThat(found(1, "--interface", "eth7"))
                    .as("back, at another address")
                    .extracting(LansTest::where)
                    .containsExactly("10.81.0.11");
            assertThat(relay.log()).doesNotContain("ERROR");
        }
    }

    private static String where(JsonNode row) {
        return row.path("alias").asText().replaceFirst("https://(.*):7506/.*", "$1");
    }

    /** As soon as so many answer: a relay that was started or moved just now says nothing before it has looked around. */
    private List<JsonNode> found(int count, String... more) {
        return Awaitility.await(count + " answer")
                .atMost(Duration.ofMinutes(1))
                .until(() -> relays(more), rows -> rows.size() >= count);
    }

    private List<JsonNode> relays(String... more) {
        Shell.Result result = site.sender.waybill(Shell.list(
                        List.of(
                                "relays",
                                "--to",
                                Site.URL,
                                "--for",
                                "1200ms",
                                "--data",
                                dir.resolve("asker").toString(),
                                "--json"),
                        List.of(more))
                .toArray(String[]::new));
        List<JsonNode> rows = new ArrayList<>();
        Site.json(result).path("relays").forEach(rows::add);
        result.code(rows.isEmpty() ? 4 : 0);
        return rows;
    }

    private Shell.Result send(Path file, String... more) {
        return site.sender.waybill(Shell.list(
                        List.of(
                                "send",
                                file.toString(),
                                "--to",
                                Site.URL,
                                "--trust",
                                site.anchor.toString(),
                                "--via",
                                "lan",
                                "--data",
                                dir.resolve("sender").toString(),
                                "-v"),
                        List.of(more))
                .toArray(String[]::new));
    }
}
