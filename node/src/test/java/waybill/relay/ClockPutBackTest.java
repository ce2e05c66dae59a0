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
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

/** A relay on a real disk whose wall clock is put back: it keeps nobody waiting, and repeats nothing without a pause. */
@Timeout(60)
class ClockPutBackTest {
    private static final FakeBackend.Turn FAILS = FakeBackend.Turns.fail(500, Problem.INTERNAL, null);
    /** The longest first pause of a delivery. */
    private static final Duration FIRST = Duration.ofSeconds(4);

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final FakeBackend backend = new FakeBackend();
    private DeliveryStore store;
    private Site site;

    @BeforeEach
    void start() throws IOException {
        StoreLimits limits = new StoreLimits(1L << 20, 0, 1, 1000, new StoreLimits.Remembered(0, 1, Duration.ZERO));
        store = new LocalDeliveryStore(directory.resolve("store"), limits, clock);
        site = new Site(directory, Duration.ZERO, Runnable::run, clock, store, backend);
    }

    @AfterEach
    void stop() throws IOException {
        store.close();
    }

    private void restart() throws IOException {
        stop();
        start();
    }

    private void deliver(String text) throws ProblemException, IOException {
        site.service.deliver(site.arrival(text));
    }

    /** The next step, and how long it lies ahead. */
    private Duration step() throws IOException {
        Instant next = site.uploads.step();
        return Duration.between(clock.instant(), next);
    }

    @Test
    void whatFailsAfterwardsIsTriedAgainWithPauses() throws Exception {
        deliver("fails");
        clock.putBack(Duration.ofHours(2));
        IntStream.range(0, 500).forEach(i -> backend.turns.add(FAILS));

        for (int attempt = 1; attempt <= 5; attempt++) {
            Duration pause = step();
            assertThat(backend.puts).hasSize(attempt);
            assertThat(pause).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(15));
            clock.advance(pause);
        }
        backend.turns.clear();
        step();
        assertThat(store.pending()).isZero();
    }

    @Test
    void whatWasNotTriedYetIsDueAtOnce() throws Exception {
        step();
        for (int minutes : new int[] {1, 60, 100_000}) {
            deliver("came " + minutes + " minutes from now");
            clock.putBack(Duration.ofMinutes(minutes));
            step();
            assertThat(store.pending()).isZero();
        }
    }

    @Test
    void whatWaitsAfterAFailureWaitsNoLongerAndNoShorter() throws Exception {
        IntStream.range(0, 40).forEach(i -> backend.turns.add(FAILS));
        for (int i = 0; i < 20; i++) {
            deliver("fails " + i);
        }
        step();
        clock.putBack(Duration.ofMinutes(30));

        Duration pause = step();
        assertThat(backend.puts).as("none before its time").hasSize(20);
        assertThat(pause).isPositive().isLessThanOrEqualTo(FIRST);
        clock.advance(FIRST);
        pause = step();
        assertThat(backend.puts).as("all in time, and once").hasSize(40);
        assertThat(pause).isPositive();
        clock.advance(FIRST.multipliedBy(2));
        step();
        assertThat(store.pending()).isZero();
    }

    @Test
    void aBackendThatWasNotReachedIsTriedAgainAsSoon() throws Exception {
        backend.turns.add(FakeBackend.Turns.UNREACHABLE);
        deliver("waits for the way");
        step();
        clock.putBack(Duration.ofHours(1));

        assertThat(step()).isPositive().isLessThanOrEqualTo(FIRST);
        clock.advance(FIRST);
        step();
        assertThat(store.pending()).isZero();
    }

    @Test
    void whileTheRelayWasDownItHoldsNothingUpAndNothingIsRepeatedByRestarts() throws Exception {
        deliver("held over the restart");
        clock.putBack(Duration.ofHours(1));
        backend.turns.add(FAILS);
        for (int i = 0; i < 5; i++) {
            restart();
            assertThat(step()).isPositive().isLessThanOrEqualTo(FIRST);
            assertThat(backend.puts).hasSize(1);
        }
        clock.advance(FIRST);
        step();
        assertThat(store.pending()).isZero();
    }
}
