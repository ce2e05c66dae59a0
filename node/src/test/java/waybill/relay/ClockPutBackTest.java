package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.StoreLimits;

/** A relay on a real disk whose wall clock is put back: it keeps nobody waiting, and repeats nothing without a pause. */
@Timeout(60)
class ClockPutBackTest {
    private static final FakeBackend.Turn FAILS = FakeBackend.Turns.fail(500, Problem.INTERNAL, null);
    /** The longest first pause of a delivery. */
    private static final Duration FIRST = Duration.ofSeconds(4);

    @TempDir
    Path directory;

    private DiskRelay relay;

    @BeforeEach
    void start() throws IOException {
        StoreLimits limits = new StoreLimits(1L << 20, 0, 1, 1000, new StoreLimits.Remembered(0, 1, Duration.ZERO));
        relay = new DiskRelay(directory, limits);
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
    }

    private void deliver(String text) throws ProblemException, IOException {
        relay.site.service.deliver(relay.site.arrival(text));
    }

    /** The next step, and how long it lies ahead. */
    private Duration step() throws IOException {
        Instant next = relay.site.uploads.step();
        return Duration.between(relay.clock.instant(), next);
    }

    @Test
    void whatFailsAfterwardsIsTriedAgainWithPauses() throws Exception {
        deliver("fails");
        relay.clock.putBack(Duration.ofHours(2));
        IntStream.range(0, 500).forEach(i -> relay.backend.turns.add(FAILS));

        for (int attempt = 1; attempt <= 5; attempt++) {
            Duration pause = step();
            assertThat(relay.backend.puts).hasSize(attempt);
            assertThat(pause).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(15));
            relay.clock.advance(pause);
        }
        relay.backend.turns.clear();
        step();
        assertThat(relay.store.pending()).isZero();
    }

    @Test
    void whatWasNotTriedYetIsDueAtOnce() throws Exception {
        step();
        for (int minutes : new int[] {1, 60, 100_000}) {
            deliver("came " + minutes + " minutes from now");
            relay.clock.putBack(Duration.ofMinutes(minutes));
            step();
            assertThat(relay.store.pending()).isZero();
        }
    }

    @Test
    void whatWaitsAfterAFailureWaitsNoLongerAndNoShorter() throws Exception {
        IntStream.range(0, 40).forEach(i -> relay.backend.turns.add(FAILS));
        for (int i = 0; i < 20; i++) {
            deliver("fails " + i);
        }
        step();
        relay.clock.putBack(Duration.ofMinutes(30));

        Duration pause = step();
        assertThat(relay.backend.puts).as("none before its time").hasSize(20);
        assertThat(pause).isPositive().isLessThanOrEqualTo(FIRST);
        relay.clock.advance(FIRST);
        pause = step();
        assertThat(relay.backend.puts).as("all in time, and once").hasSize(40);
        assertThat(pause).isPositive();
        relay.clock.advance(FIRST.multipliedBy(2));
        step();
        assertThat(relay.store.pending()).isZero();
    }

    @Test
    void aBackendThatWasNotReachedIsTriedAgainAsSoon() throws Exception {
        relay.backend.turns.add(FakeBackend.Turns.UNREACHABLE);
        deliver("waits for the way");
        step();
        relay.clock.putBack(Duration.ofHours(1));

        assertThat(step()).isPositive().isLessThanOrEqualTo(FIRST);
        relay.clock.advance(FIRST);
        step();
        assertThat(relay.store.pending()).isZero();
    }

    @Test
    void whileTheRelayWasDownItHoldsNothingUpAndNothingIsRepeatedByRestarts() throws Exception {
        deliver("held over the restart");
        relay.clock.putBack(Duration.ofHours(1));
        relay.backend.turns.add(FAILS);
        for (int i = 0; i < 5; i++) {
            relay.restart();
            assertThat(step()).isPositive().isLessThanOrEqualTo(FIRST);
            assertThat(relay.backend.puts).hasSize(1);
        }
        relay.clock.advance(FIRST);
        step();
        assertThat(relay.store.pending()).isZero();
    }
}
