package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient.UnreachableException;
import waybill.hop.HopClient.WrongPeerException;
import waybill.hop.HopLimits;
import waybill.hop.HttpProxy;
import waybill.hop.Peer;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.hop.Upload;
import waybill.hop.ZeroChannel;
import waybill.hop.server.HopServer;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.signature.TestCertificate;

/** A backend behind a proxy that alone knows where it is; and proxies that will not, cannot or lie. */
@Timeout(60)
class ProxyTest {
    private static final String MADE = "HTTP/1.1 200 Connection established\r\n\r\n";
    private static final HopAnswer ACCEPTED = new HopAnswer.Accepted(TestService.PROMISE);
    private static final HttpProxy.Credentials SECRET = new HttpProxy.Credentials("relay", "s3cret");
    private static final ClientSettings IMPATIENT = new ClientSettings(
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            1 << 20,
            Duration.ofMillis(200),
            1 << 20,
            Duration.ofMillis(1));

    private final TestCertificate root = Servers.root("root");
    private final TestService service = new TestService();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final HttpHopClient client = HttpHopClient.create(IMPATIENT, new Meter() {
        @Override
        public void sending(int bytes) {
            sent.addAndGet(bytes);
        }

        @Override
        public void received(int bytes) {
            received.addAndGet(bytes);
        }
    });
    private HopServer backend;

    @BeforeEach
    void start() throws IOException {
        backend = Servers.tls(service, HopLimits.DEFAULT, Servers.serverCertificate(root, "backend.example"));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        backend.close();
    }

    /** The backend by a name that nobody here knows, as the URL's scheme says at its usual port. */
    private Peer by(HttpProxy proxy) {
        return new Peer(
                URI.create("https://backend.example/inbox"),
                new Peer.Identity.Named(List.of(root.certificate()), false),
                Optional.empty(),
                Optional.of(proxy),
                Optional.empty());
    }

    private ScriptedProxy proxy() throws IOException {
        return new ScriptedProxy(backend.address(), MADE);
    }

    private HopAnswer put(Peer peer, int size) throws IOException {
        Upload upload = new Upload(
                DeliveryKey.of(Servers.ID, Sha256.of(new byte[size])),
                size,
                Optional.empty(),
                0,
                () -> new ZeroChannel(size),
                Upload.Progress.NONE);
        return client.put(peer, upload, Duration.ofSeconds(20));
    }

    private UnreachableException refusedBy(HttpProxy proxy) {
        UnreachableException refused =
                catchThrowableOfType(UnreachableException.class, () -> client.profile(by(proxy)));
        assertThat(refused).isNotNull();
        return refused;
    }

    @Test
    void theTunnelLeadsToTheBackendByNameAndTlsIsWithTheBackend() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            assertThat(client.profile(by(proxy.proxy()))).isInstanceOf(HopAnswer.Cms.class);
            assertThat(proxy.heads())
                    .containsExactly(String.join(
                            "\r\n",
                            "CONNECT backend.example:443 HTTP/1.1",
                            "Host: backend.example:443",
                            "User-Agent: waybill",
                            "",
                            ""));
        }
    }

    @Test
    void credentialsAreSaidToTheProxyAndToNobodyElse() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            assertThat(put(by(proxy.proxy().with(SECRET)), 10)).isEqualTo(ACCEPTED);
            // printf relay:s3cret | base64
            assertThat(proxy.heads())
                    .singleElement()
                    .asString()
                    .contains("\r\nProxy-Authorization: Basic cmVsYXk6czNjcmV0\r\n");
        }
        try (ScriptedServer plain = ScriptedServer.saying("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                ScriptedProxy proxy = new ScriptedProxy(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), plain.port()), MADE)) {
            client.profile(new Peer(
                    URI.create("http://backend.example:8080/inbox"),
                    new Peer.Identity.Plain(),
                    Optional.empty(),
                    Optional.of(proxy.proxy().with(SECRET)),
                    Optional.empty()));
            assertThat(proxy.heads()).singleElement().asString().startsWith("CONNECT backend.example:8080 HTTP/1.1");
            assertThat(plain.heads)
                    .singleElement()
                    .asString()
                    .startsWith("GET /inbox/profile")
                    .doesNotContain("Basic");
        }
    }

    @Test
    void whereToDialInsteadIsWhatTheProxyIsAskedFor() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            Peer peer = by(proxy.proxy());
            for (String to : List.of("192.0.2.7", "fd00::7")) {
                client.profile(new Peer(
                        peer.base(),
                        peer.identity(),
                        Optional.of(new InetSocketAddress(InetAddress.ofLiteral(to), 8443)),
                        peer.proxy(),
                        Optional.empty()));
            }
            assertThat(proxy.heads())
                    .satisfiesExactly(
                            first -> assertThat(first).startsWith("CONNECT 192.0.2.7:8443 "),
                            second -> assertThat(second).startsWith("CONNECT [fd00:0:0:0:0:0:0:7]:8443 "));
        }
    }

    @Test
    void whoeverAnswersInTheTunnelMustStillBeTheBackend() throws IOException {
        try (HopServer other =
                        Servers.tls(service, HopLimits.DEFAULT, Servers.serverCertificate(root, "other.example"));
                ScriptedProxy proxy = new ScriptedProxy(other.address(), MADE)) {
            assertThatThrownBy(() -> client.profile(by(proxy.proxy()))).isInstanceOf(WrongPeerException.class);
        }
        assertThat(service.seen).isEmpty();
    }

    @Test
    void everyByteOfTheProxysSocketIsCounted() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            assertThat(put(by(proxy.proxy()), 100_000)).isEqualTo(ACCEPTED);
            assertThat(sent.get()).isEqualTo(proxy.came()).isGreaterThan(100_000);
            assertThat(received.get()).isEqualTo(proxy.went()).isGreaterThan(MADE.length());
        }
    }

    @Test
    void aTunnelAtRestServesTheNextCallByTheSameProxyAndCredentialsOnly() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            client.profile(by(proxy.proxy()));
            client.profile(by(proxy.proxy()));
            assertThat(proxy.heads()).hasSize(1);
            client.profile(by(proxy.proxy().with(SECRET)));
            assertThat(proxy.heads()).hasSize(2);
        }
    }

    @Test
    void anUploadThatIsCutInTheTunnelGoesOnInAnother() throws IOException {
        try (ScriptedProxy proxy = proxy()) {
            proxy.cutNextAfter(2 << 20);
            assertThat(put(by(proxy.proxy()), 4 << 20)).isEqualTo(ACCEPTED);
            assertThat(proxy.heads()).hasSizeGreaterThan(1);
            assertThat(service.read()).as("nothing was begun anew").isEqualTo(4 << 20);
        }
    }

    @Test
    void theLengthsOfAnAnswerThatMakesATunnelMeanNothing() throws IOException {
        String lengths = String.join(
                "\r\n",
                "HTTP/1.1 100 Continue",
                "",
                "HTTP/1.0 299 Fine",
                "Content-Length: 5",
                "Transfer-Encoding: chunked",
                "",
                "");
        try (ScriptedProxy proxy = new ScriptedProxy(backend.address(), lengths)) {
            assertThat(client.profile(by(proxy.proxy()))).isInstanceOf(HopAnswer.Cms.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | allows no tunnel to backend.example:443 (403)",
                "502 | does not reach backend.example:443 (502)",
                "503 | does not reach backend.example:443 (503)",
                "504 | does not reach backend.example:443 (504)",
                "500 | makes no tunnel to backend.example:443 (500)",
                "400 | makes no tunnel to backend.example:443 (400)",
                "302 | makes no tunnel to backend.example:443 (302)",
            })
    void aNoOfTheProxyIsNeverTakenForTheBackends(int status, String said) throws IOException {
        String problem = "{\"type\":\"urn:waybill:problem:too-large\",\"detail\":\"\"}";
        try (ScriptedServer server = ScriptedServer.saying("HTTP/1.1 " + status + " No\r\n"
                + "Location: https://127.0.0.1:1/\r\nContent-Type: application/problem+json\r\nContent-Length: "
                + problem.length() + "\r\n\r\n" + problem)) {
            HttpProxy proxy = ScriptedProxy.at(server);
            assertThat(refusedBy(proxy)).hasMessage("the proxy " + proxy + " " + said);
            assertThatThrownBy(() -> put(by(proxy), 10 << 20)).isInstanceOf(UnreachableException.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Basic realm=\"plant\"           | no  | wants credentials, see --proxy-credentials (407)",
                "Negotiate, basic realm=\"plant\" | no  | wants credentials, see --proxy-credentials (407)",
                "Basic realm=\"plant\"           | yes | does not take the credentials it was given (407)",
                "NTLM                          | yes | asks for credentials of a kind that is not spoken, not for Basic (407)",
            })
    void whichCredentialsItWantsIsSaidButNotWhichItGot(String asked, String given, String said) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(
                "HTTP/1.1 407 No\r\nProxy-Authenticate: " + asked + "\r\nContent-Length: 0\r\n\r\n")) {
            HttpProxy proxy = ScriptedProxy.at(server);
            HttpProxy told = given.equals("yes") ? proxy.with(SECRET) : proxy;
            assertThat(refusedBy(told)).hasMessage("the proxy " + proxy + " " + said);
            assertThat(server.heads).as("it is not asked again").hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\na: b\u0000c\r\n\r\n",
                "\r\n"
            })
    void whatIsNoProxyIsSaidToBeNone(String answer) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(answer)) {
            assertThat(refusedBy(ScriptedProxy.at(server))).hasMessageContaining(" is no HTTP proxy: ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\na: b\r\n",
                "HTTP/1.1 100 Continue\r\n\r\n",
                "a",
                "HTTP/1.1 407 No\r\na: b\r\n"
            })
    void whateverItSaysWithoutAnEndEnds(String part) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> line.sayForEver(part))) {
            refusedBy(ScriptedProxy.at(server));
        }
        try (ScriptedServer server = ScriptedServer.plain(line -> line.drip(part))) {
            refusedBy(ScriptedProxy.at(server));
        }
    }

    @Test
    void aProxyThatStallsClosesOrIsNotThereIsToldFromTheBackend() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(ScriptedServer.Line::hang)) {
            HttpProxy proxy = ScriptedProxy.at(server);
            assertThat(refusedBy(proxy))
                    .hasMessage("the proxy " + proxy + " did not answer in time for backend.example:443");
        }
        try (ScriptedServer server = ScriptedServer.plain(line -> {})) {
            assertThat(refusedBy(ScriptedProxy.at(server))).hasMessageEndingWith(" closed without an answer");
        }
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        assertThat(refusedBy(HttpProxy.parse("127.0.0.1:" + port)))
                .hasMessageStartingWith("cannot connect to the proxy 127.0.0.1:" + port + ": ");
    }

    @Test
    void aTunnelThatClosesAtOnceIsABackendThatIsNotReached() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> line.say(MADE))) {
            refusedBy(ScriptedProxy.at(server));
        }
    }

    @Test
    void whatTheMeterForbidsIsNotSent() throws IOException {
        try (ScriptedProxy proxy = proxy();
                HttpHopClient spent = HttpHopClient.create(IMPATIENT, new Meter() {
                    @Override
                    public void sending(int bytes) throws IOException {
                        throw new IOException("spent");
                    }

                    @Override
                    public void received(int bytes) {}
                })) {
            assertThatThrownBy(() -> spent.profile(by(proxy.proxy())))
                    .isInstanceOf(UnreachableException.class)
                    .hasRootCauseMessage("spent");
            assertThat(proxy.heads()).isEmpty();
        }
    }

    @Test
    void noProxyEverLeadsToARelay() {
        HttpProxy proxy = HttpProxy.parse("127.0.0.1:3128");
        NodeId node = NodeId.of(root.keys().getPublic());
        assertThatThrownBy(() -> new Peer(
                        URI.create("https://192.0.2.7:7506/a/alias"),
                        new Peer.Identity.Pinned(node),
                        Optional.empty(),
                        Optional.of(proxy),
                        Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
