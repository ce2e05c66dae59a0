package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.hop.server.TusExchange.ID;
import static waybill.hop.server.TusExchange.assertProblem;
import static waybill.hop.server.TusExchange.created;
import static waybill.hop.server.TusExchange.field;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;
import waybill.hop.TestService;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;

/** tus 1.0.0, call by call. */
class TusTest {
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
    void optionsSayWhatIsSpoken() throws Exception {
        HttpResponse<String> options = tus.send(
                HttpRequest.newBuilder(tus.request("/inbox").build().uri()).method("OPTIONS", BodyPublishers.noBody()));
        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(field(options, "Tus-Version")).isEqualTo("1.0.0");
        assertThat(field(options, "Tus-Extension").split(","))
                .containsExactlyInAnyOrder("creation", "expiration", "termination", "checksum");
        assertThat(field(options, "Tus-Checksum-Algorithm").split(",")).containsExactlyInAnyOrder("sha1", "sha256");
        assertThat(field(options, "Tus-Max-Size")).isEqualTo("" + TestService.LARGEST);
    }

    @Test
    void anUploadInThreePiecesIsADeliveryLikeAnyOther() throws Exception {
        String upload = tus.upload();
        assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("0");

        HttpResponse<String> first = tus.send(tus.patch(upload, 0, 40_000));
        assertThat(first.statusCode()).isEqualTo(204);
        assertThat(field(first, "Upload-Offset")).isEqualTo("40000");
        assertThat(field(first, "Upload-Expires")).endsWith(" GMT");
        assertThat(field(first, "Waybill-Promise"))
                .as("nothing is promised before all is there")
                .isEmpty();
        assertThat(tus.service.seen).isEmpty();
        tus.send(tus.patch(upload, 40_000, 70_000));
        assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("70000");

        HttpResponse<String> last = tus.send(tus.patch(upload, 70_000, tus.bytes.length));
        assertThat(last.statusCode()).isEqualTo(204);
        assertThat(field(last, "Waybill-Promise")).isEqualTo(TestService.PROMISE.header());
        assertThat(field(last, "Waybill-Hops")).isEqualTo("0");
        assertThat(field(last, "Link"))
                .isEqualTo("</inbox/" + ID + "/receipt?sha256="
                        + Sha256.of(tus.bytes).hex() + ">; rel=\"describedby\"");
        assertThat(tus.service.seen).singleElement().satisfies(seen -> {
            assertThat(seen.arrival().id()).hasToString(ID);
            assertThat(seen.digest()).isEqualTo(Sha256.of(tus.bytes));
            assertThat(seen.arrival().length()).hasValue(tus.bytes.length);
        });
        assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("" + tus.bytes.length);
    }

    @Test
    void whatCameBeforeTheConnectionBrokeCounts() throws Exception {
        String upload = tus.upload();
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), tus.server.address().getPort())) {
            tus.startPatch(socket, upload);
            socket.getOutputStream().write(tus.bytes, 0, 30_000);
            socket.getOutputStream().flush();
            tus.awaitArrived(30_000);
        }
        HttpResponse<String> head = tus.head(upload);
        assertThat(field(head, "Upload-Offset")).isEqualTo("30000");
        assertThat(field(head, "Upload-Length")).isEqualTo("" + tus.bytes.length);
        assertThat(tus.send(tus.patch(upload, 30_000, tus.bytes.length)).statusCode())
                .isEqualTo(204);
        assertThat(tus.service.seen).hasSize(1);
    }

    @Test
    void aNewerRequestTakesOverFromADeadOne() throws Exception {
        String upload = tus.upload();
        try (Socket dead = new Socket(
                InetAddress.getLoopbackAddress(), tus.server.address().getPort())) {
            tus.startPatch(dead, upload);
            dead.getOutputStream().write(tus.bytes, 0, 30_000);
            dead.getOutputStream().flush();
            tus.awaitArrived(30_000);

            assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("30000");
            dead.setSoTimeout(10_000);
            assertThat(endOf(dead.getInputStream()))
                    .as("the older connection is ended")
                    .isTrue();
        }
        assertThat(tus.send(tus.patch(upload, 30_000, tus.bytes.length)).statusCode())
                .isEqualTo(204);
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

    @Test
    void bytesThatDoNotGoOnWhereItStandsAreRefused() throws Exception {
        String upload = tus.upload();
        tus.send(tus.patch(upload, 0, 10_000));
        assertProblem(tus.send(tus.patch(upload, 0, 10_000)), Problem.OFFSET_MISMATCH);
        assertProblem(tus.send(tus.patch(upload, 20_000, 30_000)), Problem.OFFSET_MISMATCH);
        assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("10000");
    }

    @Test
    void aPieceWhoseChecksumDoesNotFitDoesNotCount() throws Exception {
        String upload = tus.upload();
        for (String algorithm : new String[] {"sha1 SHA-1", "sha256 SHA-256"}) {
            String name = algorithm.split(" ", -1)[0];
            byte[] digest =
                    MessageDigest.getInstance(algorithm.split(" ", -1)[1]).digest(Arrays.copyOf(tus.bytes, 10_000));
            String right = name + " " + Base64.getEncoder().encodeToString(digest);
            digest[0]++;
            String wrong = name + " " + Base64.getEncoder().encodeToString(digest);
            int from = Integer.parseInt(field(tus.head(upload), "Upload-Offset"));
            if (from == 0) {
                assertProblem(
                        tus.send(tus.patch(upload, 0, 10_000).header("Upload-Checksum", wrong)),
                        Problem.CHECKSUM_MISMATCH);
                assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("0");
                assertThat(tus.send(tus.patch(upload, 0, 10_000).header("Upload-Checksum", right))
                                .statusCode())
                        .isEqualTo(204);
            } else {
                assertProblem(
                        tus.send(tus.patch(upload, from, from + 10_000).header("Upload-Checksum", wrong)),
                        Problem.CHECKSUM_MISMATCH);
            }
        }
        assertProblem(
                tus.send(tus.patch(upload, 10_000, 20_000).header("Upload-Checksum", "md5 AAAA")), Problem.BAD_REQUEST);
    }

    @Test
    void othersCannotFindAnUpload() throws Exception {
        String upload = tus.upload();
        char last = upload.charAt(upload.length() - 1);
        String near = upload.substring(0, upload.length() - 1) + (last == 'A' ? 'Q' : 'A');
        assertProblem(head404(near), Problem.NOT_FOUND);
        assertProblem(tus.send(tus.patch(near, 0, 10)), Problem.NOT_FOUND);
        assertProblem(tus.send(tus.request(near).DELETE()), Problem.NOT_FOUND);
    }

    /** HEAD has no body to look at; the same by another call. */
    private HttpResponse<String> head404(String upload) throws Exception {
        assertThat(tus.head(upload).statusCode()).isEqualTo(404);
        return tus.send(tus.patch(upload, 0, 1));
    }

    @Test
    void anEndedUploadIsGoneAndItsServiceKnows() throws Exception {
        String upload = tus.upload();
        tus.send(tus.patch(upload, 0, 10_000));
        assertThat(tus.send(tus.request(upload).DELETE()).statusCode()).isEqualTo(204);
        assertThat(tus.head(upload).statusCode()).isEqualTo(404);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> tus.service.failures.size() == 1);
        assertThat(tus.service.seen).isEmpty();
    }

    @Test
    void whoNamesNoTaskIsToldOne() throws Exception {
        HttpResponse<String> created = tus.create(Map.of("filename", "x"));
        String upload = created(created);
        String task = field(created, "Waybill-Task");
        HttpResponse<String> last = tus.send(tus.patch(upload, 0, tus.bytes.length));
        assertThat(field(last, "Link")).contains(task);
        assertThat(tus.service.seen.getFirst().arrival().id()).hasToString(task);
        assertThat(tus.service.seen.getFirst().arrival().sha256()).isEmpty();
    }

    @Test
    void otherBytesThanWereDeclaredEndIt() throws Exception {
        Map<String, String> metadata = tus.metadata();
        metadata.put("sha256", Sha256.of(new byte[1]).hex());
        String upload = created(tus.create(metadata));
        assertProblem(tus.send(tus.patch(upload, 0, tus.bytes.length)), Problem.DIGEST_MISMATCH);
    }

    @Test
    void whatIsHeldAlreadyNeedsNoBytes() throws Exception {
        tus.service = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) {
                return new Answer.Accepted(
                        new DeliveryKey(arrival.id(), Sha256.of(tus.bytes), Optional.empty()), PROMISE);
            }
        };
        HttpResponse<String> created = tus.create(tus.metadata());
        String upload = created(created);
        assertThat(field(created, "Waybill-Promise")).isEqualTo(TestService.PROMISE.header());
        assertThat(field(tus.head(upload), "Upload-Offset")).isEqualTo("" + tus.bytes.length);
        HttpResponse<String> patched = tus.send(tus.patch(upload, 0, 10));
        assertThat(patched.statusCode()).isEqualTo(204);
        assertThat(field(patched, "Upload-Offset")).isEqualTo("" + tus.bytes.length);
    }

    @Test
    void badRequestsAreRefused() throws Exception {
        String upload = tus.upload();
        assertThat(tus.send(HttpRequest.newBuilder(tus.request(upload).build().uri())
                                .HEAD())
                        .statusCode())
                .isEqualTo(412);
        assertProblem(tus.send(tus.request("/inbox").POST(BodyPublishers.noBody())), Problem.LENGTH_REQUIRED);
        assertProblem(
                tus.send(tus.request("/inbox").header("Upload-Length", "-1").POST(BodyPublishers.noBody())),
                Problem.BAD_REQUEST);
        assertProblem(
                tus.send(tus.request("/inbox")
                        .header("Upload-Length", "" + (HopLimits.DEFAULT.maxBody() + 1))
                        .POST(BodyPublishers.noBody())),
                Problem.TOO_LARGE);
        assertProblem(tus.create(Map.of("id", "../../etc")), Problem.BAD_REQUEST);
        assertProblem(tus.create(Map.of("sha256", "AA")), Problem.BAD_REQUEST);
        assertProblem(
                tus.send(tus.request("/inbox")
                        .header("Upload-Length", "10")
                        .header("Upload-Metadata", "id not*base64")
                        .POST(BodyPublishers.noBody())),
                Problem.BAD_REQUEST);
        assertProblem(
                tus.send(tus.request(upload)
                        .header("Upload-Offset", "0")
                        .header("Content-Type", "text/plain")
                        .method("PATCH", BodyPublishers.ofByteArray(tus.bytes))),
                Problem.MEDIA_TYPE);
        assertProblem(
                tus.send(tus.request(upload)
                        .header("Content-Type", "application/offset+octet-stream")
                        .method("PATCH", BodyPublishers.ofByteArray(tus.bytes))),
                Problem.BAD_REQUEST);
        assertThat(tus.send(tus.request("/nobody").header("Upload-Length", "1").POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aClientWithoutPatchMeansItByPost() throws Exception {
        String upload = tus.upload();
        HttpResponse<String> patched = tus.send(tus.request(upload)
                .header("X-HTTP-Method-Override", "PATCH")
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", "0")
                .POST(BodyPublishers.ofByteArray(tus.bytes)));
        assertThat(patched.statusCode()).isEqualTo(204);
        assertThat(tus.service.seen).hasSize(1);
        assertThat(tus.send(tus.request(upload).POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(405);
    }
}
