package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A plant whose only way out is a proxy with a password, a real squid: it stands between the relay's second leg and the
 * backend's network, and it alone knows the backend's name.
 */
final class ProxyTest {
    private static final String PROXY = "10.79.0.1:3128";
    private static final String BACKEND_AT = "10.78.0.1:443";

    @TempDir
    Path dir;

    private Site site;
    private Host relayHost;
    private Squid squid;
    private Path credentials;

    @BeforeEach
    void start() throws Exception {
        site = new Site(dir);
        Net.Segment plant = site.net.segment("plt");
        Host proxy = site.net.host("prx");
        site.net.plug(proxy, plant, "eth0", "10.79.0.1/24");
        site.net.plug(proxy, site.wan, "eth1", "10.78.0.50/24");
        relayHost = site.net.host("rly");
        site.net.plug(relayHost, site.lan, "eth0", "10.77.0.10/24");
        site.net.plug(relayHost, plant, "eth1", "10.79.0.10/24");
        site.backend.service(
                dir.resolve("backend.log"),
                "backend",
                "run",
                dir.resolve("backend").toString(),
                "--listen",
                BACKEND_AT,
                "--json",
                "--keep-free",
                "0");
        squid = Squid.start(proxy, dir, PROXY, "10.78.0.1 " + Site.HOST);
        credentials = Files.writeString(dir.resolve("credentials"), "plant:" + Squid.PASSWORD + "\n");
    }

    @AfterEach
    void stop() {
        if (site != null) {
            site.close();
        }
    }

    /** A relay that is told nothing but its backend's name. */
    private Service startRelay(Map<String, String> environment, String... more) {
        return relayHost.service(
                environment,
                dir.resolve("relay.log"),
                Shell.list(
                        List.of(
                                Host.WAYBILL,
                                "relay",
                                "run",
                                "--to",
                                Site.URL,
                                "--trust",
                                site.anchor.toString(),
                                "--interface",
                                "eth0",
                                "--data",
                                dir.resolve("relay").toString(),
                                "--json",
                                "--log-level",
                                "debug",
                                "--keep-free",
                                "0"),
                        List.of(more)));
    }

    /** All tunnels that were made, once there is one. */
    private List<String> tunnels() {
        Awaitility.await("a tunnel has ended")
                .atMost(Duration.ofSeconds(60))
                .until(() -> squid.asked().stream().anyMatch(ProxyTest::isTunnel));
        return squid.asked().stream().filter(ProxyTest::isTunnel).toList();
    }

    private static boolean isTunnel(String line) {
        return line.contains("TCP_TUNNEL/200");
    }

    @Test
    void aRelayWithCredentialsDeliversByTheProxy() throws Exception {
        assertThat(relayHost.run("bash", "-c", "echo >/dev/tcp/10.78.0.1/443").code())
                .as("there is no other way")
                .isNotZero();
        Service relay = startRelay(
                Map.of("HTTPS_PROXY", squid.url(), "HTTP_PROXY", "http://10.79.0.9:1"),
                "--proxy-credentials",
                credentials.toString());
        assertThat(relay.said("proxy")).isEqualTo(PROXY);

        // By tus, while it still arrives. A sender's own proxy is never asked for the way to a relay.
        Shell.Result sent = site.sender.run(
                Map.of("HTTPS_PROXY", "http://10.77.0.66:3128", "ALL_PROXY", "http://10.77.0.66:3128"),
                Duration.ofMinutes(2),
                List.of(
                        Host.WAYBILL,
                        "send",
                        site.file("large.bin", 12 << 20, 1).toString(),
                        "--to",
                        Site.URL,
                        "--trust",
                        site.anchor.toString(),
                        "--interface",
                        "eth0",
                        "--data",
                        dir.resolve("sender").toString()));

        sent.ok();
        assertThat(sent.err()).contains("cannot connect to the proxy 10.77.0.66:3128");
        assertThat(site.stored()).hasSize(1);
        assertThat(tunnels()).allMatch(line -> line.contains("CONNECT " + Site.HOST + ":443 plant "));
        assertThat(relay.log()).doesNotContain(Squid.PASSWORD, "Proxy-Authorization");
        assertThat(Files.readString(Path.of("/proc/" + relay.pid() + "/cmdline")))
                .doesNotContain(Squid.PASSWORD);
    }

    @Test
    void aWrongPasswordIsSaidClearlyAndBlamesNobody() throws Exception {
        String[] options = {"--proxy", squid.url(), "--proxy-credentials", credentials.toString()};
        Service relay = startRelay(Map.of(), options);
        site.send(site.file("first.bin", 1000, 2)).ok();
        relay.close();
        Files.writeString(credentials, "plant:wr0ng");
        relay = startRelay(Map.of(), options);
        site.answering(1);

        Shell.Result late = site.send(
                        site.file("second.bin", 1000, 3), "--allowance", "3s", "--give-up", "3s", "--json")
                .code(4);

        assertThat(Site.json(late).path("reason").asText()).isEqualTo("ALL_LATE");
        assertThat(relay.log())
                .contains("no way to the backend is known: the proxy " + PROXY
                        + " does not take the credentials it was given (407)")
                .contains("cannot be delivered to; what is held is kept and tried again: not reached: the proxy "
                        + PROXY + " does not take the credentials it was given (407)")
                .doesNotContain("wr0ng");
        nobodyIsBlamed();

        relay.close();
        Files.writeString(credentials, "plant:" + Squid.PASSWORD);
        startRelay(Map.of(), options);
        Awaitility.await("what was held is delivered")
                .atMost(Duration.ofMinutes(2))
                .until(() -> site.stored().size() == 2);
        site.sender.waybill(collectArgs()).ok();
        nobodyIsBlamed();
    }

    private void nobodyIsBlamed() {
        JsonNode list = Site.json(site.sender
                .waybill("blacklist", "list", "--data", dir.resolve("sender").toString(), "--json")
                .ok());
        assertThat(list.path("blacklist").isArray()).isTrue();
        assertThat(list.path("blacklist")).isEmpty();
    }

    private String[] collectArgs() {
        return new String[] {
            "receipts",
            "collect",
            "--trust",
            site.anchor.toString(),
            "--via",
            "lan",
            "--interface",
            "eth0",
            "--data",
            dir.resolve("sender").toString()
        };
    }

    @Test
    void whatNoProxyNamesGoesPastTheProxy() {
        site.net.plug(relayHost, site.wan, "eth2", "10.78.0.10/24");
        String proxy = squid.urlWithCredentials();
        for (String list : List.of("other.example, 10.78.0.0/16", ".example")) {
            Service past = startRelay(Map.of("https_proxy", proxy, "NO_PROXY", list), "--connect-to", BACKEND_AT);
            assertThat(past.said("proxy")).isEmpty();
            site.send(site.file(list.length() + ".bin", 1000, 4)).ok();
            past.close();
        }
        Service none = startRelay(Map.of("https_proxy", proxy), "--connect-to", BACKEND_AT, "--proxy", "none");
        site.send(site.file("none.bin", 1000, 5)).ok();
        none.close();
        assertThat(squid.asked()).noneMatch(line -> line.contains("CONNECT"));

        startRelay(Map.of("https_proxy", proxy), "--connect-to", BACKEND_AT);
        site.send(site.file("through.bin", 1000, 6)).ok();

        assertThat(tunnels()).allMatch(line -> line.contains("CONNECT " + BACKEND_AT + " plant "));
        assertThat(site.stored()).hasSize(4);
    }

    @Test
    void aSenderDeliversStraightByTheProxy() throws Exception {
        Path file = site.file("straight.bin", 200_000, 7);
        Path config = Files.writeString(
                dir.resolve("waybill.conf"), "proxy = " + squid.url() + "\nproxy-credentials = " + credentials + "\n");
        String[] args = {
            "send",
            file.toString(),
            "--to",
            Site.URL,
            "--trust",
            site.anchor.toString(),
            "--via",
            "direct",
            "--data",
            dir.resolve("straight").toString(),
            "--give-up",
            "1s",
            "--json"
        };
        Files.writeString(credentials, "plant:wr0ng");
        Shell.Result refused =
                waybill(Map.of("WAYBILL_CONFIG", config.toString()), args).code(4);
        assertThat(Site.json(refused).path("detail").asText())
                .contains("the proxy " + PROXY + " does not take the credentials it was given (407)");
        Shell.Result unknown =
                waybill(Map.of("WAYBILL_PROXY", squid.url()), args).code(4);
        assertThat(Site.json(unknown).path("detail").asText())
                .contains("the proxy " + PROXY + " wants credentials, see --proxy-credentials (407)");
        assertThat(refused.out() + refused.err()).doesNotContain("wr0ng");

        Files.writeString(credentials, "plant:" + Squid.PASSWORD);
        Shell.Result sent =
                waybill(Map.of("WAYBILL_CONFIG", config.toString()), args).ok();

        assertThat(Site.json(sent).path("carrier").asText()).contains(Site.URL);
        assertThat(sent.out() + sent.err()).doesNotContain(Squid.PASSWORD);
        assertThat(tunnels()).allMatch(line -> line.contains("CONNECT " + Site.HOST + ":443 plant "));
        assertThat(site.stored()).hasSize(1);
    }

    @Test
    void whereTheProxyForbidsTheBackendOrDoesNotReachItNobodyIsTakenForTheBackend() {
        Path file = site.file("nowhere.bin", 1000, 8);
        String[] forbidden = {
            "send",
            file.toString(),
            "--to",
            "https://backend.example:22/inbox",
            "--trust",
            site.anchor.toString(),
            "--via",
            "direct",
            "--data",
            dir.resolve("forbidden").toString(),
            "--give-up",
            "1s",
            "--json"
        };
        Map<String, String> environment = Map.of("HTTPS_PROXY", squid.urlWithCredentials());
        assertThat(detail(waybill(environment, forbidden).code(4)))
                .contains("allows no tunnel to backend.example:22 (403)");
        String[] unreached = forbidden.clone();
        unreached[3] = "https://backend.example:8443/inbox";
        assertThat(detail(waybill(environment, unreached).code(4)))
                .contains("does not reach backend.example:8443 (503)");
    }

    private static String detail(Shell.Result result) {
        return Site.json(result).path("detail").asText();
    }

    private Shell.Result waybill(Map<String, String> environment, String... args) {
        return relayHost.run(environment, Duration.ofMinutes(2), Shell.list(List.of(Host.WAYBILL), List.of(args)));
    }
}
