package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Servers;
import waybill.hop.Upload;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Promise;

/** Whatever a server does, a call ends, with an answer or an IOException. The client is told to be impatient. */
@Timeout(60)
class HostileServerTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String PROMISED =
            "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nWaybill-Promise: interval=1, wait=2, backlog=3, rate=4, hops=1\r\n\r\n";
    private static final HopAnswer ACCEPTED = new HopAnswer.Accepted(new Promise(1, 2, 3, 4, 1));
    private static final String TOO_LARGE = "{\"type\":\"urn:waybill:problem:too-large\",\"detail\":\"no more\"}";
    private static final String REFUSED =
            "HTTP/1.1 413 No\r\nContent-Type: application/problem+json\r\nConnection: close\r\nContent-Length: "
                    + TOO_LARGE.length() + "\r\n\r\n" + TOO_LARGE;
    private static final HopAnswer NO_MORE =
            new HopAnswer.Failed(413, Optional.of(Problem.TOO_LARGE), Optional.empty(), "no more");

    private final HttpHopClient client = HttpHopClient.create(new ClientSettings(
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            1 << 20,
            Duration.ofMillis(200),
            Long.MAX_VALUE,
            Duration.ofMillis(1)));

    @AfterEach
    void close() {
        client.close();
    }

    private HopAnswer put(ScriptedServer server, long size) throws IOException {
        return client.put(server.peer(), Servers.zeros(size), LIMIT);
    }

    private HopAnswer profileOf(String answer) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(answer)) {
            return client.profile(server.peer());
        }
    }

    private static String cms(String more) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\n" + more;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "\r\n\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 999 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 ab0 OK\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
                "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
                "HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n",
                "HTTP/1.1 200 OK\r\na: b\u0000c\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\n\r\n"
            })
    void whatIsNoAnswerOfThisInterfaceIsNonsense(String answer) throws IOException {
        assertThat(profileOf(answer)).isInstanceOf(HopAnswer.Nonsense.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 202 OK\r\nContent-Length: 0\r\nWaybill-Promise: soon\r\n\r\n",
                "HTTP/1.1 202 OK\r\nContent-Length: 0\r\nWaybill-Promise: interval=1, wait=2, backlog=3, rate=0, hops=1\r\n\r\n",
                "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 308 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
            })
    void whatAcceptsNoUploadIsNonsense(String answer) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(answer)) {
            assertThat(put(server, 10)).isInstanceOf(HopAnswer.Nonsense.class);
        }
    }

    @Test
    void aRedirectIsNeverFollowed() throws IOException {
        try (ScriptedServer elsewhere = ScriptedServer.saying(cms("Content-Length: 0\r\n\r\n"));
                ScriptedServer server = ScriptedServer.saying("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:"
                        + elsewhere.port() + "/inbox/profile\r\nContent-Length: 0\r\n\r\n")) {
            assertThat(client.profile(server.peer())).isEqualTo(new HopAnswer.Nonsense("a redirect (302)"));
            assertThat(elsewhere.connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 65536\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n"})
    void aReceiptMayHave64KiB(String framing) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(cms("Connection: close\r\n" + framing) + "x".repeat(65536));
            if (framing.contains("chunked")) {
                line.say("\r\n0\r\n\r\n");
            }
        })) {
            assertThat(client.profile(server.peer()))
                    .isInstanceOfSatisfying(
                            HopAnswer.Cms.class, cms -> assertThat(cms.bytes()).hasSize(65536));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 65537\r\n\r\n",
                "Content-Length: 999999999999999999\r\n\r\n",
                "\r\n",
                "Transfer-Encoding: chunked\r\n\r\n10001\r\n",
                "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n"
            })
    void anEndlessReceiptIsNonsense(String framing) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(cms(framing));
            line.sayForEver("x");
        })) {
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Nonsense.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x", // a status line
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
            })
    void anEndlessBeginningIsNonsense(String piece) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> line.sayForEver(piece))) {
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Nonsense.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "a: b\r\n", "\u00ff"})
    void anEndlessHeaderIsNonsense(String piece) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say("HTTP/1.1 200 OK\r\na: ");
            line.sayForEver(piece);
        })) {
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Nonsense.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1;x=y\r\nx\r\n", "0\r\na: b\r\n", "00000000"})
    void endlessChunksEnd(String piece) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(cms("Transfer-Encoding: chunked\r\n\r\n"));
            line.sayForEver(piece);
        })) {
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Nonsense.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\n\r\n"})
    void whatDripsEndsInTime(String beginning) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(beginning);
            line.drip("x");
        })) {
            assertThatThrownBy(() -> client.profile(server.peer()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the time was up");
            assertThatThrownBy(() -> client.put(server.peer(), Servers.zeros(10), Duration.ofMillis(300)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void silenceEndsInTime() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(ScriptedServer.Line::hang)) {
            assertThatThrownBy(() -> client.profile(server.peer())).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> client.collect(
                            server.peer(), DeliveryKey.of(Servers.ID, Servers.DIGEST), Duration.ofMillis(100)))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> client.put(server.peer(), Servers.zeros(10), Duration.ofMillis(300)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aPeerWhoTakesNoMoreOfABodyIsGivenUp() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(ScriptedServer.Line::hang)) {
            assertThatThrownBy(() -> put(server, 64 << 20)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aPeerWhoTakesABodySlowlyIsGivenUpAtTheLimit() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            byte[] bytes = new byte[65536];
            while (line.in.read(bytes) >= 0) {
                line.drip("");
            }
        })) {
            assertThatThrownBy(() -> client.put(server.peer(), Servers.zeros(1 << 30), Duration.ofSeconds(1)))
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\nContent-Length: 10\r\n\r\nfive!",
                "HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n"
            })
    void anAnswerBrokenOffIsAnError(String beginning) throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> line.say(beginning))) {
            assertThatThrownBy(() -> client.profile(server.peer()))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(HopClient.UnreachableException.class);
            assertThatThrownBy(() -> put(server, 10)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aRefusalWhileTheBodyFlowsIsReadAndTheSendingStops() throws IOException {
        AtomicLong sent = new AtomicLong();
        Upload upload = Servers.zeros(1L << 30);
        Upload counted = new Upload(upload.key(), upload.size(), upload.recipient(), 0, upload.source(), sent::set);
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say("HTTP/1.1 100 Continue\r\n\r\n");
            line.in.readNBytes(100_000);
            line.say(REFUSED);
            line.swallow();
        })) {
            assertThat(client.put(server.peer(), counted, LIMIT)).isEqualTo(NO_MORE);
            assertThat(sent.get()).isBetween(1L, (1L << 30) - 1);
        }
    }

    @Test
    void aRefusalIsReadEvenIfThePeerTakesNoMore() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(REFUSED);
            line.hang();
        })) {
            // Small enough that nothing is asked beforehand, large enough to fill every buffer between.
            try (HttpHopClient bold = HttpHopClient.create(new ClientSettings(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(30),
                    Long.MAX_VALUE,
                    Duration.ZERO,
                    Long.MAX_VALUE,
                    Duration.ofMillis(1)))) {
                assertThat(bold.put(server.peer(), Servers.zeros(64 << 20), LIMIT))
                        .isEqualTo(NO_MORE);
            }
        }
    }

    @Test
    void anAcceptanceWhileTheBodyFlowsCounts() throws IOException {
        // A hop that holds the delivery already need not read it again.
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(PROMISED);
            line.swallow();
        })) {
            assertThat(put(server, 256 << 20)).isEqualTo(ACCEPTED);
        }
    }

    @Test
    void aLargeBodyIsAnnouncedAndNotSentAfterARefusal() throws IOException {
        AtomicLong got = new AtomicLong(-1);
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(REFUSED);
            got.set(line.swallow());
        })) {
            assertThat(put(server, (1 << 20) + 1)).isEqualTo(NO_MORE);
            assertThat(server.heads.getFirst()).contains("\r\nExpect: 100-continue\r\n");
            org.awaitility.Awaitility.await().until(() -> got.get() >= 0);
            assertThat(got.get()).isZero();
        }
    }

    @Test
    void aPeerWhoDoesNotKnowTheGoAheadGetsTheBodyAllTheSame() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.in.readNBytes((1 << 20) + 1);
            line.say(PROMISED);
            line.swallow();
        })) {
            assertThat(put(server, (1 << 20) + 1)).isEqualTo(ACCEPTED);
        }
    }

    @Test
    void whatAPeerSaysOfAFailureIsMadePrintable() throws IOException {
        String body = "{\"type\":\"about:blank\",\"detail\":\"a\\u001b[2Jb\\n" + "x".repeat(500) + "\"}";
        HopAnswer answer = profileOf("HTTP/1.1 429 No\r\nContent-Type: application/problem+json; charset=utf-8\r\n"
                + "Retry-After: 7\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer).isInstanceOfSatisfying(HopAnswer.Failed.class, failed -> {
            assertThat(failed.status()).isEqualTo(429);
            assertThat(failed.problem()).isEmpty();
            assertThat(failed.retryAfter()).contains(Duration.ofSeconds(7));
            assertThat(failed.detail())
                    .startsWith("a\\u001b[2Jb\\u000axxx")
                    .hasSizeLessThanOrEqualTo(200)
                    .matches("[ -~]*");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>\u0007",
                "{\"type\":5}",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                "{\"type\":\"urn:waybill:problem:x\"}"
            })
    void aFailureWithoutAProblemOfOursIsAFailureAllTheSame(String body) throws IOException {
        HopAnswer answer =
                profileOf("HTTP/1.1 500 No\r\nContent-Type: application/problem+json\r\nRetry-After: tomorrow\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer).isInstanceOfSatisfying(HopAnswer.Failed.class, failed -> {
            assertThat(failed.status()).isEqualTo(500);
            assertThat(failed.problem()).isEmpty();
            assertThat(failed.retryAfter()).isEmpty();
            assertThat(failed.detail()).matches("[ -~]*");
        });
    }

    @Test
    void anEndlessFailureIsAFailure() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say("HTTP/1.1 503 No\r\n\r\n");
            line.sayForEver("x");
        })) {
            assertThat(client.profile(server.peer()))
                    .isInstanceOfSatisfying(
                            HopAnswer.Failed.class,
                            failed -> assertThat(failed.detail()).hasSize(200));
        }
    }

    @Test
    void aConnectionIsUsedAgainAndReplacedWhenThePeerClosedIt() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(cms("Content-Length: 1\r\n\r\na"));
            line.head();
            line.say(cms("Content-Length: 1\r\n\r\nb"));
        })) {
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Cms.class);
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Cms.class);
            assertThat(server.connections()).isEqualTo(1);
            assertThat(client.profile(server.peer())).isInstanceOf(HopAnswer.Cms.class);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void anAnswerThatNobodyAskedForIsNotTakenForTheNext() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(cms("Content-Length: 4\r\n\r\ntrue") + cms("Content-Length: 5\r\n\r\nfalse"));
            line.swallow();
        })) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.profile(server.peer()))
                        .isInstanceOfSatisfying(
                                HopAnswer.Cms.class,
                                cms -> assertThat(new String(cms.bytes(), StandardCharsets.US_ASCII))
                                        .isEqualTo("true"));
            }
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void aFileThatIsShorterThanItsSizeIsAnErrorOfTheFile() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(ScriptedServer.Line::hang)) {
            Upload upload = Servers.zeros(10);
            Upload longer = new Upload(upload.key(), 20, upload.recipient(), 0, upload.source(), Upload.Progress.NONE);
            assertThatThrownBy(() -> client.put(server.peer(), longer, LIMIT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the file has 10 bytes, not 20");
        }
    }

    @Test
    void whereNobodyListensThePeerIsUnreachable() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Peer nobody = new Peer(
                URI.create("http://127.0.0.1:" + port + "/inbox"), new Peer.Identity.Plain(), Optional.empty());
        assertThatThrownBy(() -> client.put(nobody, Servers.zeros(1), LIMIT))
                .isInstanceOf(HopClient.UnreachableException.class);
    }

    @Test
    void collectingAsksForTheDeliveryAndHearsNotYet() throws IOException {
        try (ScriptedServer server =
                ScriptedServer.saying("HTTP/1.1 202 OK\r\nContent-Length: 0\r\nRetry-After: 9\r\n\r\n")) {
            DeliveryKey key = DeliveryKey.of(Servers.ID, Servers.DIGEST).withContents(Servers.DIGEST);
            assertThat(client.collect(server.peer(), key, Duration.ofMillis(1500)))
                    .isEqualTo(new HopAnswer.NotYet(Duration.ofSeconds(9)));
            assertThat(server.heads.getFirst())
                    .startsWith("GET /inbox/" + Servers.ID + "/receipt?sha256=" + Servers.DIGEST + "&contents="
                            + Servers.DIGEST + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n")
                    .contains("\r\nPrefer: wait=2\r\n");
        }
    }
}
