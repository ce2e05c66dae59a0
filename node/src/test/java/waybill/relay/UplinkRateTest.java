package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class UplinkRateTest {
    @Test
    void beginsWithWhatWasConfigured() {
        assertThat(new UplinkRate(262_144).bytesPerSecond()).isEqualTo(262_144);
    }

    @Test
    void comesToWhatTheUplinkMakes() {
        UplinkRate rate = new UplinkRate(262_144);
        for (int i = 0; i < 30; i++) {
            rate.sent(50_000, Duration.ofSeconds(1));
        }
        assertThat(rate.bytesPerSecond()).isCloseTo(50_000, Percentage.withPercentage(1));
    }

    @Test
    void aLargeUploadSaysMoreThanASmallOne() {
        UplinkRate rate = new UplinkRate(1);
        rate.sent(100_000_000, Duration.ofSeconds(100));
        rate.sent(100, Duration.ofMillis(50));

        assertThat(rate.bytesPerSecond()).isCloseTo(1_000_000L, within(20_000L));
    }

    @Test
    void anAnswerWithoutABodySaysNothing() {
        UplinkRate rate = new UplinkRate(1000);
        rate.sent(0, Duration.ofSeconds(10));

        assertThat(rate.bytesPerSecond()).isEqualTo(1000);
    }

    @Test
    void isNeverZero() {
        UplinkRate rate = new UplinkRate(1);
        rate.sent(1, Duration.ofDays(1));

        assertThat(rate.bytesPerSecond()).isEqualTo(1);
    }
}
