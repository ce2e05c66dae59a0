package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * DNS-SD as the second way to find relays, beside a real avahi. The relays here listen at another port of discovery than
 * senders ask at, and where no broadcast arrives: nothing but DNS-SD leads to them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DnsSdTest {
    private static final String PORT = "7601";
    private static final String[] ELSEWHERE = {"--discovery-port", PORT};
    private static final Duration SOON = Duration.ofMinutes(1);

    @SuppressWarnings("NullAway.Init") // before all
    private Path dir;

    @SuppressWarnings("NullAway.Init") // before all
    private Site site;

    private int hosts = 40;

    @BeforeAll
    void build(@TempDir Path temporary) {
        dir = temporary;
        site = new Site(dir);
        site.startBackend();
    }

    @AfterAll
    void pullDown() {
        site.close();
    }

    @Test
    void avahiSeesARelayAndThatItIsGone() {
        Host host = host("seen");
        Host watcher = site.net.host("wtc");
        site.net.plug(watcher, site.lan, "eth0", "10.77.0.200/24");
        try (Avahi beside = Avahi.start(host, dir, "beside");
                Avahi watch = Avahi.start(watcher, dir, "watch")) {
            String machine = host.run("hostname").ok().out().strip();
            try (Service relay = site.startRelay(host, "seen", ELSEWHERE)) {
                String node = relay.said("node");
                String start =
                        "=;eth0;IPv4;waybill\\032relay\\032" + node.substring(0, 8) + ";_waybill._tcp;local;waybill-";
                String end = ".local;" + address(host) + ";" + PORT + ";";
                for (Avahi one : List.of(watch, beside)) {
                    String line = Awaitility.await("seen by avahi")
                            .atMost(SOON)
                            .until(
                                    () -> one.browse().stream()
                                            .filter(found -> found.startsWith("=;eth0;IPv4;"))
                                            .collect(Collectors.joining("\n")),
                                    found -> !found.isEmpty());
                    assertThat(line)
                            .startsWith(start)
                            .contains(end)
                            .contains("\"node=" + node + "\"", "\"version=1.0\"", "\"txtvers=1\"")
                            .as("neither for whom it carries, nor the alias, nor the machine's name")
                            .doesNotContain(Site.HOST, "/a/", ";" + machine + ".local");
                }
                Awaitility.await("seen by IPv6")
                        .atMost(SOON)
                        .until(() -> watch.browse().stream().anyMatch(found -> found.startsWith("=;eth0;IPv6;")));
            }
            // Without a goodbye its address is known for two minutes; one look of avahi-browse may take five seconds.
            Awaitility.await("it said goodbye")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> watch.browse().isEmpty());
        }
    }

    @Test
    void whereNoBroadcastArrivesAndThePortIsAnotherADeliveryIsMadeAllTheSame() {
        Host host = host("lone");
        host.withoutIpv6("eth0");
        try (Service relay = site.startRelay(host, "lone", ELSEWHERE)) {
            found("10.77.0." + hosts, relay);
            assertThat(relays("--interface", "eth0", "--no-dns-sd"))
                    .as("by nothing else")
                    .isEmpty();
            site.sender
                    .waybill("relays", "--to", Site.URL, "--interface", "none")
                    .code(6);

            Shell.Result sent = send("lone.bin").ok();
            assertThat(sent.err()).contains("receipt verified, brought by relay " + relay.said("node"));
        }
    }

    @Test
    void aLinkWithoutIpv4IsServed() {
        Net.Segment six = site.net.segment("six");
        Host host = site.net.host("r6");
        site.net.plug(host, six, "eth0");
        site.net.plug(host, site.wan, "eth1", "10.78.0.60/24");
        site.net.plug(site.sender, six, "eth6");
        host.settled("eth0");
        site.sender.settled("eth6");
        try (Service relay = site.startRelay(host, "six", ELSEWHERE)) {
            JsonNode row = Awaitility.await("found by IPv6")
                    .atMost(SOON)
                    .until(() -> relays("--interface", "eth6"), rows -> !rows.isEmpty())
                    .getFirst();
            assertThat(row.path("node").asText()).isEqualTo(relay.said("node"));
            assertThat(row.path("found").asText()).isEqualTo("dns-sd");
            assertThat(row.path("alias").asText()).startsWith("https://[fe80:");
        }
    }

    @Test
    void whoAdvertisesOthersOrWritesNonsenseLeadsNobodyAstray() {
        Host evil = site.net.host("ev");
        site.net.plug(evil, site.lan, "eth0", "10.77.0.66/24");
        evil.withoutIpv6("eth0");
        evil.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward").ok();
        Net.route(site.sender, "203.0.113.0/24", "10.77.0.66");
        site.sender.run("bash", "-c", "echo x > /dev/udp/203.0.113.5/7506").ok();
        Awaitility.await("what leaves the LAN is counted").atMost(SOON).until(() -> strayed(evil) > 0);
        long before = strayed(evil);

        Host host = host("true");
        host.withoutIpv6("eth0");
        try (Avahi liar = Avahi.start(evil, dir, "liar");
                Service _ = liar.publish("-a", "-R", "trap.local", "203.0.113.5");
                Service _ = liar.publish("-s", "-H", "trap.local", "far", "_waybill._tcp", "7506", "node=x");
                Service _ =
                        liar.publish("-s", "near", "_waybill._tcp", "9", "=", "node=\u0001\u001b[2J", "x".repeat(250));
                Service relay = site.startRelay(host, "true", ELSEWHERE)) {
            assertThat(liar.browse()).as("the lie is told").anyMatch(line -> line.contains("203.0.113.5"));
            found("10.77.0." + hosts, relay);
            assertThat(send("astray.bin").ok().err())
                    .contains("receipt verified, brought by relay " + relay.said("node"));
            assertThat(strayed(evil)).as("nothing went off the LAN").isEqualTo(before);
        }
    }

    @Test
    void aRelayIsFoundAgainAfterItDiedAndWhereverItMoves() {
        Host host = host("moving");
        host.withoutIpv6("eth0");
        String first = "10.77.0." + hosts;
        Service relay = site.startRelay(host, "moving", ELSEWHERE);
        found(first, relay);

        relay.kill();
        assertThat(relays("--interface", "eth0")).isEmpty();
        Net.ip("-n", host.namespace(), "addr", "del", first + "/24", "dev", "eth0");
        Net.ip("-n", host.namespace(), "addr", "add", "10.77.0.150/24", "broadcast", "+", "dev", "eth0");
        try (Service again = site.startRelay(host, "moving", ELSEWHERE)) {
            knows(host, "10.77.0.150");
            found("10.77.0.150", again);

            Net.ip("-n", host.namespace(), "addr", "del", "10.77.0.150/24", "dev", "eth0");
            Net.ip("-n", host.namespace(), "addr", "add", "10.77.0.151/24", "broadcast", "+", "dev", "eth0");
            knows(host, "10.77.0.151");
            found("10.77.0.151", again);
            assertThat(again.log()).doesNotContain("ERROR");
        }
    }

    /** A relay's machine to which no broadcast is passed on, at {@code 10.77.0.}{@link #hosts}. */
    private Host host(String name) {
        hosts++;
        Host host = site.net.host(name);
        String port = site.net.plug(host, site.lan, "eth0", "10.77.0." + hosts + "/24");
        site.lan.withholdBroadcasts(port);
        site.net.plug(host, site.wan, "eth1", "10.78.0." + hosts + "/24");
        knows(host, "10.77.0." + hosts);
        return host;
    }

    /** Tells the sender beforehand whose address that is, for its own question would not arrive. */
    private void knows(Host host, String address) {
        String mac = host.run("cat", "/sys/class/net/eth0/address").ok().out().strip();
        site.sender
                .run("ip", "neigh", "replace", address, "lladdr", mac, "dev", "eth0")
                .ok();
    }

    private static String address(Host host) {
        return host.run("sh", "-c", "ip -4 -o addr show dev eth0 | sed 's/.*inet //; s|/.*||'")
                .ok()
                .out()
                .strip();
    }

    /** Waits until the sender finds the relay at this address, by DNS-SD. */
    private void found(String address, Service relay) {
        Awaitility.await("found at " + address)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(relays("--interface", "eth0"))
                        .extracting(row -> row.path("node").asText() + " "
                                + row.path("found").asText() + " "
                                + row.path("alias").asText().replaceFirst("/a/.*", ""))
                        .containsExactly(relay.said("node") + " dns-sd https://" + address + ":7506"));
    }

    /** How many packets for elsewhere this machine was given, which passes nothing on. */
    private static long strayed(Host host) {
        List<String> lines =
                host.run("grep", "^Ip:", "/proc/net/snmp").ok().out().lines().toList();
        int column = List.of(lines.getFirst().split(" ")).indexOf("InAddrErrors");
        return Long.parseLong(lines.getLast().split(" ")[column]);
    }

    private List<JsonNode> relays(String... more) {
        Shell.Result result = site.sender.waybill(Shell.list(
                        List.of(
                                "relays",
                                "--to",
                                Site.URL,
                                "--for",
                                "4s",
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

    private Shell.Result send(String name) {
        return site.sender.waybill(site.sendArgs(site.file(name, 20_000, 7), dir.resolve("sender-" + name)));
    }
}
