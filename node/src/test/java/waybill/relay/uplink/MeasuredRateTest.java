package waybill.relay.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class MeasuredRateTest {
    @Test
    void beginsWithWhatWasConfigured() {
        MeasuredRate uplink = new MeasuredRate(262_144);

        assertThat(uplink.bytesPerSecond()).isEqualTo(262_144);
        assertThat(uplink.overhead(1000, 1)).isZero();
    }

    @Test
    void comesToWhatTheUplinkMakes() {
        MeasuredRate uplink = new MeasuredRate(262_144);
        for (int i = 0; i < 30; i++) {
            uplink.sent(100_000, Duration.ofSeconds(2));
        }
        assertThat(uplink.bytesPerSecond()).isCloseTo(50_000, Percentage.withPercentage(1));
    }

    @Test
    void aLargeUploadSaysMoreThanASmallerOne() {
        MeasuredRate uplink = new MeasuredRate(1);
        uplink.sent(100_000_000, Duration.ofSeconds(100));
        uplink.sent(100_000, Duration.ofMillis(500));

        assertThat(uplink.bytesPerSecond()).isCloseTo(1_000_000L, within(20_000L));
    }

    @Test
    void theLatencyOfSmallUploadsIsATimeEachAndNoRate() {
        MeasuredRate uplink = new MeasuredRate(1_000_000);
        for (int i = 0; i < 50; i++) {
            uplink.sent(4096, Duration.ofMillis(200));
        }

        assertThat(uplink.bytesPerSecond()).isEqualTo(1_000_000);
        assertThat(uplink.overhead(10_000, 4) / uplink.bytesPerSecond()).isCloseTo(500L, within(5L));
    }

    @Test
    void anAnswerWithoutABodySaysNothing() {
        MeasuredRate uplink = new MeasuredRate(1000);
        uplink.sent(0, Duration.ofSeconds(10));

        assertThat(uplink.bytesPerSecond()).isEqualTo(1000);
        assertThat(uplink.overhead(1, 1)).isZero();
    }

    @Test
    void isNeverZero() {
        MeasuredRate uplink = new MeasuredRate(1);
        uplink.sent(MeasuredRate.LARGE, Duration.ofDays(365));

        assertThat(uplink.bytesPerSecond()).isEqualTo(1);
    }
}
