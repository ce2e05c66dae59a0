package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.awaitility.Awaitility;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.TestService;
import waybill.hop.resume.Metadata;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;

/** A server that speaks tus, and somebody who brings it {@link #bytes} call by call. */
final class TusExchange implements AutoCloseable {
    static final String ID = "019a8c1e-0000-7000-8000-000000000001";

    final byte[] bytes = new byte[100_000];
    private final HttpClient http = HttpClient.newHttpClient();
    /** What stands behind the server. */
    TestService service = new TestService();

    HopServer server;

    TusExchange() throws IOException {
        new Random(3).nextBytes(bytes);
        server = serve(HopLimits.DEFAULT);
    }

    @Override
    public void close() {
        server.close();
        http.close();
    }

    /** Another server in its place, with these limits. */
    void restart(HopLimits limits) throws IOException {
        server.close();
        server = serve(limits);
    }

    private HopServer serve(HopLimits limits) throws IOException {
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                limits,
                base -> Optional.<HopService>ofNullable(
                        Map.of("/inbox", service).get(base)));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .header("Tus-Resumable", "1.0.0")
                .timeout(Duration.ofSeconds(20));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> create(Map<String, String> metadata) throws Exception {
        return send(request("/inbox")
                .header("Upload-Length", "" + bytes.length)
                .header("Upload-Metadata", Metadata.format(metadata))
                .POST(BodyPublishers.noBody()));
    }

    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("id", ID);
        metadata.put("sha256", Sha256.of(bytes).hex());
        metadata.put("filename", "crash.dmp");
        return metadata;
    }

    String upload() throws Exception {
        return created(create(metadata()));
    }

    static String created(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(201);
        String location = response.headers().firstValue("Location").orElseThrow();
        assertThat(location).matches("/inbox/u/[A-Za-z0-9_-]{22}");
        return location;
    }

    HttpRequest.Builder patch(String upload, int from, int to) {
        return request(upload)
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", "" + from)
                .method("PATCH", BodyPublishers.ofByteArray(Arrays.copyOfRange(bytes, from, to)));
    }

    HttpResponse<String> head(String upload) throws Exception {
        return send(request(upload).HEAD());
    }

    static String field(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    static void assertProblem(HttpResponse<String> response, Problem problem) {
        assertThat(response.statusCode()).isEqualTo(problem.status());
        assertThat(response.body()).contains(problem.urn());
        assertThat(field(response, "Tus-Resumable")).isEqualTo("1.0.0");
    }

    void startPatch(Socket socket, String upload) throws IOException {
        startPatch(socket, upload, "Content-Length: " + bytes.length);
    }

    void startPatch(Socket socket, String upload, String fields) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(("PATCH " + upload + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                        + "Content-Type: application/offset+octet-stream\r\n" + fields + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    void awaitArrived(long count) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.read() >= count);
    }

    String checksum() throws Exception {
        return "sha1 "
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
    }
}
