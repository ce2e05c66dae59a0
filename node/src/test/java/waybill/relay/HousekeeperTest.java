package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService.Arrival;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

class HousekeeperTest {
    private static final RelayConfig.Retention RETENTION =
            new RelayConfig.Retention(Duration.ofDays(30), Duration.ofDays(90), Duration.ofHours(1));

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final List<Instant> expired = new ArrayList<>();

    @Test
    void onceAnHourAndAtTheStartNotMoreOften() throws IOException {
        FakeStore store = new FakeStore(clock) {
            @Override
            public void expire(Instant outcomes, Instant tombstones, Instant incoming) {
                expired.addAll(List.of(outcomes, tombstones, incoming));
            }
        };
        Housekeeper housekeeper = new Housekeeper(List.of(store), RETENTION, List::of, clock);

        assertThat(housekeeper.step()).isEqualTo(FakeClock.START.plus(Duration.ofHours(1)));
        assertThat(expired)
                .containsExactly(
                        FakeClock.START.minus(Duration.ofDays(30)),
                        FakeClock.START.minus(Duration.ofDays(90)),
                        FakeClock.START.minus(Duration.ofHours(1)));
        clock.advance(Duration.ofMinutes(59));
        housekeeper.step();
        assertThat(expired).hasSize(3);
        clock.advance(Duration.ofMinutes(1));
        housekeeper.step();
        assertThat(expired).hasSize(6);
        clock.set(FakeClock.START.minus(Duration.ofDays(1)));
        housekeeper.step();
        assertThat(expired).hasSize(9);
    }

    @Test
    void aReceiptIsGoneAfterItsTimeAndForgottenAfterAnother() throws Exception {
        try (DeliveryStore store = new LocalDeliveryStore(directory.resolve("store"), StoreLimits.DEFAULT, clock)) {
            Arrival arrival = new Site(directory, Duration.ZERO).arrival("long ago");
            DeliveryKey key = Site.key(arrival);
            try (DeliveryStore.Intake intake = store.begin("peer", 8)) {
                intake.write(arrival.body().readAllBytes(), 0, 8);
                intake.seal();
                intake.commit(new DeliveryStore.Label(key, 8, arrival.recipient(), 0), Optional.empty());
            }
            store.settle(key, FakeBackend.receipt(key, 8), true, false);
            Housekeeper housekeeper = new Housekeeper(List.of(store), RETENTION, List::of, clock);

            clock.advance(Duration.ofDays(30).plusHours(1));
            housekeeper.step();
            assertThat(store.find(key).orElseThrow().state()).isEqualTo(DeliveryStore.State.TOMBSTONE);
            clock.advance(Duration.ofDays(90).plusHours(1));
            housekeeper.step();
            assertThat(store.find(key)).isEmpty();
        }
    }
}
