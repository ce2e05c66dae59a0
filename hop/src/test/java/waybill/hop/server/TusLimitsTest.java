package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.hop.server.TusExchange.assertProblem;
import static waybill.hop.server.TusExchange.created;
import static waybill.hop.server.TusExchange.field;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.protocol.Problem;

/** What an upload by tus may take of a hop: time, room, memory, and how many at once. */
class TusLimitsTest {
    private TusExchange tus;

    @BeforeEach
    void start() throws IOException {
        tus = new TusExchange();
    }

    @AfterEach
    void stop() {
        tus.close();
    }

    @Test
    void anAbandonedUploadExpiresAndItsServiceKnows() throws Exception {
        tus.restart(new HopLimits(
                1 << 20,
                8192,
                64,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                1,
                Duration.ofMillis(300),
                Duration.ofSeconds(2),
                1 << 20));
        String upload = tus.upload();
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> tus.service.failures.size() == 1);
        assertProblem(tus.send(tus.patch(upload, 0, 10)), Problem.TIMED_OUT);
    }

    @Test
    void oneAddressHasOnlySoManyAtOnce() throws Exception {
        for (int i = 0; i < HopLimits.DEFAULT.maxUploadsPerPeer(); i++) {
            created(tus.create(Map.of()));
        }
        assertProblem(tus.create(Map.of()), Problem.TOO_MANY);
    }

    @Test
    void whatIsDecidedDoesNotCountAsUnderWay() throws Exception {
        for (int i = 0; i < HopLimits.DEFAULT.maxUploadsPerPeer() + 4; i++) {
            String upload = created(tus.create(Map.of()));
            assertThat(tus.send(tus.patch(upload, 0, tus.bytes.length)).statusCode())
                    .isEqualTo(204);
            assertThat(field(tus.head(upload), "Upload-Offset"))
                    .as("and can be looked up")
                    .isEqualTo("" + tus.bytes.length);
        }
    }

    @Test
    void whoSendsAByteNowAndThenLosesHisRoomToo() throws Exception {
        tus.restart(new HopLimits(
                1 << 20,
                8192,
                64,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                1 << 20,
                Duration.ofMillis(300),
                Duration.ofSeconds(2),
                1 << 20));
        String upload = tus.upload();
        AtomicInteger sent = new AtomicInteger();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> tus.send(tus.patch(upload, sent.get(), sent.incrementAndGet()))
                                .statusCode()
                        == Problem.TIMED_OUT.status());
        assertThat(tus.service.failures).hasSize(1);
    }

    /** Requests that each hold a piece in memory, of one address after the other. */
    private List<Socket> gather(int peers, String checksum) throws Exception {
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < peers * TusCalls.MOST_GATHERED_OF_PEER; i++) {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(),
                    tus.server.address().getPort(),
                    InetAddress.getByName("127.0.0." + (2 + i / TusCalls.MOST_GATHERED_OF_PEER)),
                    0);
            waiting.add(socket);
            String upload = created(tus.create(Map.of()));
            if (i % 2 == 0) {
                tus.startPatch(
                        socket, upload, "Upload-Checksum: " + checksum + "\r\nContent-Length: " + tus.bytes.length);
            } else {
                tus.startPatch(socket, upload, "Transfer-Encoding: chunked");
            }
        }
        return waiting;
    }

    private static void close(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void whatIsHeldInMemoryIsBoundedOverAll() throws Exception {
        tus.restart(HopLimits.DEFAULT.withMaxUploadsPerPeer(2 * TusCalls.MOST_GATHERED));
        List<Socket> waiting = gather(TusCalls.MOST_GATHERED / TusCalls.MOST_GATHERED_OF_PEER, tus.checksum());
        try {
            String upload = tus.upload();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertProblem(
                            tus.send(tus.patch(upload, 0, 10).header("Upload-Checksum", tus.checksum())),
                            Problem.BUSY));
            close(waiting);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(tus.send(tus.patch(upload, 0, tus.bytes.length)
                                            .header("Upload-Checksum", tus.checksum()))
                                    .statusCode())
                            .isEqualTo(204));
        } finally {
            close(waiting);
        }
    }

    @Test
    void oneAddressDoesNotKeepTheOthersFromChecksums() throws Exception {
        tus.restart(HopLimits.DEFAULT.withMaxUploadsPerPeer(2 * TusCalls.MOST_GATHERED));
        List<Socket> waiting = gather(1, tus.checksum());
        try (Socket more = new Socket(
                InetAddress.getLoopbackAddress(),
                tus.server.address().getPort(),
                InetAddress.getByName("127.0.0.2"),
                0)) {
            String greedy = created(tus.create(Map.of()));
            tus.startPatch(
                    more, greedy, "Upload-Checksum: " + tus.checksum() + "\r\nContent-Length: " + tus.bytes.length);
            more.setSoTimeout(20_000);
            assertThat(new String(more.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 429");
            assertThat(tus.send(tus.patch(tus.upload(), 0, tus.bytes.length).header("Upload-Checksum", tus.checksum()))
                            .statusCode())
                    .isEqualTo(204);
        } finally {
            close(waiting);
        }
    }

    @Test
    void aBodyThatStallsIsToldSoInTheWordsOfTus() throws Exception {
        tus.restart(Servers.tight());
        String upload = tus.upload();
        try (Raw raw = new Raw(tus.server.address())) {
            tus.startPatch(raw.socket, upload);
            assertThat(raw.rest()).startsWith("HTTP/1.1 408 ").contains("\r\nTus-Resumable: 1.0.0\r\n");
        }
        HttpResponse<String> head = tus.head(upload);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(field(head, "Upload-Expires")).as("it lives").isNotEmpty();
        HttpResponse<String> get = tus.send(tus.request("/inbox").GET());
        assertProblem(get, Problem.METHOD_NOT_ALLOWED);
    }

    @Test
    void whoBroughtNothingIsNotGivenAnHour() throws Exception {
        String upload = tus.upload();
        assertThat(life(tus.head(upload))).isLessThan(Duration.ofMinutes(3));
        tus.send(tus.patch(upload, 0, tus.bytes.length - 1));
        assertThat(life(tus.head(upload))).isGreaterThan(Duration.ofMinutes(3));
    }

    private static Duration life(HttpResponse<String> head) {
        Instant now = DateTimeFormatter.RFC_1123_DATE_TIME.parse(field(head, "Date"), Instant::from);
        Instant end = DateTimeFormatter.RFC_1123_DATE_TIME.parse(field(head, "Upload-Expires"), Instant::from);
        return Duration.between(now, end);
    }
}
