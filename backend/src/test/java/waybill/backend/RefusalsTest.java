package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

class RefusalsTest {
    private static final Sha256 DIGEST = Sha256.of(new byte[] {1});

    private static final int MOST = 150;

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Bench bench;
    private Refusals refusals;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
        refusals = new Refusals(new ReceiptSigner(bench.keys), clock, MOST);
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private Packet.Refusal refusal(TaskId id, long size) {
        return new Packet.Refusal(
                id,
                Bench.URL,
                size,
                DIGEST,
                Optional.empty(),
                Problem.TOO_LARGE,
                clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    private Optional<byte[]> found(TaskId id) {
        return refusals.find(id, DIGEST, Optional.empty());
    }

    @Test
    void signs_the_same_refusal_once() throws Exception {
        TaskId id = bench.freshId();
        assertThat(refusals.keep(refusal(id, 5), Bench.PEER)).isTrue();
        byte[] first = found(id).orElseThrow();
        clock.pass(Duration.ofMinutes(2));

        assertThat(refusals.keep(refusal(id, 5), Bench.PEER)).isTrue();

        assertThat(found(id)).hasValue(first);
    }

    @Test
    void keeps_the_newest_for_a_delivery() throws Exception {
        TaskId id = bench.freshId();
        refusals.keep(refusal(id, 5), Bench.PEER);
        byte[] planted = found(id).orElseThrow();

        refusals.keep(refusal(id, 6), Bench.PEER);

        assertThat(found(id).orElseThrow()).isNotEqualTo(planted);
    }

    @Test
    void forgets_after_a_day() throws Exception {
        TaskId id = bench.freshId();
        refusals.keep(refusal(id, 5), Bench.PEER);
        clock.pass(Refusals.KEPT.minusSeconds(1));
        assertThat(found(id)).isPresent();

        clock.pass(Duration.ofSeconds(1));

        assertThat(found(id)).isEmpty();
    }

    @Test
    void signs_so_many_for_one_peer_and_still_for_others() throws Exception {
        for (int i = 0; i < Refusals.PER_PEER; i++) {
            assertThat(refusals.keep(refusal(bench.freshId(), 5), Bench.PEER)).isTrue();
        }
        TaskId tooMany = bench.freshId();

        assertThat(refusals.keep(refusal(tooMany, 5), Bench.PEER)).isFalse();
        assertThat(found(tooMany)).isEmpty();
        assertThat(refusals.keep(refusal(bench.freshId(), 5), Bench.peer(2))).isTrue();

        clock.pass(Refusals.WINDOW);
        assertThat(refusals.keep(refusal(tooMany, 5), Bench.PEER)).isTrue();
    }

    @Test
    void signs_so_many_for_all_peers_together() throws Exception {
        int kept = 0;
        for (int i = 0; i < Refusals.FOR_ALL + 50; i++) {
            kept += refusals.keep(refusal(bench.freshId(), 5), Bench.peer(i % 200)) ? 1 : 0;
        }

        assertThat(kept).isEqualTo(Refusals.FOR_ALL);
    }

    @Test
    void keeps_so_many_and_drops_the_oldest() throws Exception {
        TaskId oldest = bench.freshId();
        refusals.keep(refusal(oldest, 5), Bench.PEER);
        TaskId second = bench.freshId();
        refusals.keep(refusal(second, 5), Bench.PEER);
        for (int i = 2; i <= MOST; i++) {
            if (i % Refusals.PER_PEER == 0) {
                clock.pass(Refusals.WINDOW);
            }
            assertThat(refusals.keep(refusal(bench.freshId(), 5), Bench.PEER)).isTrue();
        }

        assertThat(found(oldest)).isEmpty();
        assertThat(found(second)).isPresent();
    }
}
