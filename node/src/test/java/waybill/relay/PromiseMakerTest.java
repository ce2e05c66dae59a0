package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.protocol.Promise;

class PromiseMakerTest {
    private static final Instant NOW = FakeClock.START;

    @ParameterizedTest(name = "every {0}, run in {1}, backlog {2}, rate {3} -> {4}")
    @CsvSource({
        "PT0S, PT0S, 0, 262144, 'interval=0, wait=0, backlog=0, rate=262144, hops=1'",
        "PT0S, PT-1H, 5, 1, 'interval=0, wait=0, backlog=5, rate=1, hops=1'",
        "PT0S, PT90S, 5, 1, 'interval=0, wait=90, backlog=5, rate=1, hops=1'",
        "PT15M, PT2M, 1048576, 250000, 'interval=900, wait=120, backlog=1048576, rate=250000, hops=1'",
        "PT0.001S, PT0.001S, 0, 1, 'interval=1, wait=1, backlog=0, rate=1, hops=1'",
        "PT15M, PT1M0.5S, 0, 1, 'interval=900, wait=61, backlog=0, rate=1, hops=1'",
        "PT15M, PT1M, -1, 0, 'interval=900, wait=60, backlog=0, rate=1, hops=1'",
    })
    void saysWhatIsTrueAndRoundsToTheCarefulSide(
            Duration every, Duration untilRun, long backlog, long rate, String header) {
        assertThat(PromiseMaker.promise(every, NOW, NOW.plus(untilRun), backlog, rate)
                        .header())
                .isEqualTo(header);
    }

    @Property
    void canAlwaysBeSaid(
            @ForAll @LongRange(min = 0, max = 1L << 40) long every,
            @ForAll @LongRange(min = -(1L << 40), max = 1L << 40) long untilRun,
            @ForAll long backlog,
            @ForAll long rate) {
        Promise promise = PromiseMaker.promise(Duration.ofMillis(every), NOW, NOW.plusMillis(untilRun), backlog, rate);

        assertThat(Promise.parse(promise.header())).isEqualTo(promise);
        assertThat(promise.untilRun()).isGreaterThanOrEqualTo(Math.min(untilRun / 1000, Promise.MAX_SECONDS));
    }
}
