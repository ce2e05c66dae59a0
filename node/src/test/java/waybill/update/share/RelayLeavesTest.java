package waybill.update.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import waybill.discovery.RelaysSeen;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.update.Giver;
import waybill.update.Nearby;
import waybill.update.Published;
import waybill.update.TestGiver;

/** A relay without neighbours, as often as its origin fails. */
final class RelayLeavesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final NodeId SELF = new NodeId(Sha256.of(new byte[] {1}));

    private final Published published = Published.of(1, NOW, Map.of("f", Published.random(3_000_000, 1)));
    private final TestGiver origin = new TestGiver(9, published, TestGiver.Manner.UNREACHABLE);
    private int open;
    private int most;

    private final Way way = new Way() {
        @Override
        public Optional<Leave> toOrigin(long size) {
            open++;
            most = Math.max(most, open);
            return Optional.of(new Leave() {
                @Override
                public Giver origin() {
                    return origin.origin();
                }

                @Override
                public void close() {
                    open--;
                }
            });
        }

        @Override
        public boolean isOpen(String network, boolean relay) {
            return true;
        }
    };

    private final Nearby nobody = new Nearby(
            Published.BACKEND,
            () -> {
                throw new IOException("no network");
            },
            origin,
            () -> TaskId.fresh(InstantSource.fixed(NOW), new Random(1)),
            new RelaysSeen(InstantSource.fixed(NOW)),
            false,
            Promise.MAX_HOPS,
            _ -> false);

    @Test
    void howeverOftenTheOriginIsTriedOneLeaveOfTheLineIsHeld() throws Exception {
        String href = published.wanted("f").file().toString();
        int tries = 0;
        try (Sources.Source everybody = new RelaySources(SELF, nobody, way)
                .of(href, 3_000_000, Optional.of(published.wanted("f").sha256()))) {
            for (int i = 0; i < 9; i++) {
                tries += everybody.next().equals(List.of()) ? 0 : 1;
            }
        }
        assertThat(tries).as("it is tried lap by lap").isGreaterThan(2);
        assertThat(most).isEqualTo(1);
        assertThat(open).isZero();
    }
}
