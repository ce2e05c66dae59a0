package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;

/** How long a peer may keep us waiting: ten seconds idle, a thousand bytes a second at the slowest. */
class PaceTest {
    private final Pace pace = new Pace(Duration.ofSeconds(10), 1000);

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void aHeadHasOneIdlePeriodFromItsFirstByte() {
        pace.head();
        pace.took(seconds(9), 1); // It was idle until then.
        assertThat(pace.allowance()).isEqualTo(seconds(10));
        pace.took(seconds(4), 1);
        pace.took(seconds(4), 1);
        assertThat(pace.allowance()).isEqualTo(seconds(2));
        pace.took(seconds(2), 1);
        assertThat(pace.allowance()).isLessThanOrEqualTo(0);
    }

    @Test
    void aBodyEarnsTimeWithItsBytesButNeverMoreThanOneIdlePeriodAtOnce() {
        pace.body();
        assertThat(pace.allowance()).isEqualTo(seconds(10));
        pace.took(seconds(9), 5000);
        assertThat(pace.allowance()).isEqualTo(seconds(6));
        pace.took(seconds(1), 1_000_000);
        assertThat(pace.allowance()).isEqualTo(seconds(10));
    }

    @Test
    void aDripHoldsWhatItDeclaredForAMinuteAndASenderAtTheFloorForAsLongAsHeNeeds() {
        Pace usual = new Pace(HopLimits.DEFAULT.idle(), HopLimits.DEFAULT.slowest());
        usual.body();
        for (int i = 0; i < 60; i++) {
            assertThat(usual.allowance()).isPositive();
            usual.took(seconds(1), 8 * 1024);
        }
        assertThat(usual.allowance()).isLessThanOrEqualTo(0);
        usual.body();
        for (int i = 0; i < 10_000; i++) {
            usual.took(seconds(1), 16 * 1024);
            assertThat(usual.allowance()).isEqualTo(seconds(30));
        }
    }

    @Test
    void aBodyBelowTheSlowestRateRunsOutOfTime() {
        pace.body();
        int reads = 0;
        while (pace.allowance() > 0) {
            pace.took(seconds(1), 500);
            reads++;
        }
        // 10 s to begin with, half a second earned for each one waited.
        assertThat(reads).isEqualTo(20);
    }

    @Test
    void eachHeadAndBodyBeginsAnew() {
        pace.body();
        pace.took(seconds(9), 0);
        pace.head();
        assertThat(pace.begun()).isFalse();
        assertThat(pace.allowance()).isEqualTo(seconds(10));
    }
}
