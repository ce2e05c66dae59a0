package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.store.Goods.RECEIPT;
import static waybill.store.Goods.REFUSAL;
import static waybill.store.Goods.SMALL;
import static waybill.store.Goods.accept;
import static waybill.store.Goods.bytes;
import static waybill.store.Goods.label;
import static waybill.store.Goods.read;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;

/** What a store holds of a delivery that it accepted, and that nothing else becomes one. */
interface HoldingContract extends StoreUnderTest {
    @Test
    default void whatIsAcceptedIsHeldWithItsBytesAndItsLabel() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = goods().body(200_000);
        DeliveryKey key = goods().key(body).withContents(Sha256.of(bytes("waybill.xml")));
        Label label = new Label(key, body.length, Optional.of("age1someone"), 2);

        Held held = accept(store, "peer", label, body, Optional.empty());

        assertThat(held.label()).isEqualTo(label);
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.accepted()).isEqualTo(goods().clock.instant());
        assertThat(held.due()).isEqualTo(goods().clock.instant());
        assertThat(store.find(key)).contains(held);
        assertThat(read(store, key)).isEqualTo(body);
        assertThat(store.pending()).isEqualTo(1);
        assertThat(store.backlog()).isEqualTo(body.length);
    }

    @Test
    default void claimsOnWhichTwoDifferAreForgottenWhileItWaits() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = goods().body(100);
        DeliveryKey key = goods().key(body);
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
        assertThat(store.reconcile(label(goods().key(goods().body(7)), 7))).isEmpty();
    }

    @Test
    default void anEmptyBodyIsADeliveryToo() throws Exception {
        DeliveryStore store = open(SMALL);
        DeliveryKey key = goods().accept(store, new byte[0]);
        assertThat(read(store, key)).isEmpty();
    }

    @Test
    default void nothingIsHeldBeforeItIsCommitted() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        try (Intake intake = store.begin("peer", 100)) {
            intake.write(body, 0, 100);
            assertThat(intake.written()).isEqualTo(100);
            assertThat(intake.seal()).isEqualTo(Sha256.of(body));
            try (InputStream in = Channels.newInputStream(intake.sealed())) {
                assertThat(in.readAllBytes()).isEqualTo(body);
            }
        }
        assertThat(store.find(goods().key(body))).isEmpty();
        assertThatThrownBy(() -> store.payload(goods().key(body))).isInstanceOf(IOException.class);
    }

    @Test
    default void exactlyTheDeclaredBytesAreTaken() throws Exception {
        DeliveryStore store = open(SMALL);
        try (Intake intake = store.begin("peer", 10)) {
            intake.write(goods().body(9), 0, 9);
            assertThatThrownBy(intake::seal).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> intake.write(goods().body(2), 0, 2)).isInstanceOf(IOException.class);
            intake.write(goods().body(1), 0, 1);
            intake.seal();
            assertThatThrownBy(() -> intake.write(goods().body(1), 0, 1)).isInstanceOf(IOException.class);
        }
    }

    @Test
    default void aLabelOfOtherBytesIsNotCommitted() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(10);
        DeliveryKey other = goods().key(goods().body(11));
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
    default void anArrivalThatIsOverTakesNothingMore() throws Exception {
        DeliveryStore store = open(SMALL);
        Intake intake = store.begin("peer", 10);
        intake.close();
        intake.close();
        assertThatThrownBy(() -> intake.write(goods().body(1), 0, 1)).isInstanceOf(IOException.class);
        assertThatThrownBy(intake::seal).isInstanceOf(IOException.class);
    }

    @Test
    default void theSameDeliveryAgainIsHeldOnce() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        Label label = label(goods().key(body), 100);
        Held first = accept(store, "one", label, body, Optional.empty());
        goods().clock.advance(Duration.ofMinutes(1));
        Held second = accept(store, "two", label, body, Optional.empty());
        assertThat(second).isEqualTo(first);
        assertThat(store.backlog()).isEqualTo(100);
        assertThat(store.pending()).isEqualTo(1);
    }

    @Test
    default void otherBytesOrAnotherClaimUnderTheSameIdAreAnotherDelivery() throws Exception {
        DeliveryStore store = open(SMALL);
        byte[] body = goods().body(100);
        DeliveryKey key = goods().key(body);
        DeliveryKey claimed = key.withContents(Sha256.of(bytes("true")));
        DeliveryKey lied = key.withContents(Sha256.of(bytes("lie")));
        byte[] others = goods().body(50);
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
    default void theSameDeliveryFromEightAtOnceIsHeldOnce() throws Exception {
        DeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] body = goods().body(10_000);
        Label label = label(goods().key(body), body.length);
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
}
