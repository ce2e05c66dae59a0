package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.TestPki;

/** Strangers who announce much to a relay and break off, and what is left of them at the backend. */
@Timeout(120)
class BrokenFirstLegTest {
    private static final int PLACES = 2;
    private static final long ANNOUNCED = 64 << 20;

    @TempDir
    Path directory;

    private final Random random = new Random(9);

    /** A backend that has few places for one relay. */
    private static final class Backend implements HopService, AutoCloseable {
        final TestPki pki = TestPki.of("127.0.0.1");
        final AtomicInteger begun = new AtomicInteger();
        final AtomicInteger underWay = new AtomicInteger();
        final AtomicInteger whole = new AtomicInteger();
        final HopServer server;

        Backend() throws IOException {
            server = HopServer.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Optional.empty(),
                    HopLimits.DEFAULT.withMaxUploadsPerPeer(PLACES),
                    path -> path.equals("/inbox") ? Optional.of(this) : Optional.empty());
        }

        @Override
        public BackendUrl backend() {
            return BackendUrl.parse("http://127.0.0.1:" + server.address().getPort() + "/inbox");
        }

        @Override
        public byte[] profile() throws ProblemException {
            throw new ProblemException(Problem.BUSY, "none");
        }

        @Override
        public Answer deliver(Arrival arrival) throws IOException {
            underWay.incrementAndGet();
            begun.incrementAndGet();
            try {
                arrival.body().transferTo(OutputStream.nullOutputStream());
                whole.incrementAndGet();
                return new Answer.Accepted(
                        new DeliveryKey(arrival.id(), arrival.sha256().orElseThrow(), arrival.contents()),
                        new Promise(0, 0, 0, 1_000_000, 1));
            } finally {
                underWay.decrementAndGet();
            }
        }

        @Override
        public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
                throws ProblemException {
            throw new ProblemException(Problem.NOT_FOUND, "nothing is signed here");
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private RelayServer relay(Backend backend) throws IOException {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        return RelayServer.start(RelayConfig.builder(
                        directory.resolve("relay"),
                        List.of(new RelayConfig.Backend(
                                backend.backend(), backend.pki.policy(), new Peer.Identity.Plain(), Optional.empty())))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .interfaces(List.of("lo"))
                .discoveryPort(port)
                .via(RelayConfig.Via.DIRECT)
                .allowPlainLan(true)
                .allowPlainBackend(true)
                .build());
    }

    private TaskId task() {
        return TaskId.fresh(InstantSource.system(), random);
    }

    /** Announces much, brings so much, and breaks off once this was seen. */
    private void breaksOff(RelayServer relay, String alias, long brings, Runnable seen) throws IOException {
        byte[] digest = new byte[32];
        random.nextBytes(digest);
        String head = "PUT " + alias + "/" + task() + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + ANNOUNCED
                + "\r\nRepr-Digest: sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":\r\n\r\n";
        try (Socket socket =
                new Socket(relay.address().getAddress(), relay.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[(int) brings]);
            out.flush();
            seen.run();
        }
    }

    @Test
    void nothingOfThemIsLeftAtTheBackend() throws Exception {
        try (Backend backend = new Backend();
                RelayServer relay = relay(backend)) {
            String alias = Objects.requireNonNull(relay.aliases().get(backend.backend()));
            for (int i = 1; i <= 2 * PLACES + 1; i++) {
                int begun = i;
                breaksOff(
                        relay,
                        alias,
                        CutThrough.LEAST + 1,
                        () -> await("the second leg begins")
                                .atMost(Duration.ofSeconds(20))
                                .until(() -> backend.begun.get() == begun));
                await("the backend hears that it is given up")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> backend.underWay.get() == 0);
            }
            assertThat(put(relay, alias, backend)).isInstanceOf(HopAnswer.Accepted.class);
            await("whoever means it has his place")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> backend.whole.get() == 1);
        }
    }

    /** Somebody honest brings something large. */
    private HopAnswer put(RelayServer relay, String alias, Backend backend) throws IOException {
        byte[] bytes = new byte[9 << 20];
        random.nextBytes(bytes);
        Peer peer = new Peer(
                URI.create("http://127.0.0.1:" + relay.address().getPort() + alias),
                new Peer.Identity.Plain(),
                Optional.empty(),
                Optional.of(backend.backend()));
        Upload upload = new Upload(
                DeliveryKey.of(task(), Sha256.of(bytes)),
                bytes.length,
                Optional.empty(),
                0,
                () -> new SeekableInMemoryByteChannel(bytes),
                Upload.Progress.NONE);
        try (HttpHopClient client = HttpHopClient.create()) {
            return client.put(peer, upload, Duration.ofSeconds(60));
        }
    }
}
