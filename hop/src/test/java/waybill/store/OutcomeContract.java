package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.store.Goods.RECEIPT;
import static waybill.store.Goods.REFUSAL;
import static waybill.store.Goods.SMALL;
import static waybill.store.Goods.accept;
import static waybill.store.Goods.assertFull;
import static waybill.store.Goods.bytes;
import static waybill.store.Goods.keys;
import static waybill.store.Goods.label;
import static waybill.store.Goods.read;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreFullException.Limit;

/** When a held delivery is due, and how it ends. */
interface OutcomeContract extends StoreUnderTest {
    @Test
    default void anOutcomeKnownAtOnceIsKeptInTheSameCommit() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        Held held = accept(store, "peer", label(goods().key(body), 100), body, Optional.of(RECEIPT));
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(held.outcome()).contains(RECEIPT);
        assertThat(store.pending()).isZero();
        assertThat(read(store, goods().key(body))).isEqualTo(body);
        Held again = accept(store, "peer", label(goods().key(body), 100), body, Optional.of(bytes("another receipt")));
        assertThat(again.outcome())
                .hasValueSatisfying(outcome -> assertThat(outcome).isEqualTo(RECEIPT));
    }

    @Test
    default void anOutcomeThatComesWithTheSameDeliveryAgainSettlesIt() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        goods().accept(store, body);
        Held held = accept(store, "peer", label(goods().key(body), 100), body, Optional.of(RECEIPT));
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(store.pending()).isZero();
    }

    @Test
    default void aReceiptIsNeverReplaced() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(100));
        assertThat(store.settle(key, RECEIPT, true, true)).isEqualTo(RECEIPT);
        assertThat(store.settle(key, bytes("another"), true, true)).isEqualTo(RECEIPT);
        assertThat(store.settle(key, REFUSAL, false, true)).isEqualTo(RECEIPT);
        assertThat(store.find(key).orElseThrow().outcome())
                .hasValueSatisfying(o -> assertThat(o).isEqualTo(RECEIPT));
    }

    @Test
    default void aRefusalIsReplacedByAReceiptOnly() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(100));
        assertThat(store.settle(key, REFUSAL, false, true)).isEqualTo(REFUSAL);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.REFUSED);
        assertThat(store.settle(key, bytes("another refusal"), false, true)).isEqualTo(REFUSAL);
        assertThat(store.settle(key, RECEIPT, true, true)).isEqualTo(RECEIPT);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.SETTLED);
    }

    @Test
    default void waitingMovesWhenItIsDueAndIsNoFailure() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(100));
        Instant later = goods().clock.instant().plusSeconds(60);
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
    default void whatWasRefusedBeginsAnew() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        DeliveryKey key = goods().accept(store, body);
        store.postpone(key, goods().clock.instant(), "in vain");
        store.settle(key, REFUSAL, false, false);
        assertThat(store.pending()).isZero();
        goods().clock.advance(Duration.ofMinutes(5));
        Held held = accept(store, "peer", label(key, 100), body, Optional.empty());
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.attempts()).isZero();
        assertThat(held.outcome()).isEmpty();
        assertThat(read(store, key)).isEqualTo(body);
        assertThat(store.backlog()).isEqualTo(100);
    }

    @Test
    default void nothingCanBeSettledThatIsNotHeld() throws Exception {
        DeliveryStore store = open(SMALL);
        assertThatThrownBy(() -> store.settle(goods().key(goods().body(1)), RECEIPT, true, true))
                .isInstanceOf(IOException.class);
    }

    @Test
    default void aPayloadThatHasDoneItsServiceGoesAndItsRoomIsFree() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(600));
        assertFull(Limit.SHARE, () -> store.begin("peer", 1));
        store.settle(key, RECEIPT, true, false);
        assertThatThrownBy(() -> store.payload(key)).isInstanceOf(IOException.class);
        store.begin("peer", 600).close();
        assertThat(store.find(key).orElseThrow().outcome()).isPresent();
    }

    @Test
    default void theLongestDueComesFirstAndNothingBeforeItsTime() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey first = goods().accept(store, goods().body(1));
        goods().clock.advance(Duration.ofSeconds(1));
        DeliveryKey second = goods().accept(store, goods().body(2));
        goods().clock.advance(Duration.ofSeconds(1));
        DeliveryKey third = goods().accept(store, goods().body(3));
        Instant now = goods().clock.instant();
        assertThat(keys(store.due(now, 10))).containsExactly(first, second, third);
        assertThat(keys(store.due(now, 2))).containsExactly(first, second);
        assertThat(keys(store.due(now.minusMillis(1), 10))).containsExactly(first, second);

        store.postpone(first, now.plusSeconds(60), "the uplink is down");
        store.settle(second, RECEIPT, true, false);
        assertThat(keys(store.due(now, 10))).containsExactly(third);
        assertThat(keys(store.due(now.plusSeconds(60), 10))).containsExactly(third, first);
    }

    @Test
    default void aPostponedDeliverySaysWhyAndHowOften() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, goods().body(1));
        Instant accepted = goods().clock.instant();
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
}
