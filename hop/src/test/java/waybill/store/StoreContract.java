package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits.Remembered;

/** What every {@link DeliveryStore} does, whatever it stands on. */
public abstract class StoreContract {
    /** What is remembered costs nothing. */
    protected static final Remembered FREE = new Remembered(0, 1, Duration.ZERO);

    /** 1,000 bytes, no floor, 600 for one owner, 5 deliveries. */
    protected static final StoreLimits SMALL = new StoreLimits(1000, 0, 0.6, 5, FREE);

    /** Room to remember ten, five of one owner; a day at least. */
    private static final StoreLimits TEN =
            new StoreLimits(10_000, 0, 0.5, 100, new Remembered(100, 0.1, Duration.ofDays(1)));

    protected static final byte[] RECEIPT = bytes("a receipt");
    protected static final byte[] REFUSAL = bytes("a refusal");

    protected final TestClock clock = new TestClock();
    private final Random random = new Random(42);

    /** A fresh store; the test's own subclass closes it. */
    protected abstract DeliveryStore open(StoreLimits limits) throws IOException;

    @Test
    void whatIsAcceptedIsHeldWithItsBytesAndItsLabel() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = body(200_000);
        DeliveryKey key = key(body).withContents(Sha256.of(bytes("waybill.xml")));
        Label label = new Label(key, body.length, Optional.of("age1someone"), 2);

        Held held = accept(store, "peer", label, body, Optional.empty());

        assertThat(held.label()).isEqualTo(label);
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.accepted()).isEqualTo(clock.instant());
        assertThat(held.due()).isEqualTo(clock.instant());
        assertThat(store.find(key)).contains(held);
        assertThat(read(store, key)).isEqualTo(body);
        assertThat(store.pending()).isEqualTo(1);
        assertThat(store.backlog()).isEqualTo(body.length);
    }

    @Test
    void claimsOnWhichTwoDifferAreForgottenWhileItWaits() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = body(100);
        DeliveryKey key = key(body);
        Label label = new Label(key, body.length, Optional.of("age1someone"), 2);
        accept(store, "peer", label, body, Optional.empty());

        assertThat(store.reconcile(label)).get().extracting(Held::label).isEqualTo(label);
        Label agreed = new Label(key, body.length, Optional.empty(), 1);
        assertThat(store.reconcile(new Label(key, body.length, Optional.of("age1another"), 1)))
                .get()
                .extracting(Held::label)
                .isEqualTo(agreed);
        // Whoever comes last does not bring it back, nor by sending the bytes again.
        assertThat(accept(store, "peer", label, body, Optional.empty()).label()).isEqualTo(agreed);
        assertThat(store.find(key)).get().extracting(Held::label).isEqualTo(agreed);

        store.settle(key, RECEIPT, true, true);
        assertThat(store.reconcile(new Label(key, body.length, Optional.empty(), 0)))
                .get()
                .extracting(Held::label)
                .isEqualTo(agreed);
        assertThat(store.reconcile(label(key(body(7)), 7))).isEmpty();
    }

    @Test
    void anEmptyBodyIsADeliveryToo() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, new byte[0]);
        assertThat(read(store, key)).isEmpty();
    }

    @Test
    void nothingIsHeldBeforeItIsCommitted() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        try (Intake intake = store.begin("peer", 100)) {
            intake.write(body, 0, 100);
            assertThat(intake.written()).isEqualTo(100);
            assertThat(intake.seal()).isEqualTo(Sha256.of(body));
            try (InputStream in = Channels.newInputStream(intake.sealed())) {
                assertThat(in.readAllBytes()).isEqualTo(body);
            }
        }
        assertThat(store.find(key(body))).isEmpty();
        assertThatThrownBy(() -> store.payload(key(body))).isInstanceOf(IOException.class);
    }

    @Test
    void exactlyTheDeclaredBytesAreTaken() throws Exception {
        DeliveryStore store = open(SMALL);
        try (Intake intake = store.begin("peer", 10)) {
            intake.write(body(9), 0, 9);
            assertThatThrownBy(intake::seal).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> intake.write(body(2), 0, 2)).isInstanceOf(IOException.class);
            intake.write(body(1), 0, 1);
            intake.seal();
            assertThatThrownBy(() -> intake.write(body(1), 0, 1)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aLabelOfOtherBytesIsNotCommitted() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(10);
        DeliveryKey other = key(body(11));
        try (Intake intake = store.begin("peer", 10)) {
            intake.write(body, 0, 10);
            intake.seal();
            assertThatThrownBy(() -> intake.commit(label(other, 10), Optional.empty()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(store.find(other)).isEmpty();
        assertThat(store.backlog()).isZero();
    }

    @Test
    void anArrivalThatIsOverTakesNothingMore() throws Exception {
        DeliveryStore store = open(SMALL);
        Intake intake = store.begin("peer", 10);
        intake.close();
        intake.close();
        assertThatThrownBy(() -> intake.write(body(1), 0, 1)).isInstanceOf(IOException.class);
        assertThatThrownBy(intake::seal).isInstanceOf(IOException.class);
    }

    @Test
    void theSameDeliveryAgainIsHeldOnce() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        Label label = label(key(body), 100);
        Held first = accept(store, "one", label, body, Optional.empty());
        clock.advance(Duration.ofMinutes(1));
        Held second = accept(store, "two", label, body, Optional.empty());
        assertThat(second).isEqualTo(first);
        assertThat(store.backlog()).isEqualTo(100);
        assertThat(store.pending()).isEqualTo(1);
    }

    @Test
    void otherBytesOrAnotherClaimUnderTheSameIdAreAnotherDelivery() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        DeliveryKey key = key(body);
        DeliveryKey claimed = key.withContents(Sha256.of(bytes("true")));
        DeliveryKey lied = key.withContents(Sha256.of(bytes("lie")));
        byte[] others = body(50);
        for (DeliveryKey each : List.of(key, claimed, lied)) {
            accept(store, "peer", label(each, 100), body, Optional.empty());
        }
        accept(
                store,
                "peer",
                label(new DeliveryKey(key.id(), Sha256.of(others), Optional.empty()), 50),
                others,
                Optional.empty());
        assertThat(store.pending()).isEqualTo(4);
        assertThat(store.largestPending()).isEqualTo(100);

        store.settle(lied, REFUSAL, false, false);
        store.settle(claimed, RECEIPT, true, false);
        assertThat(store.findAll(key.id(), key.sha256()))
                .extracting(held -> held.label().key())
                .containsExactly(claimed, key, lied);
        assertThat(read(store, key)).isEqualTo(body);
    }

    @Test
    void theSameDeliveryFromEightAtOnceIsHeldOnce() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = body(10_000);
        Label label = label(key(body), body.length);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Held>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String owner = "peer " + i;
                all.add(threads.submit(() -> accept(store, owner, label, body, Optional.empty())));
            }
            Held first = all.getFirst().get();
            for (Future<Held> each : all) {
                assertThat(each.get()).isEqualTo(first);
            }
        }
        assertThat(store.pending()).isEqualTo(1);
        assertThat(store.backlog()).isEqualTo(body.length);
        assertThat(read(store, label.key())).isEqualTo(body);
    }

    @Test
    void anOutcomeKnownAtOnceIsKeptInTheSameCommit() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        Held held = accept(store, "peer", label(key(body), 100), body, Optional.of(RECEIPT));
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(held.outcome()).contains(RECEIPT);
        assertThat(store.pending()).isZero();
        assertThat(read(store, key(body))).isEqualTo(body);
        Held again = accept(store, "peer", label(key(body), 100), body, Optional.of(bytes("another receipt")));
        assertThat(again.outcome())
                .hasValueSatisfying(outcome -> assertThat(outcome).isEqualTo(RECEIPT));
    }

    @Test
    void anOutcomeThatComesWithTheSameDeliveryAgainSettlesIt() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        accept(store, body);
        Held held = accept(store, "peer", label(key(body), 100), body, Optional.of(RECEIPT));
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(store.pending()).isZero();
    }

    @Test
    void aReceiptIsNeverReplaced() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(100));
        assertThat(store.settle(key, RECEIPT, true, true)).isEqualTo(RECEIPT);
        assertThat(store.settle(key, bytes("another"), true, true)).isEqualTo(RECEIPT);
        assertThat(store.settle(key, REFUSAL, false, true)).isEqualTo(RECEIPT);
        assertThat(store.find(key).orElseThrow().outcome())
                .hasValueSatisfying(o -> assertThat(o).isEqualTo(RECEIPT));
    }

    @Test
    void aRefusalIsReplacedByAReceiptOnly() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(100));
        assertThat(store.settle(key, REFUSAL, false, true)).isEqualTo(REFUSAL);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.REFUSED);
        assertThat(store.settle(key, bytes("another refusal"), false, true)).isEqualTo(REFUSAL);
        assertThat(store.settle(key, RECEIPT, true, true)).isEqualTo(RECEIPT);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void waitingMovesWhenItIsDueAndIsNoFailure() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(100));
        Instant later = clock.instant().plusSeconds(60);
        store.await(key, later, "with another");
        Held held = store.find(key).orElseThrow();
        assertThat(held.attempts()).isZero();
        assertThat(held.due()).isEqualTo(later);
        assertThat(held.note()).isEqualTo("with another");
        store.settle(key, RECEIPT, true, true);
        store.await(key, later.plusSeconds(1), "too late");
        assertThat(store.find(key).orElseThrow().note()).isEqualTo("with another");
    }

    @Test
    void whatWasRefusedBeginsAnew() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(100);
        DeliveryKey key = accept(store, body);
        store.postpone(key, clock.instant(), "in vain");
        store.settle(key, REFUSAL, false, false);
        assertThat(store.pending()).isZero();
        clock.advance(Duration.ofMinutes(5));
        Held held = accept(store, "peer", label(key, 100), body, Optional.empty());
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.attempts()).isZero();
        assertThat(held.outcome()).isEmpty();
        assertThat(read(store, key)).isEqualTo(body);
        assertThat(store.backlog()).isEqualTo(100);
    }

    @Test
    void nothingCanBeSettledThatIsNotHeld() throws Exception {
        DeliveryStore store = open(SMALL);
        assertThatThrownBy(() -> store.settle(key(body(1)), RECEIPT, true, true))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aPayloadThatHasDoneItsServiceGoesAndItsRoomIsFree() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(600));
        assertFull(Limit.SHARE, () -> store.begin("peer", 1));
        store.settle(key, RECEIPT, true, false);
        assertThatThrownBy(() -> store.payload(key)).isInstanceOf(IOException.class);
        store.begin("peer", 600).close();
        assertThat(store.find(key).orElseThrow().outcome()).isPresent();
    }

    @Test
    void theLongestDueComesFirstAndNothingBeforeItsTime() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey first = accept(store, body(1));
        clock.advance(Duration.ofSeconds(1));
        DeliveryKey second = accept(store, body(2));
        clock.advance(Duration.ofSeconds(1));
        DeliveryKey third = accept(store, body(3));
        Instant now = clock.instant();
        assertThat(keys(store.due(now, 10))).containsExactly(first, second, third);
        assertThat(keys(store.due(now, 2))).containsExactly(first, second);
        assertThat(keys(store.due(now.minusMillis(1), 10))).containsExactly(first, second);

        store.postpone(first, now.plusSeconds(60), "the uplink is down");
        store.settle(second, RECEIPT, true, false);
        assertThat(keys(store.due(now, 10))).containsExactly(third);
        assertThat(keys(store.due(now.plusSeconds(60), 10))).containsExactly(third, first);
    }

    @Test
    void aPostponedDeliverySaysWhyAndHowOften() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(1));
        Instant accepted = clock.instant();
        store.postpone(key, accepted.plusSeconds(5), "refused");
        store.postpone(key, accepted.plusSeconds(10), "x".repeat(10_000));
        Held held = store.find(key).orElseThrow();
        assertThat(held.attempts()).isEqualTo(2);
        assertThat(held.due()).isEqualTo(accepted.plusSeconds(10));
        assertThat(held.note()).startsWith("xxx").hasSizeLessThan(1000);
        // The clock was put back meanwhile: what it says now is what counts.
        store.postpone(key, accepted.minusSeconds(10), "");
        assertThat(store.find(key).orElseThrow().due()).isEqualTo(accepted.minusSeconds(10));
        assertThat(keys(store.due(accepted.minusSeconds(11), 10))).isEmpty();
        assertThat(keys(store.due(accepted.minusSeconds(10), 10))).containsExactly(key);
        store.settle(key, RECEIPT, true, true);
        store.postpone(key, accepted.plusSeconds(99), "too late");
        assertThat(store.find(key).orElseThrow().attempts()).isEqualTo(3);
    }

    @Test
    void theQuotaIsWhatIsHeldAndWhatArrives() throws Exception {
        DeliveryStore store = open(SMALL);
        accept(store, "one", body(500));
        Intake arriving = store.begin("two", 400);
        assertFull(Limit.QUOTA, () -> store.begin("three", 101));
        store.begin("three", 100).close();
        arriving.write(body(400), 0, 400);
        assertFull(Limit.QUOTA, () -> store.begin("three", 101));
        arriving.close();
        store.begin("three", 500).close();
    }

    @Test
    void oneOwnerHasHisShare() throws Exception {
        DeliveryStore store = open(SMALL);
        accept(store, "one", body(300));
        try (Intake arriving = store.begin("one", 300)) {
            assertThat(arriving.written()).isZero();
            assertFull(Limit.SHARE, () -> store.begin("one", 1));
            store.begin("two", 400).close();
        }
        store.begin("one", 300).close();
    }

    @Test
    void soManyAreHeldAndNoMore() throws Exception {
        DeliveryStore store = open(SMALL);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 1; i < SMALL.maxHeld(); i++) {
            keys.add(accept(store, body(i)));
        }
        try (Intake last = store.begin("peer", 0)) {
            assertThat(last.written()).isZero();
            assertFull(Limit.COUNT, () -> store.begin("other", 0));
        }
        accept(store, body(99));
        assertFull(Limit.COUNT, () -> store.begin("other", 0));
        store.settle(keys.getFirst(), RECEIPT, true, true);
        store.begin("other", 0).close();
    }

    @Test
    void anOutcomeThatPassedItsTimeLeavesATombstone() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = body(600);
        DeliveryKey key = accept(store, body);
        DeliveryKey open = accept(store, "other", body(10));
        store.settle(key, RECEIPT, true, true);
        Instant settled = clock.instant();
        clock.advance(Duration.ofDays(1));

        store.expire(settled, Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.SETTLED);
        store.expire(settled.plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);

        Held tombstone = store.find(key).orElseThrow();
        assertThat(tombstone.state()).isEqualTo(State.TOMBSTONE);
        assertThat(tombstone.outcome()).isEmpty();
        assertThatThrownBy(() -> store.payload(key)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.settle(key, RECEIPT, true, true)).isInstanceOf(IOException.class);
        assertThat(accept(store, "peer", label(key, 600), body, Optional.of(RECEIPT)))
                .isEqualTo(tombstone);
        assertThat(store.find(open).orElseThrow().state()).isEqualTo(State.ACCEPTED);

        store.expire(Instant.EPOCH, Instant.EPOCH, clock.instant(), Instant.EPOCH);
        assertThat(store.find(key)).isPresent();
        store.expire(Instant.EPOCH, Instant.EPOCH, clock.instant().plusMillis(1), Instant.EPOCH);
        assertThat(store.find(key)).isEmpty();
        accept(store, body);
    }

    @Test
    void aRefusalThatPassedItsTimeIsForgotten() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = accept(store, body(600));
        store.settle(key, REFUSAL, false, true);
        Instant later = clock.instant().plusMillis(1);
        store.expire(later, clock.instant(), later, later);
        assertThat(store.find(key)).isPresent();
        store.expire(Instant.EPOCH, later, Instant.EPOCH, Instant.EPOCH);
        assertThat(store.find(key)).isEmpty();
        store.begin("peer", 600).close();
    }

    @Test
    void whatIsRememberedOfADeliveryCountsUntilItIsForgotten() throws Exception {
        DeliveryStore store = open(new StoreLimits(1000, 0, 0.6, 5, new Remembered(100, 1, Duration.ofDays(1))));
        assertFull(Limit.SHARE, () -> store.begin("peer", 501));
        DeliveryKey key = accept(store, body(200));
        assertFull(Limit.SHARE, () -> store.begin("peer", 201));
        store.settle(key, RECEIPT, true, false);
        store.begin("peer", 400).close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 401));
        Intake other = store.begin("other", 500);
        assertFull(Limit.QUOTA, () -> store.begin("third", 201));
        other.close();
        Instant later = clock.instant().plusMillis(1);
        store.expire(later, later, Instant.EPOCH, Instant.EPOCH);
        assertFull(Limit.SHARE, () -> store.begin("peer", 401));
        store.expire(later, later, later, Instant.EPOCH);
        store.begin("peer", 500).close();
    }

    @Test
    void oneOwnersEndedDeliveriesFillNothingButHisShare() throws Exception {
        DeliveryStore store = open(TEN);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            keys.add(accept(store, "flood", body(i)));
            store.settle(keys.getLast(), RECEIPT, true, false);
            clock.advance(Duration.ofHours(1));
        }
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        accept(store, "peer", body(10));
        clock.advance(Duration.ofHours(19));
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        clock.advance(Duration.ofMillis(1));

        Intake room = store.begin("flood", 0);

        assertThat(store.find(keys.getFirst())).as("the oldest").isEmpty();
        for (DeliveryKey younger : keys.subList(1, 5)) {
            assertThat(store.find(younger)).isPresent();
        }
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        room.close();
    }

    @Test
    void manyOwnersTogetherMakeRoomByTheOldestOfAll() throws Exception {
        DeliveryStore store = open(TEN);
        DeliveryKey oldest = accept(store, "owner 0", body(100));
        store.settle(oldest, RECEIPT, true, false);
        clock.advance(Duration.ofHours(1));
        DeliveryKey waiting = accept(store, "owner 1", body(101));
        for (int i = 2; i < 10; i++) {
            store.settle(accept(store, "owner " + i, body(100 + i)), RECEIPT, true, false);
        }
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
        clock.advance(Duration.ofHours(23).plusMillis(1));
        accept(store, "another", body(0));
        assertThat(store.find(oldest)).isEmpty();
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
        clock.advance(Duration.ofDays(100));
        for (int i = 0; i < 8; i++) {
            accept(store, "late " + i, body(200 + i));
        }
        assertThat(store.find(waiting)).as("what is accepted never goes").isPresent();
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
    }

    @Test
    void tombstonesGoBeforeRefusalsAndThoseBeforeReceipts() throws Exception {
        DeliveryStore store = open(TEN);
        DeliveryKey tombstone = accept(store, body(1));
        store.settle(tombstone, RECEIPT, true, false);
        DeliveryKey receipt = accept(store, body(2));
        DeliveryKey refusal = accept(store, body(3));
        accept(store, body(4));
        accept(store, body(5));
        clock.advance(Duration.ofHours(1));
        store.settle(receipt, RECEIPT, true, false);
        clock.advance(Duration.ofHours(1));
        store.settle(refusal, REFUSAL, false, false);
        clock.advance(Duration.ofHours(1));
        store.expire(clock.instant().minus(Duration.ofHours(2)), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        clock.advance(Duration.ofDays(2));
        List<DeliveryKey> gone = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            accept(store, body(6 + i));
            for (DeliveryKey key : List.of(receipt, refusal, tombstone)) {
                if (!gone.contains(key) && store.find(key).isEmpty()) {
                    gone.add(key);
                }
            }
        }
        assertThat(gone).containsExactly(tombstone, refusal, receipt);
    }

    @Test
    void anArrivalThatStallsIsEndedAndItsRoomIsFree() throws Exception {
        DeliveryStore store = open(SMALL);
        Intake stalled = store.begin("peer", 300);
        stalled.write(body(10), 0, 10);
        clock.advance(Duration.ofHours(1));
        Intake lively = store.begin("peer", 300);
        store.expire(Instant.EPOCH, Instant.EPOCH, Instant.EPOCH, clock.instant());
        assertThatThrownBy(() -> stalled.write(body(1), 0, 1)).isInstanceOf(IOException.class);
        lively.write(body(300), 0, 300);
        store.begin("peer", 300).close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 301));
        stalled.close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 301));
        lively.close();
    }

    @Test
    void manyExpireAtOnce() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            DeliveryKey key = accept(store, body(i + 1));
            store.settle(key, RECEIPT, true, true);
            keys.add(key);
        }
        store.expire(clock.instant().plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        for (DeliveryKey key : keys) {
            assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.TOMBSTONE);
        }
        store.expire(Instant.EPOCH, Instant.EPOCH, clock.instant().plusMillis(1), Instant.EPOCH);
        for (DeliveryKey key : keys) {
            assertThat(store.find(key)).isEmpty();
        }
    }

    // What the tests of one store share with those of others.

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected byte[] body(int size) {
        byte[] body = new byte[size];
        random.nextBytes(body);
        return body;
    }

    private final TaskId id = TaskId.fresh(clock, random);

    /** One ID for all: the digest tells them apart. */
    protected DeliveryKey key(byte[] body) {
        return DeliveryKey.of(id, Sha256.of(body));
    }

    public static Label label(DeliveryKey key, long size) {
        return new Label(key, size, Optional.empty(), 0);
    }

    protected DeliveryKey accept(DeliveryStore store, byte[] body) throws Exception {
        return accept(store, "peer", body);
    }

    protected DeliveryKey accept(DeliveryStore store, String owner, byte[] body) throws Exception {
        return accept(store, owner, label(key(body), body.length), body, Optional.empty())
                .label()
                .key();
    }

    public static Held accept(DeliveryStore store, String owner, Label label, byte[] body, Optional<byte[]> outcome)
            throws Exception {
        try (Intake intake = store.begin(owner, body.length)) {
            intake.write(body, 0, body.length);
            intake.seal();
            return intake.commit(label, outcome);
        }
    }

    public static byte[] read(DeliveryStore store, DeliveryKey key) throws IOException {
        try (InputStream in = Channels.newInputStream(store.payload(key))) {
            return in.readAllBytes();
        }
    }

    public static List<DeliveryKey> keys(List<Held> held) {
        return held.stream().map(each -> each.label().key()).toList();
    }

    public static void assertFull(Limit limit, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreFullException.class, e -> assertThat(e.limit()).isEqualTo(limit));
    }
}
