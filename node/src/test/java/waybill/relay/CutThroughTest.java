package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.hop.HopAnswer;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.Windows;
import waybill.store.DeliveryStore.State;

/** Both legs at once: one thread brings the bytes to the relay, another takes them on. */
class CutThroughTest {
    private static final int SIZE = 2 * Site.CUT_THROUGH;

    @TempDir
    Path directory;

    private final byte[] bytes = new byte[SIZE];
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private Site site;

    @SuppressWarnings("NullAway.Init") // arrival() sets it, as the next
    private DeliveryKey key;

    @SuppressWarnings("NullAway.Init")
    private Arrival arrival;

    @BeforeEach
    void relay() throws Exception {
        new Random(5).nextBytes(bytes);
        site = new Site(directory, Duration.ZERO, this::start, new FakeClock());
        site.sight.reached(true);
    }

    @AfterEach
    void allEnd() throws InterruptedException {
        for (Thread thread : List.copyOf(threads)) {
            assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
        }
    }

    /** It is listed before it runs: a test that was woken by what the thread does must find it in the list. */
    private void start(Runnable task) {
        Thread thread = Thread.ofVirtual().unstarted(task);
        threads.add(thread);
        thread.start();
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
    void aSecondLegThatBreaksCanGoOnWithTheBytesThatAreHere() throws Exception {
        AtomicBoolean again = new AtomicBoolean();
        site.backend.turns.add((upload, body) -> {
            try (SeekableByteChannel source = upload.source().open().position(SIZE / 4)) {
                byte[] rest = Channels.newInputStream(source).readAllBytes();
                again.set(Arrays.equals(rest, Arrays.copyOfRange(bytes, SIZE / 4, SIZE)));
            }
            return FakeBackend.sign(upload, body);
        });
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        forwardingEnds();
        assertThat(again).isTrue();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
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

    /** Somebody who says that he brings this delivery, brings half of it, and then nothing until this happens. */
    private Thread stalls(Arrival promised, CountDownLatch end) {
        return Thread.ofVirtual().start(() -> {
            try {
                site.service.deliver(promised);
            } catch (ProblemException | IOException e) {
                // He is never answered otherwise.
            } finally {
                end.countDown();
            }
        });
    }

    private Arrival says(long size, Optional<String> recipient, CountDownLatch end) {
        return new Arrival(
                arrival.id(),
                OptionalLong.of(size),
                arrival.sha256(),
                arrival.contents(),
                recipient,
                0,
                InetAddress.getLoopbackAddress(),
                halves(end));
    }

    @Test
    void whoStallsKeepsNoPlaceOnTheWay() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        site.backend.onUpload = begun::countDown;
        site.backend.early.add((upload, body) -> {
            throw new IOException("the backend lost patience");
        });
        Thread stalling = stalls(arrival(halves(end)), end);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        forwardingEnds();

        assertThat(stalling.isAlive()).as("it still says that it brings it").isTrue();
        assertThat(site.uploads.claim(key, SIZE)).isPresent();
        end.countDown();
        assertThat(stalling.join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void anAnswerThatComesEarlyTakesNoPlaceWhileTheSenderTakesHisTime() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        site.backend.onUpload = begun::countDown;
        site.backend.early.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        arrival(InputStream.nullInputStream());
        Thread stalling = stalls(says(SIZE, arrival.recipient(), end), end);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        DeliveryKey one = DeliveryKey.of(site.task(), Sha256.of(new byte[] {1}));
        DeliveryKey two = DeliveryKey.of(site.task(), Sha256.of(new byte[] {2}));
        Awaitility.await().untilAsserted(() -> assertThat(free(one, two)).isTrue());
        assertThat(site.uploads.claim(key, SIZE)).as("the delivery is his").isEmpty();
        assertThat(stalling.isAlive()).isTrue();
        end.countDown();
        assertThat(stalling.join(Duration.ofSeconds(30))).isTrue();
    }

    /** Whether both places are to be had. */
    private boolean free(DeliveryKey one, DeliveryKey two) {
        boolean both = site.uploads.claim(one, SIZE).isPresent()
                && site.uploads.claim(two, SIZE).isPresent();
        site.uploads.release(one, Optional.empty());
        site.uploads.release(two, Optional.empty());
        return both;
    }

    @Test
    void whoStallsDoesNotKeepTheSameDeliveryBackThatAnotherBrings() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        site.backend.onUpload = begun::countDown;
        Thread stalling = stalls(arrival(halves(end)), end);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        Answer answer = site.service.deliver(arrivesWhole());
        forwardingEnds();
        site.uploads.step();
        forwardingEnds();

        assertThat(answer).isInstanceOf(Answer.Accepted.class);
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
        assertThat(stalling.isAlive()).isTrue();
        end.countDown();
        assertThat(stalling.join(Duration.ofSeconds(30))).isTrue();
    }

    /** The delivery as its true sender brings it. */
    private Arrival arrivesWhole() {
        return new Arrival(
                arrival.id(),
                arrival.length(),
                arrival.sha256(),
                arrival.contents(),
                arrival.recipient(),
                0,
                InetAddress.getLoopbackAddress(),
                new java.io.ByteArrayInputStream(bytes));
    }

    @Test
    void whatIsRefusedOfALieIsNotRefusedOfTheTruth() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        site.backend.onUpload = begun::countDown;
        site.backend.early.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        arrival(InputStream.nullInputStream());
        Thread stalling = stalls(says(SIZE - 1, arrival.recipient(), end), end);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        site.service.deliver(arrivesWhole());
        forwardingEnds();
        assertThat(site.store.only().state()).as("not ended by the lie").isEqualTo(State.ACCEPTED);
        site.uploads.step();
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
        end.countDown();
        assertThat(stalling.join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void onAWordAloneNothingIsBegunAtTheBackend() throws Exception {
        for (int brought : new int[] {0, 1, Site.CUT_THROUGH - 1}) {
            Arrival word = arrival(new java.io.ByteArrayInputStream(bytes, 0, brought));
            assertThatThrownBy(() -> site.service.deliver(word)).isInstanceOf(ProblemException.class);
        }
        assertThat(threads).isEmpty();
        assertThat(site.backend.puts).isEmpty();
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

    /** It is Sunday, noon. */
    private static List<LineLimits> rationed() {
        return List.of(
                new LineLimits(
                        Windows.of(List.of("Sun 10:00-16:00"), ZoneOffset.UTC),
                        LineLimits.NONE,
                        LineLimits.NONE,
                        LineLimits.NONE),
                new LineLimits(Windows.always(ZoneOffset.UTC), LineLimits.NONE, 1 << 20, LineLimits.NONE),
                new LineLimits(Windows.always(ZoneOffset.UTC), LineLimits.NONE, LineLimits.NONE, 1 << 20));
    }

    private void limited(LineLimits limits) throws IOException {
        FakeClock clock = new FakeClock();
        site = new Site(
                directory,
                Duration.ZERO,
                this::start,
                clock,
                new FakeStore(clock),
                new FakeBackend(),
                RelayConfig.Via.DIRECT,
                limits);
        site.sight.reached(true);
    }

    @ParameterizedTest
    @MethodSource("rationed")
    void whereTheLineIsRationedItGoesOnOnceAllOfItIsHere(LineLimits limits) throws Exception {
        limited(limits);
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        assertThat(threads).isEmpty();

        site.uploads.step();
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void aLineThatIsOnlySlowIsNotRationed() throws Exception {
        limited(new LineLimits(Windows.always(ZoneOffset.UTC), 1 << 20, LineLimits.NONE, LineLimits.NONE));
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        forwardingEnds();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void nothingGoesOnBeforeItsTimeWhereUploadsArePeriodic() throws Exception {
        site = new Site(directory, Duration.ofMinutes(15), this::start, new FakeClock());
        site.uploads.step();
        site.service.deliver(arrival(new java.io.ByteArrayInputStream(bytes)));
        assertThat(threads).isEmpty();
        assertThat(site.backend.puts).isEmpty();
    }
}
