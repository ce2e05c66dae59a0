package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class UplinkTest {
    @Test
    void beginsWithWhatWasConfigured() {
        Uplink uplink = new Uplink(262_144);

        assertThat(uplink.bytesPerSecond()).isEqualTo(262_144);
        assertThat(uplink.overhead(1000, 1)).isZero();
    }

    @Test
    void comesToWhatTheUplinkMakes() {
        Uplink uplink = new Uplink(262_144);
        for (int i = 0; i < 30; i++) {
            uplink.sent(100_000, Duration.ofSeconds(2));
        }
        assertThat(uplink.bytesPerSecond()).isCloseTo(50_000, Percentage.withPercentage(1));
    }

    @Test
    void aLargeUploadSaysMoreThanASmallerOne() {
        Uplink uplink = new Uplink(1);
        uplink.sent(100_000_000, Duration.ofSeconds(100));
        uplink.sent(100_000, Duration.ofMillis(500));

        assertThat(uplink.bytesPerSecond()).isCloseTo(1_000_000L, within(20_000L));
    }

    @Test
    void theLatencyOfSmallUploadsIsATimeEachAndNoRate() {
        Uplink uplink = new Uplink(1_000_000);
        for (int i = 0; i < 50; i++) {
            uplink.sent(4096, Duration.ofMillis(200));
        }

        assertThat(uplink.bytesPerSecond()).isEqualTo(1_000_000);
        assertThat(uplink.overhead(10_000, 4) / uplink.bytesPerSecond()).isCloseTo(500L, within(5L));
    }

    @Test
    void anAnswerWithoutABodySaysNothing() {
        Uplink uplink = new Uplink(1000);
        uplink.sent(0, Duration.ofSeconds(10));

        assertThat(uplink.bytesPerSecond()).isEqualTo(1000);
        assertThat(uplink.overhead(1, 1)).isZero();
    }

    @Test
    void isNeverZero() {
        Uplink uplink = new Uplink(1);
        uplink.sent(Uplink.LARGE, Duration.ofDays(365));

        assertThat(uplink.bytesPerSecond()).isEqualTo(1);
    }
}
