package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.store.Goods.RECEIPT;
import static waybill.store.Goods.REFUSAL;
import static waybill.store.Goods.SMALL;
import static waybill.store.Goods.accept;
import static waybill.store.Goods.assertFull;
import static waybill.store.Goods.keys;
import static waybill.store.Goods.label;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits.Remembered;

/** How much a store takes, of whom, and what goes to make room. */
interface RoomContract extends StoreUnderTest {
    /** Room to remember ten, five of one owner; a day at least. */
    StoreLimits TEN = new StoreLimits(10_000, 0, 0.5, 100, new Remembered(100, 0.1, Duration.ofDays(1)));

    @Test
    default void theQuotaIsWhatIsHeldAndWhatArrives() throws Exception {
        DeliveryStore store = open(SMALL);
        goods().accept(store, "one", goods().body(500));
        Intake arriving = store.begin("two", 400);
        assertFull(Limit.QUOTA, () -> store.begin("three", 101));
        store.begin("three", 100).close();
        arriving.write(goods().body(400), 0, 400);
        assertFull(Limit.QUOTA, () -> store.begin("three", 101));
        arriving.close();
        store.begin("three", 500).close();
    }

    @Test
    default void oneOwnerHasHisShare() throws Exception {
        DeliveryStore store = open(SMALL);
        goods().accept(store, "one", goods().body(300));
        try (Intake arriving = store.begin("one", 300)) {
            assertThat(arriving.written()).isZero();
            assertFull(Limit.SHARE, () -> store.begin("one", 1));
            store.begin("two", 400).close();
        }
        store.begin("one", 300).close();
    }

    @Test
    default void soManyAreHeldAndNoMore() throws Exception {
        DeliveryStore store = open(SMALL);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 1; i < SMALL.maxHeld(); i++) {
            keys.add(goods().accept(store, goods().body(i)));
        }
        try (Intake last = store.begin("peer", 0)) {
            assertThat(last.written()).isZero();
            assertFull(Limit.COUNT, () -> store.begin("other", 0));
        }
        goods().accept(store, goods().body(99));
        assertFull(Limit.COUNT, () -> store.begin("other", 0));
        store.settle(keys.getFirst(), RECEIPT, true, true);
        store.begin("other", 0).close();
    }

    @Test
    default void anOutcomeThatPassedItsTimeLeavesATombstone() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(600);
        DeliveryKey key = goods().accept(store, body);
        DeliveryKey open = goods().accept(store, "other", goods().body(10));
        store.settle(key, RECEIPT, true, true);
        Instant settled = goods().clock.instant();
        goods().clock.advance(Duration.ofDays(1));

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

        store.expire(Instant.EPOCH, Instant.EPOCH, goods().clock.instant(), Instant.EPOCH);
        assertThat(store.find(key)).isPresent();
        store.expire(Instant.EPOCH, Instant.EPOCH, goods().clock.instant().plusMillis(1), Instant.EPOCH);
        assertThat(store.find(key)).isEmpty();
        goods().accept(store, body);
    }

    @Test
    default void aRefusalThatPassedItsTimeIsForgotten() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(600));
        store.settle(key, REFUSAL, false, true);
        Instant later = goods().clock.instant().plusMillis(1);
        store.expire(later, goods().clock.instant(), later, later);
        assertThat(store.find(key)).isPresent();
        store.expire(Instant.EPOCH, later, Instant.EPOCH, Instant.EPOCH);
        assertThat(store.find(key)).isEmpty();
        store.begin("peer", 600).close();
    }

    @Test
    default void whatIsRememberedOfADeliveryCountsUntilItIsForgotten() throws Exception {
        DeliveryStore store = open(new StoreLimits(1000, 0, 0.6, 5, new Remembered(100, 1, Duration.ofDays(1))));
        assertFull(Limit.SHARE, () -> store.begin("peer", 501));
        DeliveryKey key = goods().accept(store, goods().body(200));
        assertFull(Limit.SHARE, () -> store.begin("peer", 201));
        store.settle(key, RECEIPT, true, false);
        store.begin("peer", 400).close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 401));
        Intake other = store.begin("other", 500);
        assertFull(Limit.QUOTA, () -> store.begin("third", 201));
        other.close();
        Instant later = goods().clock.instant().plusMillis(1);
        store.expire(later, later, Instant.EPOCH, Instant.EPOCH);
        assertFull(Limit.SHARE, () -> store.begin("peer", 401));
        store.expire(later, later, later, Instant.EPOCH);
        store.begin("peer", 500).close();
    }

    @Test
    default void oneOwnersEndedDeliveriesFillNothingButHisShare() throws Exception {
        DeliveryStore store = open(TEN);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            keys.add(goods().accept(store, "flood", goods().body(i)));
            store.settle(keys.getLast(), RECEIPT, true, false);
            goods().clock.advance(Duration.ofHours(1));
        }
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        goods().accept(store, "peer", goods().body(10));
        goods().clock.advance(Duration.ofHours(19));
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        goods().clock.advance(Duration.ofMillis(1));

        Intake room = store.begin("flood", 0);

        assertThat(store.find(keys.getFirst())).as("the oldest").isEmpty();
        for (DeliveryKey younger : keys.subList(1, 5)) {
            assertThat(store.find(younger)).isPresent();
        }
        assertFull(Limit.SHARE, () -> store.begin("flood", 0));
        room.close();
    }

    @Test
    default void manyOwnersTogetherMakeRoomByTheOldestOfAll() throws Exception {
        DeliveryStore store = open(TEN);
        DeliveryKey oldest = goods().accept(store, "owner 0", goods().body(100));
        store.settle(oldest, RECEIPT, true, false);
        goods().clock.advance(Duration.ofHours(1));
        DeliveryKey waiting = goods().accept(store, "owner 1", goods().body(101));
        for (int i = 2; i < 10; i++) {
            store.settle(goods().accept(store, "owner " + i, goods().body(100 + i)), RECEIPT, true, false);
        }
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
        goods().clock.advance(Duration.ofHours(23).plusMillis(1));
        goods().accept(store, "another", goods().body(0));
        assertThat(store.find(oldest)).isEmpty();
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
        goods().clock.advance(Duration.ofDays(100));
        for (int i = 0; i < 8; i++) {
            goods().accept(store, "late " + i, goods().body(200 + i));
        }
        assertThat(store.find(waiting)).as("what is accepted never goes").isPresent();
        assertFull(Limit.COUNT, () -> store.begin("another", 0));
    }

    @Test
    default void tombstonesGoBeforeRefusalsAndThoseBeforeReceipts() throws Exception {
        DeliveryStore store = open(TEN);
        DeliveryKey tombstone = goods().accept(store, goods().body(1));
        store.settle(tombstone, RECEIPT, true, false);
        DeliveryKey receipt = goods().accept(store, goods().body(2));
        DeliveryKey refusal = goods().accept(store, goods().body(3));
        goods().accept(store, goods().body(4));
        goods().accept(store, goods().body(5));
        goods().clock.advance(Duration.ofHours(1));
        store.settle(receipt, RECEIPT, true, false);
        goods().clock.advance(Duration.ofHours(1));
        store.settle(refusal, REFUSAL, false, false);
        goods().clock.advance(Duration.ofHours(1));
        store.expire(goods().clock.instant().minus(Duration.ofHours(2)), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        goods().clock.advance(Duration.ofDays(2));
        List<DeliveryKey> gone = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            goods().accept(store, goods().body(6 + i));
            for (DeliveryKey key : List.of(receipt, refusal, tombstone)) {
                if (!gone.contains(key) && store.find(key).isEmpty()) {
                    gone.add(key);
                }
            }
        }
        assertThat(gone).containsExactly(tombstone, refusal, receipt);
    }

    @Test
    default void anArrivalThatStallsIsEndedAndItsRoomIsFree() throws Exception {
        DeliveryStore store = open(SMALL);
        Intake stalled = store.begin("peer", 300);
        stalled.write(goods().body(10), 0, 10);
        goods().clock.advance(Duration.ofHours(1));
        Intake lively = store.begin("peer", 300);
        store.expire(Instant.EPOCH, Instant.EPOCH, Instant.EPOCH, goods().clock.instant());
        assertThatThrownBy(() -> stalled.write(goods().body(1), 0, 1)).isInstanceOf(IOException.class);
        lively.write(goods().body(300), 0, 300);
        store.begin("peer", 300).close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 301));
        stalled.close();
        assertFull(Limit.SHARE, () -> store.begin("peer", 301));
        lively.close();
    }

    @Test
    default void manyExpireAtOnce() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            DeliveryKey key = goods().accept(store, goods().body(i + 1));
            store.settle(key, RECEIPT, true, true);
            keys.add(key);
        }
        store.expire(goods().clock.instant().plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        for (DeliveryKey key : keys) {
            assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.TOMBSTONE);
        }
        store.expire(Instant.EPOCH, Instant.EPOCH, goods().clock.instant().plusMillis(1), Instant.EPOCH);
        for (DeliveryKey key : keys) {
            assertThat(store.find(key)).isEmpty();
        }
    }
}
