package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.hop.HopAnswer;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.hop.HopService.Collected;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore;
import waybill.store.StoreFullException;

@Timeout(120)
class RelayServiceTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);

    @TempDir
    Path directory;

    private Site site;

    @BeforeEach
    void setUp() throws IOException {
        site = new Site(directory, QUARTER);
        site.uploads.step();
    }

    @Test
    void anAcceptedDeliveryIsHeldBeforeTheAnswerWhichPromisesWhatIsTrue() throws Exception {
        site.clock.advance(Duration.ofMinutes(5));
        site.service.deliver(site.arrival("twelve bytes"));
        Arrival second = site.arrival("0123456789");

        Answer answer = site.service.deliver(second);

        assertThat(answer).isEqualTo(new Answer.Accepted(Site.key(second), new Promise(900, 600, 12, 1000, 1)));
        DeliveryStore.Held held = site.store.find(Site.key(second)).orElseThrow();
        assertThat(held.state()).isEqualTo(DeliveryStore.State.ACCEPTED);
        assertThat(held.label().recipient()).contains(FakeBackend.AGE);
        assertThat(site.store.payloads.get(Site.key(second))).asString().isEqualTo("0123456789");
    }

    @Test
    void bytesOfAnotherDigestAreRefusedAndNothingIsKept() {
        byte[] bytes = "what came".getBytes(StandardCharsets.UTF_8);
        Arrival arrival = Site.arrival(
                site.task(),
                bytes,
                Optional.of(Sha256.of("what was meant".getBytes(StandardCharsets.UTF_8))),
                new ByteArrayInputStream(bytes));

        assertThat(problemOf(() -> site.service.deliver(arrival))).isEqualTo(Problem.DIGEST_MISMATCH);
        nothingIsKept();
    }

    @Test
    void aBodyThatEndsEarlyLeavesNothingThatCouldBePickedUp() throws IOException {
        Arrival arrival =
                Site.arrival(site.task(), new byte[100], Optional.empty(), new ByteArrayInputStream(new byte[99]));

        assertThat(problemOf(() -> site.service.deliver(arrival))).isEqualTo(Problem.BAD_REQUEST);
        nothingIsKept();
        site.clock.advance(QUARTER);
        site.uploads.step();
        assertThat(site.backend.puts).isEmpty();
    }

    @Test
    void aBrokenConnectionLeavesNothing() {
        IOException broken = new IOException("connection reset");
        Arrival arrival = Site.arrival(site.task(), new byte[100], Optional.empty(), failing(broken));

        assertThatThrownBy(() -> site.service.deliver(arrival)).isSameAs(broken);
        nothingIsKept();
    }

    @Test
    void aLimitHitWithinTheBodyIsAnsweredAsTheProblemItIs() {
        IOException stalled = new IOException(new ProblemException(Problem.TIMED_OUT, "stalled"));
        Arrival arrival = Site.arrival(site.task(), new byte[100], Optional.empty(), failing(stalled));

        assertThat(problemOf(() -> site.service.deliver(arrival))).isEqualTo(Problem.TIMED_OUT);
        nothingIsKept();
    }

    @Test
    void theSameDeliveryAgainGetsTheSameAnswerWithoutItsBodyBeingRead() throws Exception {
        Arrival arrival = site.arrival("once");
        Answer first = site.service.deliver(arrival);

        assertThat(site.service.deliver(Site.again(arrival))).isEqualTo(first);
        assertThat(site.store.held).hasSize(1);
    }

    @Test
    void aDeliveryWithItsReceiptIsAnsweredWithIt() throws Exception {
        Arrival arrival = site.arrival("signed for");
        site.service.deliver(arrival);
        run();

        Answer again = site.service.deliver(Site.again(arrival));

        assertThat(again)
                .isInstanceOfSatisfying(
                        Answer.Done.class,
                        done -> assertThat(done.receipt()).isEqualTo(FakeBackend.receipt(Site.key(arrival), 10)));
        assertThat(site.backend.puts).hasSize(1);
    }

    @Test
    void withoutADeclaredDigestTheSameBytesAreStillOneDelivery() throws Exception {
        var id = site.task();
        byte[] bytes = {1, 2, 3};
        for (int i = 0; i < 2; i++) {
            site.service.deliver(Site.arrival(id, bytes, Optional.empty(), new ByteArrayInputStream(bytes)));
        }

        assertThat(site.store.held).hasSize(1);
    }

    @Test
    void otherBytesUnderTheSameIdAreAnotherDelivery() throws Exception {
        var id = site.task();
        for (byte[] bytes : List.of(new byte[] {1}, new byte[] {2})) {
            site.service.deliver(
                    Site.arrival(id, bytes, Optional.of(Sha256.of(bytes)), new ByteArrayInputStream(bytes)));
        }

        assertThat(site.store.held).hasSize(2);
    }

    @Test
    void manyWhoBringTheSameAtOnceMakeOneDelivery() throws Exception {
        int peers = 8;
        CyclicBarrier midway = new CyclicBarrier(peers);
        byte[] bytes = {1, 2, 3, 4};
        var id = site.task();
        List<Future<Answer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < peers; i++) {
                InputStream body = new ByteArrayInputStream(bytes) {
                    @Override
                    public synchronized int read(byte[] into, int offset, int length) {
                        return super.read(into, offset, Math.min(length, 2));
                    }
                };
                answers.add(threads.submit(() -> {
                    midway.await(); // so that none finds what another has finished
                    return site.service.deliver(Site.arrival(id, bytes, Optional.of(Sha256.of(bytes)), body));
                }));
            }
        }
        for (Future<Answer> answer : answers) {
            assertThat(answer.get()).isInstanceOf(Answer.Accepted.class);
        }
        assertThat(site.store.held).hasSize(1);
        assertThat(site.store.reserved).isZero();
    }

    @Test
    void aWayMayHaveFourHopsAndNoMore() throws Exception {
        Arrival third = hopped(site.arrival("third"), 3);
        assertThat(site.service.deliver(third)).isInstanceOf(Answer.Accepted.class);

        assertThat(problemOf(() -> site.service.deliver(hopped(site.arrival("fourth"), 4))))
                .isEqualTo(Problem.TOO_MANY_HOPS);
        run();
        assertThat(site.backend.uploads.getFirst().hops()).isEqualTo(4);
    }

    @Test
    void aBodyOfUnknownOrExcessiveLengthIsRefusedUnread() {
        Arrival known = Site.again(site.arrival("any"));
        Arrival endless = new Arrival(
                known.id(),
                OptionalLong.empty(),
                known.sha256(),
                known.contents(),
                known.recipient(),
                0,
                known.peer(),
                known.body());
        Arrival huge = new Arrival(
                known.id(),
                OptionalLong.of(1001),
                known.sha256(),
                known.contents(),
                known.recipient(),
                0,
                known.peer(),
                known.body());

        assertThat(problemOf(() -> site.service.deliver(endless))).isEqualTo(Problem.LENGTH_REQUIRED);
        assertThat(problemOf(() -> site.service.deliver(huge))).isEqualTo(Problem.TOO_LARGE);
    }

    @ParameterizedTest
    @CsvSource({"QUOTA,STORE_FULL,true", "FREE_SPACE,STORE_FULL,true", "COUNT,STORE_FULL,true", "SHARE,TOO_MANY,false"})
    void noRoomIsSaidBeforeTheBodyAndOffersStopWhileTheStoreIsFull(
            StoreFullException.Limit limit, Problem expected, boolean silent) throws IOException {
        site.store.full = limit;

        ProblemException problem = problem(() -> site.service.deliver(Site.again(site.arrival("more"))));

        assertThat(problem.problem()).isEqualTo(expected);
        assertThat(problem.retryAfter()).isPresent();
        assertThat(site.service.offer(10, "eth0", false).isEmpty()).isEqualTo(silent);
        site.clock.advance(Duration.ofMinutes(1));
        assertThat(site.service.offer(10, "eth0", false)).isPresent();
    }

    @Test
    void whoAsksForTooMuchDoesNotSilenceTheRelayForOthers() throws IOException {
        site.store.full = StoreFullException.Limit.QUOTA;
        problem(() -> site.service.deliver(Site.again(site.arrival("x".repeat(500)))));
        assertThat(site.service.offer(500, "eth0", false)).isEmpty();
        assertThat(site.service.offer(499, "eth0", false)).isPresent();

        problem(() -> site.service.deliver(Site.again(site.arrival("small"))));
        assertThat(site.service.offer(499, "eth0", false)).isEmpty();

        site.clock.advance(Duration.ofSeconds(59));
        problem(() -> site.service.deliver(Site.again(site.arrival("x".repeat(500)))));
        site.clock.advance(Duration.ofSeconds(1));
        assertThat(site.service.offer(499, "eth0", false)).isPresent();
    }

    @Test
    void nothingIsOfferedToWhatWouldBeRefusedForItsSize() throws IOException {
        assertThat(site.service.offer(1000, "eth0", false)).isPresent();
        assertThat(site.service.offer(1001, "eth0", false)).isEmpty();
    }

    @Test
    void aRelayGoingDownTakesAndOffersNothing() throws IOException {
        site.service.close();

        assertThat(problemOf(() -> site.service.deliver(Site.again(site.arrival("late")))))
                .isEqualTo(Problem.BUSY);
        assertThat(site.service.offer(1, "eth0", false)).isEmpty();
    }

    @Test
    void whatIsNotHereIsNotFound() {
        assertThat(problemOf(() -> collect(Site.key(site.arrival("never came")), Duration.ZERO)))
                .isEqualTo(Problem.NOT_FOUND);
    }

    @Test
    void aHeldDeliveryIsNotYetAndSaysWhenToAskAgain() throws Exception {
        Arrival arrival = site.arrival("held");
        site.service.deliver(arrival);
        site.clock.advance(Duration.ofMinutes(14));

        assertThat(collect(Site.key(arrival), Duration.ZERO))
                .isEqualTo(new Collected.NotYet(Duration.ofMinutes(1), new Promise(900, 60, 0, 1000, 1)));
    }

    @Test
    void aReceiptCanBeCollectedAgainAndAgain() throws Exception {
        Arrival arrival = site.arrival("12");
        site.service.deliver(arrival);
        run();

        for (int i = 0; i < 3; i++) {
            assertThat(collect(Site.key(arrival), Duration.ZERO))
                    .isInstanceOfSatisfying(
                            Collected.Outcome.class,
                            outcome -> assertThat(outcome.cms()).isEqualTo(FakeBackend.receipt(Site.key(arrival), 2)));
        }
        assertThat(site.store.payloads).isEmpty();
    }

    @Test
    void withoutAClaimAReceiptComesBeforeARefusal() throws Exception {
        Arrival refused = site.arrival("same bytes");
        site.service.deliver(refused);
        site.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        run();
        Arrival claimless = new Arrival(
                refused.id(),
                refused.length(),
                refused.sha256(),
                Optional.empty(),
                refused.recipient(),
                0,
                refused.peer(),
                new ByteArrayInputStream("same bytes".getBytes(StandardCharsets.UTF_8)));
        site.service.deliver(claimless);
        run();

        Collected any =
                site.service.collect(refused.id(), refused.sha256().orElseThrow(), Optional.empty(), Duration.ZERO);

        assertThat(any)
                .isInstanceOfSatisfying(
                        Collected.Outcome.class,
                        outcome -> assertThat(outcome.cms()).isEqualTo(FakeBackend.receipt(Site.key(claimless), 10)));
        assertThat(problemOf(() -> collect(Site.key(refused), Duration.ZERO))).isEqualTo(Problem.BACKEND_REFUSED);
    }

    @Test
    void aTombstoneIsGone() throws Exception {
        Arrival arrival = site.arrival("long ago");
        site.service.deliver(arrival);
        run();
        site.store.becomeTombstone(Site.key(arrival));

        assertThat(problemOf(() -> collect(Site.key(arrival), Duration.ZERO))).isEqualTo(Problem.GONE);
        assertThat(problemOf(() -> site.service.deliver(Site.again(arrival)))).isEqualTo(Problem.GONE);
    }

    @Test
    void whoWaitsIsWokenByTheReceipt() throws Exception {
        Arrival arrival = site.arrival("awaited");
        site.service.deliver(arrival);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Collected> waiting = threads.submit(() -> collect(Site.key(arrival), Duration.ofHours(1)));
            Awaitility.await().until(() -> site.waiters.waiting() == 1);
            assertThat(waiting.isDone()).isFalse();

            run();

            assertThat(waiting.get()).isInstanceOf(Collected.Outcome.class);
        }
        assertThat(site.waiters.waiting()).isZero();
    }

    @Test
    void whoWaitsIsWokenByAnUnsignedRefusalToo() throws Exception {
        Arrival arrival = site.arrival("refused");
        site.service.deliver(arrival);
        site.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Problem> waiting =
                    threads.submit(() -> problemOf(() -> collect(Site.key(arrival), Duration.ofHours(1))));
            Awaitility.await().until(() -> site.waiters.waiting() == 1);

            run();

            assertThat(waiting.get()).isEqualTo(Problem.BACKEND_REFUSED);
        }
    }

    @Test
    void whoWaitsIsLetGoWhenTheRelayCloses() throws Exception {
        Arrival arrival = site.arrival("in vain");
        site.service.deliver(arrival);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Collected> waiting = threads.submit(() -> collect(Site.key(arrival), Duration.ofHours(1)));
            Awaitility.await().until(() -> site.waiters.waiting() == 1);

            site.service.close();

            assertThat(waiting.get()).isInstanceOf(Collected.NotYet.class);
        }
    }

    @Test
    void theProfileComesFromTheBackendVerified() throws Exception {
        byte[] profile = FakeBackend.profile(1, Instant.parse("2026-04-01T00:00:00Z"));
        site.backend.profileAnswer = new HopAnswer.Cms(profile);

        assertThat(site.service.profile()).isEqualTo(profile);
    }

    private void run() throws IOException {
        site.clock.advance(QUARTER);
        site.uploads.step();
    }

    private Collected collect(DeliveryKey key, Duration hold)
            throws ProblemException, IOException, InterruptedException {
        return site.service.collect(key.id(), key.sha256(), key.contents(), hold);
    }

    private void nothingIsKept() {
        assertThat(site.store.held).isEmpty();
        assertThat(site.store.reserved).isZero();
    }

    private static Arrival hopped(Arrival arrival, int hops) {
        return new Arrival(
                arrival.id(),
                arrival.length(),
                arrival.sha256(),
                arrival.contents(),
                arrival.recipient(),
                hops,
                arrival.peer(),
                arrival.body());
    }

    private static InputStream failing(IOException with) {
        return new InputStream() {
            private int left = 10;

            @Override
            public int read() throws IOException {
                if (left-- == 0) {
                    throw with;
                }
                return 1;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                into[offset] = (byte) read();
                return 1;
            }
        };
    }

    private static ProblemException problem(ThrowingCallable call) {
        return catchThrowableOfType(ProblemException.class, call);
    }

    private static Problem problemOf(ThrowingCallable call) {
        return problem(call).problem();
    }
}
