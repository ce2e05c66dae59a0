package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.Peer;
import waybill.hop.TestService;
import waybill.hop.Upload;
import waybill.hop.server.HopServer;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Our client over a link that is cut. */
class ResumingTest {
    private static final int SIZE = 16 << 20;
    private static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");

    private final TestService service = new TestService();
    private final byte[] bytes = new byte[SIZE];

    @TempDir
    Path dir;

    private volatile HopServer server;
    private HttpHopClient client;
    private Link link;

    private final Told told = new Told();

    /** Keeps what an upload tells of breaks. */
    private static final class Told implements Upload.Progress {
        private final List<String> events = new ArrayList<>();

        @Override
        public void sent(long bytes) {}

        @Override
        public void broke(String why) {
            events.add("broke: " + why);
        }

        @Override
        public void goesOn(long from) {
            events.add("on: " + from);
        }
    }

    @BeforeEach
    void start() throws IOException {
        new Random(4).nextBytes(bytes);
        server = serve();
        link = new Link();
        client = HttpHopClient.create(new ClientSettings(
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                1 << 20,
                Duration.ofSeconds(1),
                1 << 20,
                Duration.ofMillis(1)));
    }

    private HopServer serve() throws IOException {
        return HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                HopLimits.DEFAULT,
                base -> Optional.<HopService>ofNullable(
                        Map.of("/inbox", service).get(base)));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        link.close();
        server.close();
    }

    /** Passes bytes on to the server and counts them; connections are cut after so many. */
    private final class Link implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Long> cuts = new ArrayList<>();
        private final AtomicLong counted = new AtomicLong();
        private final AtomicLong connections = new AtomicLong();
        private volatile boolean down;
        /** Before a cut it waits until so many bytes came out at the other end. */
        private volatile LongSupplier cameOut = () -> Long.MAX_VALUE;

        Link() throws IOException {
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        Socket near = socket.accept();
                        connections.incrementAndGet();
                        if (down) {
                            near.close();
                            continue;
                        }
                        long most;
                        synchronized (cuts) {
                            most = cuts.isEmpty() ? Long.MAX_VALUE : cuts.removeFirst();
                        }
                        Socket far = new Socket(
                                InetAddress.getLoopbackAddress(),
                                server.address().getPort());
                        Thread.ofVirtual().start(() -> pass(near, far, most));
                        Thread.ofVirtual().start(() -> pass(far, near, Long.MAX_VALUE));
                    }
                } catch (IOException e) {
                    // closed
                }
            });
        }

        void cut(long... after) {
            for (long each : after) {
                cuts.add(each);
            }
        }

        private void pass(Socket from, Socket to, long most) {
            byte[] buffer = new byte[16 * 1024];
            long passed = 0;
            try (from) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                while (passed < most) {
                    int count = in.read(buffer, 0, (int) Math.min(buffer.length, most - passed));
                    if (count < 0) {
                        break;
                    }
                    out.write(buffer, 0, count);
                    out.flush();
                    passed += count;
                    if (from.getLocalPort() == socket.getLocalPort()) {
                        counted.addAndGet(count);
                    }
                }
                for (int i = 0; i < 10_000 && cameOut.getAsLong() < passed - buffer.length; i++) {
                    LockSupport.parkNanos(1_000_000);
                }
                // What has arrived over there stays, as where a cable is pulled.
                to.shutdownOutput();
            } catch (IOException e) {
                // cut
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private HopAnswer put() throws IOException {
        Path file = Files.write(dir.resolve("body"), bytes);
        Upload upload = new Upload(
                new DeliveryKey(ID, Sha256.of(bytes), Optional.of(Sha256.of(new byte[3]))),
                SIZE,
                Optional.empty(),
                1,
                () -> Files.newByteChannel(file),
                told);
        Peer peer = new Peer(
                URI.create("http://127.0.0.1:" + link.socket.getLocalPort() + "/inbox"),
                new Peer.Identity.Plain(),
                Optional.empty(),
                Optional.of(TestService.BACKEND));
        return client.put(peer, upload, Duration.ofSeconds(60));
    }

    private void assertArrivedOnce() {
        assertThat(service.seen).singleElement().satisfies(seen -> {
            assertThat(seen.digest()).isEqualTo(Sha256.of(bytes));
            assertThat(seen.arrival().id()).isEqualTo(ID);
            assertThat(seen.arrival().contents()).contains(Sha256.of(new byte[3]));
            assertThat(seen.arrival().hops()).isEqualTo(1);
        });
    }

    @Test
    void aLargeBodyGoesByTus() throws Exception {
        assertThat(put()).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
        assertArrivedOnce();
    }

    @Test
    void aCutLinkCostsWhatWasOnItAndNoMore() throws Exception {
        link.cut(SIZE / 2);
        AtomicLong arrived = new AtomicLong();
        service.onRead = arrived::set;
        link.cameOut = arrived::get;
        assertThat(put()).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
        assertArrivedOnce();
        assertThat(link.counted.get()).isLessThan((long) (SIZE * 1.1));
        assertThat(link.connections.get()).isGreaterThanOrEqualTo(2);
        assertThat(told.events).hasSize(2).first().asString().startsWith("broke: ");
        assertThat(Long.parseLong(told.events.getLast().substring("on: ".length())))
                .isBetween(1L, (long) SIZE / 2);
    }

    @Test
    void whoIsInterruptedDoesNotSayThatHeTriesToGoOn() throws Exception {
        FutureTask<HopAnswer> task = new FutureTask<>(this::put);
        Thread putting = Thread.ofVirtual().unstarted(task);
        service.onRead = read -> putting.interrupt();
        putting.start();
        assertThatThrownBy(task::get).hasCauseInstanceOf(IOException.class);
        assertThat(told.events).isEmpty();
    }

    @Test
    void aLinkThatIsCutAgainAndAgainBringsItAllTheSame() throws Exception {
        link.cut(SIZE / 3, SIZE / 3, 300, SIZE / 3, 0, SIZE / 4);
        assertThat(put()).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
        assertArrivedOnce();
    }

    @Test
    void aHopThatForgotTheUploadGetsItAnew() throws Exception {
        link.cut(SIZE / 2);
        service.onRead = read -> {
            if (read > SIZE / 3 && server != null) {
                HopServer old = server;
                try {
                    server = serve();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                service.onRead = r -> {};
                Thread.ofVirtual().start(old::close);
            }
        };
        assertThat(put()).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
        assertArrivedOnce();
    }

    @Test
    void aLinkThatStaysCutIsGivenUp() throws Exception {
        link.cut(SIZE / 2);
        service.onRead = read -> link.down = true;
        assertThatThrownBy(this::put).isInstanceOf(IOException.class);
        assertThat(link.connections.get()).isBetween(3L, 40L);
    }

    @Test
    void aRefusalEndsIt() throws Exception {
        bytes[0]++;
        byte[] changed = bytes.clone();
        changed[0]--;
        Path file = Files.write(dir.resolve("other"), changed);
        Upload lie = new Upload(
                new DeliveryKey(ID, Sha256.of(bytes), Optional.empty()),
                SIZE,
                Optional.empty(),
                0,
                () -> Files.newByteChannel(file),
                Upload.Progress.NONE);
        Peer peer = new Peer(
                URI.create("http://127.0.0.1:" + link.socket.getLocalPort() + "/inbox"),
                new Peer.Identity.Plain(),
                Optional.empty());
        assertThat(client.put(peer, lie, Duration.ofSeconds(60)))
                .isInstanceOfSatisfying(
                        HopAnswer.Failed.class,
                        failed -> assertThat(failed.problem()).contains(Problem.DIGEST_MISMATCH));
    }
}
