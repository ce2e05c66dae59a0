package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.e2e.Strace.Call;
import waybill.e2e.TracedHop.Delivery;

/**
 * A killed process loses no page cache; a power cut does. Relay and backend are killed while deliveries come in, and started
 * again on what {@link WorstDisk} has left of their files at the moment of the last acknowledgement.
 */
final class PowerCutTest {
    private static final int ROUNDS = Integer.getInteger("waybill.cuts", 3);
    private static final long SEED = Long.getLong("waybill.seed", 20261122);
    private static final int DELIVERIES = 24;
    private static final int AT_ONCE = 4;

    @TempDir
    Path dir;

    @ParameterizedTest
    @EnumSource(TracedHop.Role.class)
    void nothingAcknowledgedIsLost(TracedHop.Role role) throws Exception {
        Random random = new Random(SEED);
        for (int round = 1; round <= ROUNDS; round++) {
            Path place = dir.resolve("round-" + round);
            Path trace = dir.resolve("trace-" + round);
            try (TracedHop hop = new TracedHop(role, place)) {
                // the state before is that of a backend made and never started, and of no relay at all
                Cut cut = new Cut(hop, trace, random);
                assertThat(cut.lost("cut", _ -> false))
                        .as("round %d, seed %d, %d acknowledged", round, SEED, cut.acknowledged.size())
                        .isEmpty();
                if (round == ROUNDS) {
                    // The judge itself: a disk that lies about a sync loses something, and it is seen.
                    assertThat(cut.lost("payload", call -> call.path().contains("/incoming/")))
                            .as("with the payloads not synced")
                            .isNotEmpty();
                    assertThat(cut.lost("folder", call -> call.path().matches(".*/upload/[0-9a-f]{2}")))
                            .as("with the names of payloads not synced")
                            .isNotEmpty();
                    if (role == TracedHop.Role.BACKEND) {
                        // a relay needs no index to find what it has
                        assertThat(cut.lost("index", call -> call.path().endsWith("-wal")))
                                .as("with the index not synced")
                                .isNotEmpty();
                    }
                }
            }
        }
    }

    /** A run that was killed, and its trace. */
    private static final class Cut {
        private final TracedHop hop;
        private final Path before;
        private final List<Call> calls;
        private final int at;
        private final List<Delivery> acknowledged = new ArrayList<>();

        Cut(TracedHop hop, Path trace, Random random) throws IOException {
            this.hop = hop;
            before = Path.of(hop.data() + "-before");
            if (Files.exists(hop.data())) {
                Shell.run("cp", "-a", hop.data().toString(), before.toString()).ok();
            }
            List<Delivery> all = hop.deliveries(DELIVERIES, random);
            int enough = 3 + random.nextInt(DELIVERIES / 2);
            Service service = hop.startTraced(trace);
            Service curls = hop.deliver(hop.base(service, hop.data()), all, AT_ONCE);
            Awaitility.await("some are acknowledged")
                    .atMost(Duration.ofMinutes(1))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> count(all) >= enough);
            TracedHop.kill(service);
            curls.await(Duration.ofMinutes(1));
            for (Delivery delivery : all) {
                if (delivery.acknowledged()) {
                    acknowledged.add(delivery);
                }
            }
            calls = Strace.parse(Strace.lines(trace));
            at = calls.stream()
                    .filter(call ->
                            call.socket() && call.writes() && call.latin().startsWith("HTTP/1.1 20"))
                    .mapToInt(Call::begun)
                    .max()
                    .orElseThrow();
        }

        private static long count(List<Delivery> all) throws IOException {
            int count = 0;
            for (Delivery delivery : all) {
                count += delivery.acknowledged() ? 1 : 0;
            }
            return count;
        }

        List<String> lost(String name, Predicate<Call> ignored) throws IOException {
            WorstDisk disk = new WorstDisk(hop.data(), before, ignored);
            disk.replay(calls, at);
            Path left = Path.of(hop.data() + "-after-" + name);
            disk.writeTo(left);
            return hop.lost(left, acknowledged, name);
        }
    }
}
