package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.State;

/** Both legs at once: one thread brings the bytes to the relay, another takes them on. */
class CutThroughTest {
    private static final int SIZE = 2 * Site.CUT_THROUGH;

    @TempDir
    Path directory;

    private final byte[] bytes = new byte[SIZE];
    private final List<Thread> threads = new ArrayList<>();
    private Site site;

    @SuppressWarnings("NullAway.Init") // arrival() sets it, as the next
    private DeliveryKey key;

    @SuppressWarnings("NullAway.Init")
    private Arrival arrival;

    @BeforeEach
    void relay() throws Exception {
        new Random(5).nextBytes(bytes);
        site = new Site(
                directory, Duration.ZERO, task -> threads.add(Thread.ofVirtual().start(task)), new FakeClock());
        site.sight.reached(true);
    }

    @AfterEach
    void allEnd() throws InterruptedException {
        for (Thread thread : List.copyOf(threads)) {
            assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
        }
    }

    private Arrival arrival(InputStream body) {
        arrival = new Arrival(
                site.task(),
                OptionalLong.of(SIZE),
                Optional.of(Sha256.of(bytes)),
                Optional.empty(),
                Optional.of(FakeBackend.AGE),
                0,
                InetAddress.getLoopbackAddress(),
                body);
        key = new DeliveryKey(arrival.id(), Sha256.of(bytes), Optional.empty());
        return arrival;
    }

    /** A body whose second half comes only once this has happened. */
    private InputStream halves(CountDownLatch first) {
        return new SequenceInputStream(new java.io.ByteArrayInputStream(bytes, 0, SIZE / 2), new InputStream() {
            private final InputStream rest = new java.io.ByteArrayInputStream(bytes, SIZE / 2, SIZE);

            @Override
            public int read() {
                throw new AssertionError("in pieces");
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                try {
                    assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return rest.read(to, offset, length);
            }
        });
    }

    private void forwardingEnds() throws InterruptedException {
        for (Thread thread : List.copyOf(threads)) {
            thread.join(Duration.ofSeconds(30));
        }
    }

    @Test
    void theSecondLegBeginsWhileTheFirstIsUnderWayAndTheReceiptIsKept() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean heldBefore = new AtomicBoolean();
        site.backend.onUpload = () -> {
            heldBefore.set(site.store.find(key).isPresent());
            begun.countDown();
        };
        Answer answer = site.service.deliver(arrival(halves(begun)));

        assertThat(answer.key()).isEqualTo(key);
        assertThat(heldBefore).as("it was not here yet when it went on").isFalse();
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
        assertThat(site.backend.puts).containsExactly(key);
    }

    @Test
    void theSenderIsAnsweredByTheCopyHereWhateverTheSecondLegDoes() throws Exception {
        site.backend.turns.add((upload, body) -> {
            throw new IOException("connection reset");
        });
        Answer answer = site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        forwardingEnds();

        assertThat(answer).isInstanceOf(Answer.Accepted.class);
        assertThat(site.store.only().state()).isEqualTo(State.ACCEPTED);
        assertThat(site.store.only().attempts())
                .as("as if nothing had been tried")
                .isZero();
        site.uploads.step();
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
        assertThat(site.backend.puts).hasSize(2);
    }

    @Test
    void whatBreaksOffIsNotHeldAndTheSecondLegBreaksOffToo() throws Exception {
        InputStream broken =
                new SequenceInputStream(new java.io.ByteArrayInputStream(bytes, 0, SIZE / 2), new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("the peer broke off");
                    }

                    @Override
                    public int read(byte[] to, int offset, int length) throws IOException {
                        return read();
                    }
                });

        assertThatThrownBy(() -> site.service.deliver(arrival(broken))).isInstanceOf(IOException.class);

        forwardingEnds();
        assertThat(site.store.held).isEmpty();
        assertThat(site.backend.outcomes).isEmpty();
        assertThat(site.uploads.claim(key, SIZE)).as("its place is free").isPresent();
    }

    @Test
    void otherBytesThanWereDeclaredAreNotHeld() throws Exception {
        bytes[SIZE - 1]++;
        Arrival lie = arrival(new java.io.ByteArrayInputStream(bytes.clone()));
        bytes[SIZE - 1]--;
        lie = new Arrival(
                lie.id(),
                lie.length(),
                Optional.of(Sha256.of(bytes)),
                lie.contents(),
                lie.recipient(),
                0,
                lie.peer(),
                lie.body());
        Arrival wrong = lie;

        assertThatThrownBy(() -> site.service.deliver(wrong))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.DIGEST_MISMATCH));

        forwardingEnds();
        assertThat(site.store.held).isEmpty();
    }

    @Test
    void aRefusalThatComesEarlyCountsOnceTheCopyIsHere() throws Exception {
        site.backend.turns.add((upload, body) -> new HopAnswer.Cms(FakeBackend.refusal(upload.key(), upload.size())));
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.REFUSED);
    }

    @Test
    void aSmallOneAndOneWithoutADigestGoLater() throws Exception {
        Arrival small = site.arrival("small");
        site.service.deliver(small);
        assertThat(threads).isEmpty();
        site.service.deliver(
                Site.arrival(site.task(), bytes, Optional.empty(), new java.io.ByteArrayInputStream(bytes)));
        assertThat(threads).isEmpty();
    }

    @Test
    void nothingGoesOnBeforeItsTimeWhereUploadsArePeriodic() throws Exception {
        site = new Site(
                directory,
                Duration.ofMinutes(15),
                task -> threads.add(Thread.ofVirtual().start(task)),
                new FakeClock());
        site.uploads.step();
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        assertThat(threads).isEmpty();
        assertThat(site.backend.puts).isEmpty();
    }
}
