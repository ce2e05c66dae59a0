package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopLimits;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Peers who take more than they may. The server is told to lose its patience after a second or sooner. */
@Timeout(60)
class ServerLimitsTest {
    private static final String UPLOAD = "PUT /inbox/" + Servers.ID + " HTTP/1.1\r\nHost: x\r\n";
    private static final String PROFILE = "GET /inbox/profile HTTP/1.1\r\nHost: x\r\n\r\n";

    private final TestService service = new TestService();

    private void sawTheLimit(Problem problem) {
        await().until(() -> !service.failures.isEmpty());
        assertThat(service.failures.getFirst().getCause())
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @Test
    void aBodyThatStallsEndsInAnAnswerAndTheConnectionWithIt() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            String answer = raw.send(UPLOAD + "Content-Length: 10\r\n\r\nhello").rest();
            assertThat(answer)
                    .startsWith("HTTP/1.1 408 ")
                    .contains("\r\nConnection: close\r\n")
                    .contains("urn:waybill:problem:timed-out");
            sawTheLimit(Problem.TIMED_OUT);
        }
    }

    @Test
    void aBodyThatStallsOverTlsEndsInAnAnswerToo() throws Exception {
        try (HopServer server = Servers.tls(
                        service, Servers.tight(), Servers.serverCertificate(Servers.root("r"), "127.0.0.1"));
                Curl.Secure raw = Curl.Secure.to(server.address())) {
            String answer = raw.send(UPLOAD + "Content-Length: 10\r\n\r\nhello").rest();
            assertThat(answer).startsWith("HTTP/1.1 408 ").contains("urn:waybill:problem:timed-out");
            sawTheLimit(Problem.TIMED_OUT);
        }
    }

    @Test
    void aBodyThatDripsIsTooSlowOnAverage() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.send(UPLOAD + "Content-Length: 100000\r\n\r\n");
            // Never idle for a second, yet far below 1 MiB/s.
            await().pollInterval(Duration.ofMillis(50)).until(() -> !raw.trickle("x") || !service.failures.isEmpty());
            assertThat(raw.rest()).startsWith("HTTP/1.1 408 ");
            sawTheLimit(Problem.TIMED_OUT);
        }
    }

    @Test
    void aHeadThatDripsIsCutOff() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.send("GET /inbox/profile HTTP/1.1\r\nHost: x\r\nX: ");
            raw.socket.setSoTimeout(1);
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                raw.trickle("x");
                return closedOrAnswered(raw);
            });
        }
    }

    private static boolean closedOrAnswered(Raw raw) {
        try {
            int c = raw.socket.getInputStream().read();
            return c < 0 || c == 'H';
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aConnectionThatSaysNothingIsClosedWithoutAWord() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            assertThat(raw.rest()).isEmpty();
        }
    }

    @Test
    void aHandshakeThatDripsIsCutOff() throws Exception {
        try (HopServer server = Servers.tls(
                        service, Servers.tight(), Servers.serverCertificate(Servers.root("r"), "127.0.0.1"));
                Raw raw = new Raw(server.address())) {
            // The beginning of a record of 512 bytes, and then one byte now and then.
            raw.send("\u0016\u0003\u0001\u0002\u0000");
            raw.socket.setSoTimeout(1);
            await().pollInterval(Duration.ofMillis(50)).until(() -> !raw.trickle("\u0001") || closedOrAnswered(raw));
        }
    }

    @Test
    void aRecordThatDripsAfterTheHandshakeIsCutOff() throws Exception {
        try (HopServer server = Servers.tls(
                        service, Servers.tight(), Servers.serverCertificate(Servers.root("r"), "127.0.0.1"));
                Curl.Secure raw = Curl.Secure.to(server.address())) {
            raw.send(UPLOAD + "Content-Length: 100\r\n\r\n");
            raw.plain().send("\u0017\u0003\u0003 \u0000");
            raw.plain().socket.setSoTimeout(1);
            await().pollInterval(Duration.ofMillis(50))
                    .until(() -> !raw.plain().trickle("x") || !service.failures.isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8200, 20_000, 200_000})
    void aHeadOverItsLimitIsRefused(int size) throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.trickle("GET /inbox/profile HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(size) + "\r\n\r\n");
            assertThat(raw.rest()).startsWith("HTTP/1.1 431 ").contains("urn:waybill:problem:headers-too-large");
        }
    }

    @Test
    void aRequestLineOverItsLimitIsRefused() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.trickle("GET /" + "x".repeat(5000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(raw.rest()).startsWith("HTTP/1.1 4");
        }
    }

    @Test
    void aBodyDeclaredOverItsLimitNeverReachesTheService() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            String answer = raw.send(UPLOAD + "Content-Length: 1048577\r\n\r\n").rest();
            assertThat(answer).startsWith("HTTP/1.1 413 ").contains("urn:waybill:problem:too-large");
            assertThat(service.seen).isEmpty();
            assertThat(service.failures).isEmpty();
        }
    }

    @Test
    void aPeerWhoSendsAllBeforeHeReadsStillReadsHisRefusal() throws IOException {
        HopLimits patient = new HopLimits(
                1 << 20,
                8192,
                64,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                32 << 20);
        try (HopServer server = Servers.plain(service, patient);
                Raw raw = new Raw(server.address())) {
            int size = 24 << 20; // More than the buffers between the two take.
            raw.send(UPLOAD + "Content-Length: " + size + "\r\n\r\n");
            raw.send("x".repeat(size));
            assertThat(raw.until("}")).startsWith("HTTP/1.1 413 ").contains("urn:waybill:problem:too-large");
        }
    }

    @Test
    void anEndlessBodyIsCutAtItsLimit() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.send(UPLOAD + "Transfer-Encoding: chunked\r\n\r\n");
            String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
            await().pollInterval(Duration.ofMillis(1)).until(() -> !raw.trickle(chunk) || !service.failures.isEmpty());
            assertThat(raw.rest()).startsWith("HTTP/1.1 413 ").contains("urn:waybill:problem:too-large");
            sawTheLimit(Problem.TOO_LARGE);
        }
    }

    @Test
    void aChunkIsNotGatheredWithoutEnd() throws IOException {
        HopLimits roomy = new HopLimits(
                16L << 30,
                8192,
                64,
                32,
                16,
                16,
                Duration.ofMillis(300),
                1 << 20,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        try (HopServer server = Servers.plain(service, roomy);
                Raw raw = new Raw(server.address())) {
            raw.send(UPLOAD + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n");
            String piece = "x".repeat(0x10000);
            await().pollInterval(Duration.ofMillis(1)).until(() -> !raw.trickle(piece) || !service.failures.isEmpty());
            assertThat(raw.rest()).startsWith("HTTP/1.1 400 ").contains("a chunk of a body has at most 1048576 bytes");
            sawTheLimit(Problem.BAD_REQUEST);
        }
    }

    @Test
    void aChunkOfNonsenseIsAFailureOfTheBody() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            assertThat(raw.send(UPLOAD + "Transfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n")
                            .rest())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("the body is not in chunks");
            sawTheLimit(Problem.BAD_REQUEST);
            assertThat(service.seen).isEmpty();
        }
    }

    @Test
    void aPeerWhoBreaksOffLeavesNoUpload() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight())) {
            try (Raw raw = new Raw(server.address())) {
                raw.send(UPLOAD + "Content-Length: 10\r\n\r\nhello");
            }
            await().until(() -> !service.failures.isEmpty());
            assertThat(service.seen).isEmpty();
        }
    }

    @Test
    void oneAddressHasItsShareOfConnectionsAndGetsThemBack() throws IOException {
        HopLimits two = new HopLimits(
                1 << 20,
                8192,
                64,
                2,
                16,
                16,
                Duration.ofSeconds(5),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        takesTwo(two);
    }

    @Test
    void thereIsAnEndOfConnectionsInAll() throws IOException {
        HopLimits two = new HopLimits(
                1 << 20,
                8192,
                2,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        takesTwo(two);
    }

    private void takesTwo(HopLimits limits) throws IOException {
        try (HopServer server = Servers.plain(service, limits);
                Raw first = new Raw(server.address());
                Raw second = new Raw(server.address())) {
            assertThat(first.send(PROFILE).head()).contains(" 200 ");
            assertThat(second.send(PROFILE).head()).contains(" 200 ");
            try (Raw third = new Raw(server.address())) {
                third.trickle(PROFILE);
                assertThat(third.rest()).doesNotContain("200");
            }
            second.socket.close();
            await().until(() -> served(server));
        }
    }

    private static boolean served(HopServer server) throws IOException {
        try (Raw raw = new Raw(server.address())) {
            return raw.trickle(PROFILE.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
                    && raw.rest().contains(" 200 ");
        }
    }

    @Test
    void aPeerWhoNeverReadsHisAnswerIsLetGo() throws IOException {
        TestService large = new TestService() {
            @Override
            public byte[] profile() {
                return new byte[64 << 20];
            }
        };
        HopLimits one = new HopLimits(
                1 << 20,
                8192,
                1,
                1,
                16,
                16,
                Duration.ofMillis(300),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        try (HopServer server = Servers.plain(large, one);
                Raw deaf = new Raw(server.address())) {
            deaf.send(PROFILE);
            await().until(() -> {
                try (Raw raw = new Raw(server.address())) {
                    raw.socket.setSoTimeout(1000);
                    return raw.trickle("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
                            && raw.head().contains(" 404 ");
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void onlySoManyUploadsAtOnce() throws Exception {
        refusesTheSecond(1, 2, "503", Problem.BUSY);
    }

    @Test
    void onlySoManyUploadsAtOnceOfOnePeer() throws Exception {
        refusesTheSecond(2, 1, "429", Problem.TOO_MANY);
    }

    private void refusesTheSecond(int all, int ofOnePeer, String status, Problem problem) throws Exception {
        HopLimits one = new HopLimits(
                1 << 20,
                8192,
                64,
                64,
                all,
                ofOnePeer,
                Duration.ofSeconds(5),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        TestService slow = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) throws ProblemException, IOException {
                inside.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return super.deliver(arrival);
            }
        };
        try (HopServer server = Servers.plain(slow, one);
                Raw first = new Raw(server.address());
                Raw second = new Raw(server.address())) {
            first.send(UPLOAD + "Content-Length: 5\r\n\r\nhello");
            inside.await();
            assertThat(second.send(UPLOAD + "Content-Length: 5\r\n\r\nhello").rest())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\nRetry-After: ")
                    .contains("urn:waybill:problem:" + problem.code());
            goOn.countDown();
            assertThat(first.head()).startsWith("HTTP/1.1 202 ");
            try (Raw third = new Raw(server.address())) {
                assertThat(third.send(UPLOAD + "Content-Length: 5\r\n\r\nhello").head())
                        .startsWith("HTTP/1.1 202 ");
            }
        }
    }

    @Test
    void closingLetsARunningAnswerEndAndTakesNobodyNew() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        TestService slow = new TestService() {
            @Override
            public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
                    throws InterruptedException {
                inside.countDown();
                goOn.await();
                return new Collected.Outcome(new byte[] {'c', 'm', 's'});
            }
        };
        HopServer server = Servers.plain(slow, Servers.tight());
        try (Raw raw = new Raw(server.address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            raw.send("GET /inbox/" + Servers.ID + "/receipt?sha256=" + Servers.DIGEST + " HTTP/1.1\r\nHost: x\r\n\r\n");
            inside.await();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close, threads);
            await().until(() -> refused(server));
            goOn.countDown();
            assertThat(raw.rest()).startsWith("HTTP/1.1 200 ").endsWith("cms");
            closed.join();
        }
    }

    private static boolean refused(HopServer server) throws IOException {
        try (Raw raw = new Raw(server.address())) {
            return !raw.trickle(PROFILE) || raw.rest().isEmpty();
        } catch (java.net.ConnectException e) {
            return true;
        }
    }

    @Test
    void anAddressInUseIsAnErrorThatSaysSo() throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight())) {
            assertThatThrownBy(() -> HopServer.start(
                            server.address(), Optional.empty(), Servers.tight(), base -> Optional.empty()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on");
        }
    }
}
