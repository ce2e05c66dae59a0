package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopLimits;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.hop.Upload;
import waybill.hop.ZeroChannel;
import waybill.hop.server.HopServer;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/** When an upload is gone on with, when not, and what the hop hears of it then. */
@Timeout(60)
class GivingUpTest {
    private static final int SIZE = 4 << 20;
    private static final Duration LIMIT = Duration.ofHours(1);

    private final TestService service = new TestService();
    private final HandMadeTime time = new HandMadeTime();
    private final HttpHopClient client = HttpHopClient.create(
            new ClientSettings(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(20),
                    1 << 20,
                    Duration.ofSeconds(1),
                    1 << 20,
                    Duration.ofSeconds(1)),
            time);

    @AfterEach
    void close() {
        client.close();
    }

    /** What happens in place of a read in the middle. */
    @FunctionalInterface
    private interface Incident {
        void happens() throws IOException;
    }

    private static Upload upload(Incident incident) {
        return new Upload(
                DeliveryKey.of(Servers.ID, Servers.DIGEST),
                SIZE,
                Optional.empty(),
                0,
                () -> new Interrupted(new ZeroChannel(SIZE), incident),
                Upload.Progress.NONE);
    }

    /** Zeros, and something that happens in the middle of them. */
    private record Interrupted(SeekableByteChannel zeros, Incident incident) implements SeekableByteChannel {
        @Override
        public int read(ByteBuffer to) throws IOException {
            if (zeros.position() >= SIZE / 2) {
                incident.happens();
            }
            return zeros.read(to);
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return zeros.write(from);
        }

        @Override
        public long position() throws IOException {
            return zeros.position();
        }

        @Override
        public SeekableByteChannel position(long to) throws IOException {
            zeros.position(to);
            return this;
        }

        @Override
        public long size() throws IOException {
            return zeros.size();
        }

        @Override
        public SeekableByteChannel truncate(long to) throws IOException {
            return zeros.truncate(to);
        }

        @Override
        public boolean isOpen() {
            return zeros.isOpen();
        }

        @Override
        public void close() throws IOException {
            zeros.close();
        }
    }

    private void assertGivenUpAtTheHop() {
        Awaitility.await().untilAsserted(() -> assertThat(service.failures).hasSize(1));
        assertThat(service.failures.getFirst().getCause())
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.GONE));
    }

    @Test
    void aSourceThatFailsLeavesNothingAtTheHop() throws Exception {
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            Upload broken = upload(() -> {
                throw new IOException("the disk failed");
            });
            assertThatThrownBy(() -> client.put(Servers.plainPeer(server), broken, LIMIT))
                    .isInstanceOf(HopClient.SourceException.class);
            assertGivenUpAtTheHop();
        }
    }

    @Test
    void whoIsToldToEndTellsTheHopFirst() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch sending = new CountDownLatch(1);
        Upload stuck = upload(() -> {
            sending.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        });
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            CompletableFuture<Boolean> interruptedStill = new CompletableFuture<>();
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    client.put(Servers.plainPeer(server), stuck, LIMIT);
                } catch (IOException e) {
                    // As it should be.
                } finally {
                    interruptedStill.complete(Thread.currentThread().isInterrupted());
                }
            });
            assertThat(sending.await(30, TimeUnit.SECONDS)).isTrue();
            thread.interrupt();
            assertGivenUpAtTheHop();
            assertThat(interruptedStill.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static final String CREATED = String.join(
            "\r\n",
            "HTTP/1.1 201 Created",
            "Location: /inbox/u/0123456789012345678901",
            "Content-Length: 0",
            "Connection: close",
            "",
            "");
    private static final String HELD = String.join(
            "\r\n",
            "HTTP/1.1 204 No Content",
            "Link: </inbox/x>; rel=\"describedby\"",
            "Waybill-Promise: " + TestService.PROMISE.header(),
            "Upload-Offset: " + SIZE,
            "Connection: close",
            "",
            "");

    private static String stands(long offset, String more) {
        return "HTTP/1.1 200 OK\r\nUpload-Offset: " + offset + "\r\n" + more
                + "Content-Length: 0\r\nConnection: close\r\n\r\n";
    }

    private static String livesAt(long offset) {
        return stands(offset, "Upload-Expires: Mon, 30 Nov 2026 22:00:00 GMT\r\n");
    }

    private static String no(int status, String more) {
        return "HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\nConnection: close\r\n" + more + "\r\n";
    }

    /** Says these to the calls of each method, the last one again and again; an empty text breaks off. */
    private static ScriptedServer.Script saying(List<String> toHead, List<String> toPatch) {
        AtomicInteger heads = new AtomicInteger();
        AtomicInteger patches = new AtomicInteger();
        return line -> {
            String method = line.request().split(" ", 2)[0];
            line.say(
                    switch (method) {
                        case "POST" -> CREATED;
                        case "HEAD" -> toHead.get(Math.min(heads.getAndIncrement(), toHead.size() - 1));
                        case "PATCH" -> toPatch.get(Math.min(patches.getAndIncrement(), toPatch.size() - 1));
                        default -> "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                    });
        };
    }

    private HopAnswer put(ScriptedServer server) throws IOException {
        return client.put(server.peer(), Servers.zeros(SIZE), LIMIT);
    }

    private static List<String> methods(ScriptedServer server) {
        return server.heads.stream().map(head -> head.split(" ", 2)[0]).toList();
    }

    @Test
    void aStallOrAHopThatIsBusyDoesNotCostWhatIsThere() throws Exception {
        for (int status : new int[] {408, 429, 503}) {
            time.pauses.clear();
            try (ScriptedServer server = ScriptedServer.plain(
                    saying(List.of(livesAt(SIZE - 5)), List.of(no(status, "Retry-After: 7\r\n"), HELD)))) {
                assertThat(put(server)).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
                assertThat(methods(server)).containsExactly("POST", "PATCH", "HEAD", "PATCH");
                assertThat(server.heads.getLast()).contains("Upload-Offset: " + (SIZE - 5) + "\r\n");
                assertThat(time.pauses).containsExactly(Duration.ofSeconds(7));
            }
        }
    }

    @Test
    void aHopThatStandsElsewhereIsAskedAtOnce() throws Exception {
        try (ScriptedServer server = ScriptedServer.plain(
                saying(List.of(livesAt(SIZE - 5)), List.of(no(409, "Retry-After: 5\r\n"), HELD)))) {
            assertThat(put(server)).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
            assertThat(time.pauses).isEmpty();
        }
    }

    @Test
    void aHopThatStaysBusySaysSoInTheEndAndHearsThatItIsGivenUp() throws Exception {
        try (ScriptedServer server = ScriptedServer.plain(saying(List.of(livesAt(0)), List.of(no(503, ""))))) {
            assertThat(put(server))
                    .isInstanceOfSatisfying(
                            HopAnswer.Failed.class,
                            failed -> assertThat(failed.status()).isEqualTo(503));
            assertThat(methods(server)).filteredOn("PATCH"::equals).hasSize(11);
            assertThat(methods(server)).endsWith("DELETE");
        }
    }

    @Test
    void whatIsDecidedIsNotAskedForAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.plain(saying(List.of(stands(0, "")), List.of(no(503, ""))))) {
            assertThat(put(server))
                    .isInstanceOfSatisfying(
                            HopAnswer.Failed.class,
                            failed -> assertThat(failed.status()).isEqualTo(503));
            assertThat(methods(server)).containsExactly("POST", "PATCH", "HEAD");
        }
    }

    @Test
    void whatMayBeWholeIsNotThrownAway() throws Exception {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            switch (line.request().split(" ", 2)[0]) {
                case "POST" -> line.say(CREATED);
                case "PATCH" -> {
                    line.say("HTTP/1.1 100 Continue\r\n\r\n");
                    line.in.skipNBytes(SIZE);
                }
                default -> {} // and whoever asks how far it is hears nothing
            }
        })) {
            assertThatThrownBy(() -> put(server)).isInstanceOf(IOException.class);
            assertThat(methods(server)).startsWith("POST", "PATCH", "HEAD").doesNotContain("DELETE");
        }
    }

    @Test
    void aByteEachTimeDoesNotKeepTheSender() throws Exception {
        AtomicInteger offset = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            switch (line.request().split(" ", 2)[0]) {
                case "POST" -> line.say(CREATED);
                case "HEAD" -> line.say(livesAt(offset.incrementAndGet()));
                default -> {}
            }
        })) {
            assertThatThrownBy(() -> put(server)).isInstanceOf(IOException.class);
            assertThat(offset.get()).isEqualTo(10);
            assertThat(methods(server)).endsWith("DELETE");
        }
    }

    @Test
    void aHopThatIsAwayForAMinuteIsWaitedFor() throws Exception {
        List<ScriptedServer> servers = new CopyOnWriteArrayList<>();
        servers.add(ScriptedServer.plain(saying(List.of(""), List.of(""))));
        int port = servers.getFirst().port();
        time.onPause = pause -> {
            try {
                if (pause == 1) {
                    servers.getFirst().close();
                } else if (time.passed().toSeconds() > 60 && servers.size() == 1) {
                    servers.add(ScriptedServer.at(port, saying(List.of(livesAt(SIZE / 2)), List.of(HELD))));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
        try {
            assertThat(put(servers.getFirst())).isEqualTo(new HopAnswer.Accepted(TestService.PROMISE));
            assertThat(methods(servers.getLast())).containsExactly("HEAD", "PATCH");
        } finally {
            for (ScriptedServer server : servers) {
                server.close();
            }
        }
    }
}
