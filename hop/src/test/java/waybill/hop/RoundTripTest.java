package waybill.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Server half and client half against each other. */
class RoundTripTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");

    private static final String RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

    private final TestService service = new TestService();

    @TempDir
    Path dir;

    private static HopServer serve(HopService service, HopLimits limits) throws IOException {
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                limits,
                base -> Optional.ofNullable(Map.of("/inbox", service).get(base)));
    }

    private static Peer peer(HopServer server) {
        return new Peer(
                URI.create("http://127.0.0.1:" + server.address().getPort() + "/inbox"),
                new Peer.Identity.Plain(),
                Optional.empty());
    }

    private Upload upload(byte[] bytes) throws IOException {
        Path file = Files.write(dir.resolve("body"), bytes);
        return new Upload(
                new DeliveryKey(ID, Sha256.of(bytes), Optional.of(Sha256.of(new byte[3]))),
                bytes.length,
                Optional.of(RECIPIENT),
                2,
                () -> Files.newByteChannel(file),
                Upload.Progress.NONE);
    }

    @Test
    void whoIsLedToAnotherBackendsAliasHearsItBeforeHeSendsAnything() throws Exception {
        byte[] bytes = "hello".getBytes(StandardCharsets.US_ASCII);
        try (HopServer server = serve(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            Peer right = meaning(peer(server), TestService.BACKEND);
            Peer wrong = meaning(peer(server), BackendUrl.parse("https://backend.example/outbox"));

            for (HopAnswer answer : List.of(
                    client.put(wrong, upload(bytes), Duration.ofSeconds(10)),
                    client.profile(wrong),
                    client.collect(wrong, upload(bytes).key(), Duration.ZERO))) {
                assertThat(answer)
                        .isInstanceOfSatisfying(
                                HopAnswer.Failed.class,
                                failed -> assertThat(failed.problem()).contains(Problem.NOT_FOUND));
            }
            assertThat(service.seen).isEmpty();
            assertThat(client.put(right, upload(bytes), Duration.ofSeconds(10)))
                    .isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
        }
    }

    private static Peer meaning(Peer peer, BackendUrl backend) {
        return new Peer(peer.base(), peer.identity(), peer.connectTo(), Optional.of(backend));
    }

    @Test
    void aSmallUploadArrivesWithAllThatWasSaidOfIt() throws Exception {
        byte[] bytes = "hello".getBytes(StandardCharsets.US_ASCII);
        try (HopServer server = serve(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            for (int i = 0; i < 3; i++) {
                HopAnswer answer = client.put(peer(server), upload(bytes), Duration.ofSeconds(10));
                assertThat(answer).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
            }
            HopService.Arrival arrival = service.seen.getFirst().arrival();
            assertThat(arrival.id()).isEqualTo(ID);
            assertThat(arrival.sha256()).contains(Sha256.of(bytes));
            assertThat(arrival.contents()).contains(Sha256.of(new byte[3]));
            assertThat(arrival.recipient()).contains(RECIPIENT);
            assertThat(arrival.hops()).isEqualTo(2);
            assertThat(arrival.length()).hasValue(5);
            assertThat(arrival.peer().isLoopbackAddress()).isTrue();
        }
    }

    @Test
    void aLargeUploadArrivesWhole() throws Exception {
        try (HopServer server = serve(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            byte[] bytes = new byte[5_000_000];
            HopAnswer answer = client.put(peer(server), upload(bytes), Duration.ofSeconds(10));
            assertThat(answer).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
            assertThat(service.seen.getFirst().digest()).isEqualTo(Sha256.of(bytes));
        }
    }

    @Test
    void aSourceThatFailsIsToldFromAPeerThatDoesAndIsNotOpenedTwice() throws Exception {
        byte[] bytes = "hello".getBytes(StandardCharsets.US_ASCII);
        try (HopServer server = serve(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            // Leaves a connection at rest, over which a call that fails is made again.
            client.put(peer(server), upload(bytes), Duration.ofSeconds(10));
            Upload good = upload(bytes);
            int[] opened = {0};
            Upload missing = from(good, () -> {
                opened[0]++;
                throw new NoSuchFileException("gone");
            });
            Upload shorter = from(good, () -> Files.newByteChannel(Files.write(dir.resolve("short"), new byte[2])));

            for (Upload bad : List.of(missing, shorter)) {
                assertThatThrownBy(() -> client.put(peer(server), bad, Duration.ofSeconds(10)))
                        .isInstanceOf(HopClient.SourceException.class);
            }
            assertThat(opened[0]).isEqualTo(1);
        }
    }

    private static Upload from(Upload upload, Upload.Source source) {
        return new Upload(upload.key(), upload.size(), upload.recipient(), upload.hops(), source, Upload.Progress.NONE);
    }

    @Test
    void profileAndAnUnknownReceipt() throws Exception {
        try (HopServer server = serve(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            HopAnswer profile = client.profile(peer(server));
            assertThat(profile).isInstanceOf(HopAnswer.Cms.class);
            HopAnswer receipt =
                    client.collect(peer(server), DeliveryKey.of(ID, Sha256.of(new byte[0])), Duration.ofSeconds(1));
            assertThat(receipt)
                    .isEqualTo(new HopAnswer.Failed(
                            404, Optional.of(Problem.NOT_FOUND), Optional.empty(), "no such delivery"));
        }
    }
}
