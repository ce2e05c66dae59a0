package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AnswerDelayTest {
    private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS);

    @Test
    void oneRelayAloneAnswersAtOnce() {
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            assertThat(AnswerDelay.nanos(1, random)).isZero();
        }
    }

    @Test
    void thereIsNoLessThanOneRelay() {
        assertThatThrownBy(() -> AnswerDelay.nanos(0, new Random(1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void theDelayLiesInTheWindowAndGrowsWithTheDraw(
            @ForAll @IntRange(min = 2, max = Crowd.MOST) int relays,
            @ForAll @DoubleRange(min = 0, max = 1) double one,
            @ForAll @DoubleRange(min = 0, max = 1) double other) {
        long lower = AnswerDelay.nanos(relays, Math.min(one, other));
        long upper = AnswerDelay.nanos(relays, Math.max(one, other));
        assertThat(lower).isBetween(0L, upper);
        assertThat(upper).isLessThanOrEqualTo(WINDOW);
    }

    @Property
    void theWholeWindowIsUsed(@ForAll @IntRange(min = 2, max = Crowd.MOST) int relays) {
        assertThat(AnswerDelay.nanos(relays, 0.0)).isZero();
        assertThat(AnswerDelay.nanos(relays, 1.0)).isEqualTo(WINDOW);
    }

    @Test
    void theDistributionIsTheOneOfTheSpecification() {
        // F(t) = (e^(lambda t / T) - 1) / (e^lambda - 1), lambda = ln N + 1, checked at a draw's own delay.
        for (int relays : new int[] {2, 10, 1000}) {
            double lambda = Math.log(relays) + 1;
            for (double draw : new double[] {0.001, 0.1, 0.5, 0.9}) {
                double t = AnswerDelay.nanos(relays, draw) / (double) WINDOW;
                assertThat(Math.expm1(lambda * t) / Math.expm1(lambda)).isCloseTo(draw, within(1e-6));
            }
        }
    }

    @Test
    void theMoreRelaysTheFewerDrawAShortDelay() {
        assertThat(AnswerDelay.nanos(10, 0.01)).isLessThan(AnswerDelay.nanos(1000, 0.01));
    }
}
