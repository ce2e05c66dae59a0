package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.hop.resume.Metadata;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;

/** tus 1.0.0, call by call. */
class TusTest {
    private static final String ID = "019a8c1e-0000-7000-8000-000000000001";

    private final byte[] bytes = new byte[100_000];
    private final HttpClient http = HttpClient.newHttpClient();
    private TestService service = new TestService();
    private HopServer server;

    @BeforeEach
    void start() throws IOException {
        new Random(3).nextBytes(bytes);
        server = serve(HopLimits.DEFAULT);
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    private HopServer serve(HopLimits limits) throws IOException {
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                limits,
                base -> Optional.<HopService>ofNullable(
                        Map.of("/inbox", service).get(base)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .header("Tus-Resumable", "1.0.0")
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> create(Map<String, String> metadata) throws Exception {
        return send(request("/inbox")
                .header("Upload-Length", "" + bytes.length)
                .header("Upload-Metadata", Metadata.format(metadata))
                .POST(BodyPublishers.noBody()));
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("id", ID);
        metadata.put("sha256", Sha256.of(bytes).hex());
        metadata.put("filename", "crash.dmp");
        return metadata;
    }

    private String upload() throws Exception {
        return created(create(metadata()));
    }

    private static String created(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(201);
        String location = response.headers().firstValue("Location").orElseThrow();
        assertThat(location).matches("/inbox/u/[A-Za-z0-9_-]{22}");
        return location;
    }

    private HttpRequest.Builder patch(String upload, int from, int to) {
        return request(upload)
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", "" + from)
                .method("PATCH", BodyPublishers.ofByteArray(Arrays.copyOfRange(bytes, from, to)));
    }

    private HttpResponse<String> head(String upload) throws Exception {
        return send(request(upload).HEAD());
    }

    private static String field(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static void assertProblem(HttpResponse<String> response, Problem problem) {
        assertThat(response.statusCode()).isEqualTo(problem.status());
        assertThat(response.body()).contains(problem.urn());
        assertThat(field(response, "Tus-Resumable")).isEqualTo("1.0.0");
    }

    @Test
    void optionsSayWhatIsSpoken() throws Exception {
        HttpResponse<String> options = send(
                HttpRequest.newBuilder(request("/inbox").build().uri()).method("OPTIONS", BodyPublishers.noBody()));
        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(field(options, "Tus-Version")).isEqualTo("1.0.0");
        assertThat(field(options, "Tus-Extension").split(","))
                .containsExactlyInAnyOrder("creation", "expiration", "termination", "checksum");
        assertThat(field(options, "Tus-Checksum-Algorithm").split(",")).containsExactlyInAnyOrder("sha1", "sha256");
        assertThat(field(options, "Tus-Max-Size")).isEqualTo("" + TestService.LARGEST);
    }

    @Test
    void anUploadInThreePiecesIsADeliveryLikeAnyOther() throws Exception {
        String upload = upload();
        assertThat(field(head(upload), "Upload-Offset")).isEqualTo("0");

        HttpResponse<String> first = send(patch(upload, 0, 40_000));
        assertThat(first.statusCode()).isEqualTo(204);
        assertThat(field(first, "Upload-Offset")).isEqualTo("40000");
        assertThat(field(first, "Upload-Expires")).endsWith(" GMT");
        assertThat(field(first, "Waybill-Promise"))
                .as("nothing is promised before all is there")
                .isEmpty();
        assertThat(service.seen).isEmpty();
        send(patch(upload, 40_000, 70_000));
        assertThat(field(head(upload), "Upload-Offset")).isEqualTo("70000");

        HttpResponse<String> last = send(patch(upload, 70_000, bytes.length));
        assertThat(last.statusCode()).isEqualTo(204);
        assertThat(field(last, "Waybill-Promise")).isEqualTo(TestService.PROMISE.header());
        assertThat(field(last, "Waybill-Hops")).isEqualTo("0");
        assertThat(field(last, "Link"))
                .isEqualTo(
                        "</inbox/" + ID + "/receipt?sha256=" + Sha256.of(bytes).hex() + ">; rel=\"describedby\"");
        assertThat(service.seen).singleElement().satisfies(seen -> {
            assertThat(seen.arrival().id()).hasToString(ID);
            assertThat(seen.digest()).isEqualTo(Sha256.of(bytes));
            assertThat(seen.arrival().length()).hasValue(bytes.length);
        });
        assertThat(field(head(upload), "Upload-Offset")).isEqualTo("" + bytes.length);
    }

    @Test
    void whatCameBeforeTheConnectionBrokeCounts() throws Exception {
        String upload = upload();
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            startPatch(socket, upload);
            socket.getOutputStream().write(bytes, 0, 30_000);
            socket.getOutputStream().flush();
            awaitArrived(30_000);
        }
        HttpResponse<String> head = head(upload);
        assertThat(field(head, "Upload-Offset")).isEqualTo("30000");
        assertThat(field(head, "Upload-Length")).isEqualTo("" + bytes.length);
        assertThat(send(patch(upload, 30_000, bytes.length)).statusCode()).isEqualTo(204);
        assertThat(service.seen).hasSize(1);
    }

    @Test
    void aNewerRequestTakesOverFromADeadOne() throws Exception {
        String upload = upload();
        try (Socket dead =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            startPatch(dead, upload);
            dead.getOutputStream().write(bytes, 0, 30_000);
            dead.getOutputStream().flush();
            awaitArrived(30_000);

            assertThat(field(head(upload), "Upload-Offset")).isEqualTo("30000");
            dead.setSoTimeout(10_000);
            assertThat(endOf(dead.getInputStream()))
                    .as("the older connection is ended")
                    .isTrue();
        }
        assertThat(send(patch(upload, 30_000, bytes.length)).statusCode()).isEqualTo(204);
    }

    private static boolean endOf(InputStream in) {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void startPatch(Socket socket, String upload) throws IOException {
        startPatch(socket, upload, "Content-Length: " + bytes.length);
    }

    private void startPatch(Socket socket, String upload, String fields) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(("PATCH " + upload + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                        + "Content-Type: application/offset+octet-stream\r\n" + fields + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    private void awaitArrived(long count) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.read() >= count);
    }

    @Test
    void bytesThatDoNotGoOnWhereItStandsAreRefused() throws Exception {
        String upload = upload();
        send(patch(upload, 0, 10_000));
        assertProblem(send(patch(upload, 0, 10_000)), Problem.OFFSET_MISMATCH);
        assertProblem(send(patch(upload, 20_000, 30_000)), Problem.OFFSET_MISMATCH);
        assertThat(field(head(upload), "Upload-Offset")).isEqualTo("10000");
    }

    @Test
    void aPieceWhoseChecksumDoesNotFitDoesNotCount() throws Exception {
        String upload = upload();
        for (String algorithm : new String[] {"sha1 SHA-1", "sha256 SHA-256"}) {
            String name = algorithm.split(" ", -1)[0];
            byte[] digest =
                    MessageDigest.getInstance(algorithm.split(" ", -1)[1]).digest(Arrays.copyOf(bytes, 10_000));
            String right = name + " " + Base64.getEncoder().encodeToString(digest);
            digest[0]++;
            String wrong = name + " " + Base64.getEncoder().encodeToString(digest);
            int from = Integer.parseInt(field(head(upload), "Upload-Offset"));
            if (from == 0) {
                assertProblem(
                        send(patch(upload, 0, 10_000).header("Upload-Checksum", wrong)), Problem.CHECKSUM_MISMATCH);
                assertThat(field(head(upload), "Upload-Offset")).isEqualTo("0");
                assertThat(send(patch(upload, 0, 10_000).header("Upload-Checksum", right))
                                .statusCode())
                        .isEqualTo(204);
            } else {
                assertProblem(
                        send(patch(upload, from, from + 10_000).header("Upload-Checksum", wrong)),
                        Problem.CHECKSUM_MISMATCH);
            }
        }
        assertProblem(send(patch(upload, 10_000, 20_000).header("Upload-Checksum", "md5 AAAA")), Problem.BAD_REQUEST);
    }

    @Test
    void othersCannotFindAnUpload() throws Exception {
        String upload = upload();
        char last = upload.charAt(upload.length() - 1);
        String near = upload.substring(0, upload.length() - 1) + (last == 'A' ? 'Q' : 'A');
        assertProblem(head404(near), Problem.NOT_FOUND);
        assertProblem(send(patch(near, 0, 10)), Problem.NOT_FOUND);
        assertProblem(send(request(near).DELETE()), Problem.NOT_FOUND);
    }

    /** HEAD has no body to look at; the same by another call. */
    private HttpResponse<String> head404(String upload) throws Exception {
        assertThat(head(upload).statusCode()).isEqualTo(404);
        return send(patch(upload, 0, 1));
    }

    @Test
    void anEndedUploadIsGoneAndItsServiceKnows() throws Exception {
        String upload = upload();
        send(patch(upload, 0, 10_000));
        assertThat(send(request(upload).DELETE()).statusCode()).isEqualTo(204);
        assertThat(head(upload).statusCode()).isEqualTo(404);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.failures.size() == 1);
        assertThat(service.seen).isEmpty();
    }

    @Test
    void anAbandonedUploadExpiresAndItsServiceKnows() throws Exception {
        server.close();
        server = serve(new HopLimits(
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
        String upload = upload();
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.failures.size() == 1);
        assertProblem(send(patch(upload, 0, 10)), Problem.TIMED_OUT);
    }

    @Test
    void whoNamesNoTaskIsToldOne() throws Exception {
        HttpResponse<String> created = create(Map.of("filename", "x"));
        String upload = created(created);
        String task = field(created, "Waybill-Task");
        HttpResponse<String> last = send(patch(upload, 0, bytes.length));
        assertThat(field(last, "Link")).contains(task);
        assertThat(service.seen.getFirst().arrival().id()).hasToString(task);
        assertThat(service.seen.getFirst().arrival().sha256()).isEmpty();
    }

    @Test
    void otherBytesThanWereDeclaredEndIt() throws Exception {
        Map<String, String> metadata = metadata();
        metadata.put("sha256", Sha256.of(new byte[1]).hex());
        String upload = created(create(metadata));
        assertProblem(send(patch(upload, 0, bytes.length)), Problem.DIGEST_MISMATCH);
    }

    @Test
    void whatIsHeldAlreadyNeedsNoBytes() throws Exception {
        service = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) {
                return new Answer.Accepted(new DeliveryKey(arrival.id(), Sha256.of(bytes), Optional.empty()), PROMISE);
            }
        };
        HttpResponse<String> created = create(metadata());
        String upload = created(created);
        assertThat(field(created, "Waybill-Promise")).isEqualTo(TestService.PROMISE.header());
        assertThat(field(head(upload), "Upload-Offset")).isEqualTo("" + bytes.length);
        HttpResponse<String> patched = send(patch(upload, 0, 10));
        assertThat(patched.statusCode()).isEqualTo(204);
        assertThat(field(patched, "Upload-Offset")).isEqualTo("" + bytes.length);
    }

    @Test
    void badRequestsAreRefused() throws Exception {
        String upload = upload();
        assertThat(send(HttpRequest.newBuilder(request(upload).build().uri()).HEAD())
                        .statusCode())
                .isEqualTo(412);
        assertProblem(send(request("/inbox").POST(BodyPublishers.noBody())), Problem.LENGTH_REQUIRED);
        assertProblem(
                send(request("/inbox").header("Upload-Length", "-1").POST(BodyPublishers.noBody())),
                Problem.BAD_REQUEST);
        assertProblem(
                send(request("/inbox")
                        .header("Upload-Length", "" + (HopLimits.DEFAULT.maxBody() + 1))
                        .POST(BodyPublishers.noBody())),
                Problem.TOO_LARGE);
        assertProblem(create(Map.of("id", "../../etc")), Problem.BAD_REQUEST);
        assertProblem(create(Map.of("sha256", "AA")), Problem.BAD_REQUEST);
        assertProblem(
                send(request("/inbox")
                        .header("Upload-Length", "10")
                        .header("Upload-Metadata", "id not*base64")
                        .POST(BodyPublishers.noBody())),
                Problem.BAD_REQUEST);
        assertProblem(
                send(request(upload)
                        .header("Upload-Offset", "0")
                        .header("Content-Type", "text/plain")
                        .method("PATCH", BodyPublishers.ofByteArray(bytes))),
                Problem.MEDIA_TYPE);
        assertProblem(
                send(request(upload)
                        .header("Content-Type", "application/offset+octet-stream")
                        .method("PATCH", BodyPublishers.ofByteArray(bytes))),
                Problem.BAD_REQUEST);
        assertThat(send(request("/nobody").header("Upload-Length", "1").POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aClientWithoutPatchMeansItByPost() throws Exception {
        String upload = upload();
        HttpResponse<String> patched = send(request(upload)
                .header("X-HTTP-Method-Override", "PATCH")
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", "0")
                .POST(BodyPublishers.ofByteArray(bytes)));
        assertThat(patched.statusCode()).isEqualTo(204);
        assertThat(service.seen).hasSize(1);
        assertThat(send(request(upload).POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(405);
    }

    @Test
    void oneAddressHasOnlySoManyAtOnce() throws Exception {
        for (int i = 0; i < HopLimits.DEFAULT.maxUploadsPerPeer(); i++) {
            created(create(Map.of()));
        }
        assertProblem(create(Map.of()), Problem.TOO_MANY);
    }

    @Test
    void whatIsDecidedDoesNotCountAsUnderWay() throws Exception {
        for (int i = 0; i < HopLimits.DEFAULT.maxUploadsPerPeer() + 4; i++) {
            String upload = created(create(Map.of()));
            assertThat(send(patch(upload, 0, bytes.length)).statusCode()).isEqualTo(204);
            assertThat(field(head(upload), "Upload-Offset"))
                    .as("and can be looked up")
                    .isEqualTo("" + bytes.length);
        }
    }

    @Test
    void whoSendsAByteNowAndThenLosesHisRoomToo() throws Exception {
        server.close();
        server = serve(new HopLimits(
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
        String upload = upload();
        AtomicInteger sent = new AtomicInteger();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() ->
                        send(patch(upload, sent.get(), sent.incrementAndGet())).statusCode()
                                == Problem.TIMED_OUT.status());
        assertThat(service.failures).hasSize(1);
    }

    /** Requests that each hold a piece in memory, of one address after the other. */
    private List<Socket> gather(int peers, String checksum) throws Exception {
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < peers * TusCalls.MOST_GATHERED_OF_PEER; i++) {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(),
                    server.address().getPort(),
                    InetAddress.getByName("127.0.0." + (2 + i / TusCalls.MOST_GATHERED_OF_PEER)),
                    0);
            waiting.add(socket);
            String upload = created(create(Map.of()));
            if (i % 2 == 0) {
                startPatch(socket, upload, "Upload-Checksum: " + checksum + "\r\nContent-Length: " + bytes.length);
            } else {
                startPatch(socket, upload, "Transfer-Encoding: chunked");
            }
        }
        return waiting;
    }

    private static void close(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private String checksum() throws Exception {
        return "sha1 "
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
    }

    @Test
    void whatIsHeldInMemoryIsBoundedOverAll() throws Exception {
        server.close();
        server = serve(HopLimits.DEFAULT.withMaxUploadsPerPeer(2 * TusCalls.MOST_GATHERED));
        List<Socket> waiting = gather(TusCalls.MOST_GATHERED / TusCalls.MOST_GATHERED_OF_PEER, checksum());
        try {
            String upload = upload();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertProblem(
                            send(patch(upload, 0, 10).header("Upload-Checksum", checksum())), Problem.BUSY));
            close(waiting);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(send(patch(upload, 0, bytes.length).header("Upload-Checksum", checksum()))
                                            .statusCode())
                                    .isEqualTo(204));
        } finally {
            close(waiting);
        }
    }

    @Test
    void oneAddressDoesNotKeepTheOthersFromChecksums() throws Exception {
        server.close();
        server = serve(HopLimits.DEFAULT.withMaxUploadsPerPeer(2 * TusCalls.MOST_GATHERED));
        List<Socket> waiting = gather(1, checksum());
        try (Socket more = new Socket(
                InetAddress.getLoopbackAddress(), server.address().getPort(), InetAddress.getByName("127.0.0.2"), 0)) {
            String greedy = created(create(Map.of()));
            startPatch(more, greedy, "Upload-Checksum: " + checksum() + "\r\nContent-Length: " + bytes.length);
            more.setSoTimeout(20_000);
            assertThat(new String(more.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 429");
            assertThat(send(patch(upload(), 0, bytes.length).header("Upload-Checksum", checksum()))
                            .statusCode())
                    .isEqualTo(204);
        } finally {
            close(waiting);
        }
    }

    @Test
    void aBodyThatStallsIsToldSoInTheWordsOfTus() throws Exception {
        server.close();
        server = serve(Servers.tight());
        String upload = upload();
        try (Raw raw = new Raw(server.address())) {
            startPatch(raw.socket, upload);
            assertThat(raw.rest()).startsWith("HTTP/1.1 408 ").contains("\r\nTus-Resumable: 1.0.0\r\n");
        }
        HttpResponse<String> head = head(upload);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(field(head, "Upload-Expires")).as("it lives").isNotEmpty();
        HttpResponse<String> get = send(request("/inbox").GET());
        assertProblem(get, Problem.METHOD_NOT_ALLOWED);
    }

    @Test
    void whoBroughtNothingIsNotGivenAnHour() throws Exception {
        String upload = upload();
        assertThat(life(head(upload))).isLessThan(Duration.ofMinutes(3));
        send(patch(upload, 0, bytes.length - 1));
        assertThat(life(head(upload))).isGreaterThan(Duration.ofMinutes(3));
    }

    private static Duration life(HttpResponse<String> head) {
        Instant now = DateTimeFormatter.RFC_1123_DATE_TIME.parse(field(head, "Date"), Instant::from);
        Instant end = DateTimeFormatter.RFC_1123_DATE_TIME.parse(field(head, "Upload-Expires"), Instant::from);
        return Duration.between(now, end);
    }
}
