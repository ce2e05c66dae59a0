package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService.Arrival;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

class HousekeeperTest {
    private static final RelayConfig.Retention RETENTION = RelayConfig.Retention.DEFAULT;

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final List<Instant> expired = new ArrayList<>();

    @Test
    void onceAnHourAndAtTheStartNotMoreOften() throws IOException {
        FakeStore store = new FakeStore(clock) {
            @Override
            public void expire(Instant receipts, Instant refusals, Instant tombstones, Instant incoming) {
                expired.addAll(List.of(receipts, refusals, tombstones, incoming));
            }
        };
        Housekeeper housekeeper = new Housekeeper(List.of(store), List.of(), RETENTION, List::of, clock);

        assertThat(housekeeper.step()).isEqualTo(FakeClock.START.plus(Duration.ofHours(1)));
        assertThat(expired)
                .containsExactly(
                        FakeClock.START.minus(Duration.ofDays(30)),
                        FakeClock.START.minus(Duration.ofDays(1)),
                        FakeClock.START.minus(Duration.ofDays(90)),
                        FakeClock.START.minus(Duration.ofHours(1)));
        clock.advance(Duration.ofMinutes(59));
        housekeeper.step();
        assertThat(expired).hasSize(4);
        clock.advance(Duration.ofMinutes(1));
        housekeeper.step();
        assertThat(expired).hasSize(8);
        clock.putBack(Duration.ofDays(2));
        housekeeper.step();
        assertThat(expired).hasSize(12);
    }

    @Test
    void whatFailsKeepsNothingElseFromBeingDoneAndIsTriedAgainSoon() {
        AtomicBoolean fails = new AtomicBoolean(true);
        FakeStore bad = new FakeStore(clock) {
            @Override
            public void expire(Instant receipts, Instant refusals, Instant tombstones, Instant incoming)
                    throws IOException {
                if (fails.get()) {
                    throw new IOException("No space left on device");
                }
            }
        };
        FakeStore good = new FakeStore(clock) {
            @Override
            public void expire(Instant receipts, Instant refusals, Instant tombstones, Instant incoming) {
                expired.add(receipts);
            }
        };
        List<String> others = new ArrayList<>();
        Runnable odd = () -> {
            if (fails.get()) {
                throw new IllegalStateException("a fault of ours");
            }
        };
        Housekeeper housekeeper =
                new Housekeeper(List.of(bad, good), List.of(odd, () -> others.add("done")), RETENTION, List::of, clock);

        assertThat(housekeeper.step()).isEqualTo(FakeClock.START.plus(Duration.ofMinutes(1)));
        assertThat(expired).hasSize(1);
        assertThat(others).hasSize(1);

        fails.set(false);
        clock.advance(Duration.ofMinutes(1));
        assertThat(housekeeper.step()).isEqualTo(FakeClock.START.plus(Duration.ofMinutes(61)));
        assertThat(expired).hasSize(2);
        assertThat(others).hasSize(2);
    }

    @Test
    void aReceiptIsGoneAfterItsTimeAndForgottenAfterAnother() throws Exception {
        try (DeliveryStore store = new LocalDeliveryStore(directory.resolve("store"), StoreLimits.DEFAULT, clock)) {
            DeliveryKey key = taken(store, "long ago");
            store.settle(key, FakeBackend.receipt(key, 8), true, false);
            Housekeeper housekeeper = new Housekeeper(List.of(store), List.of(), RETENTION, List::of, clock);

            clock.advance(Duration.ofDays(30).plusHours(1));
            housekeeper.step();
            assertThat(store.find(key).orElseThrow().state()).isEqualTo(DeliveryStore.State.TOMBSTONE);
            clock.advance(Duration.ofDays(90).plusHours(1));
            housekeeper.step();
            assertThat(store.find(key)).isEmpty();
        }
    }

    @Test
    void aRefusalIsForgottenAfterADayAndAReceiptIsNot() throws Exception {
        try (DeliveryStore store = new LocalDeliveryStore(directory.resolve("store"), StoreLimits.DEFAULT, clock)) {
            DeliveryKey refused = taken(store, "refused!");
            DeliveryKey received = taken(store, "received");
            store.settle(refused, new byte[] {1}, false, false);
            store.settle(received, FakeBackend.receipt(received, 8), true, false);
            Housekeeper housekeeper = new Housekeeper(List.of(store), List.of(), RETENTION, List::of, clock);

            clock.advance(Duration.ofHours(24));
            housekeeper.step();
            assertThat(store.find(refused)).isPresent();
            clock.advance(Duration.ofHours(1));
            housekeeper.step();
            assertThat(store.find(refused)).isEmpty();
            assertThat(store.find(received).orElseThrow().state()).isEqualTo(DeliveryStore.State.SETTLED);
        }
    }

    private DeliveryKey taken(DeliveryStore store, String text) throws Exception {
        Arrival arrival = new Site(directory, Duration.ZERO).arrival(text);
        DeliveryKey key = Site.key(arrival);
        try (DeliveryStore.Intake intake = store.begin("peer", 8)) {
            intake.write(arrival.body().readAllBytes(), 0, 8);
            intake.seal();
            intake.commit(new DeliveryStore.Label(key, 8, arrival.recipient(), 0), Optional.empty());
        }
        return key;
    }
}
