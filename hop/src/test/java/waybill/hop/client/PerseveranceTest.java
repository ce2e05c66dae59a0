package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long an upload is gone on with. */
class PerseveranceTest {
    private static final long SIZE = 100 << 20;

    private final HandMadeTime time = new HandMadeTime();
    private final Perseverance perseverance = with(Duration.ofHours(1));

    private Perseverance with(Duration limit) {
        return new Perseverance(SIZE, Duration.ofSeconds(1), time, time.nanos() + limit.toNanos());
    }

    /** Tries until it is not worth another one; how often. */
    private int tries(boolean reached) throws InterruptedException {
        int tries = 0;
        while (perseverance.again(Optional.empty())) {
            tries++;
            perseverance.tried(0, reached);
        }
        return tries;
    }

    @Test
    void aHopThatIsNotThereIsLookedForTwoMinutesWithGrowingPauses() throws InterruptedException {
        assertThat(tries(false)).isGreaterThan(20);
        assertThat(time.passed()).isBetween(Duration.ofSeconds(119), Duration.ofSeconds(126));
        assertThat(time.pauses).startsWith(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
        assertThat(time.pauses.subList(3, time.pauses.size())).containsOnly(Duration.ofSeconds(5));
    }

    @Test
    void theTimeThatLookingTakesCounts() throws InterruptedException {
        assertThat(perseverance.again(Optional.empty())).isTrue();
        perseverance.tried(Duration.ofMinutes(2).toNanos(), false);
        assertThat(perseverance.again(Optional.empty())).isFalse();
    }

    @Test
    void aHopThatIsThereAndBringsNothingIsGivenUpSooner() throws InterruptedException {
        assertThat(tries(true)).isEqualTo(10);
        assertThat(time.passed()).isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void aByteNowAndThenIsNoProgressForEver() throws InterruptedException {
        long offset = 0;
        while (perseverance.again(Optional.empty())) {
            perseverance.tried(0, true);
            perseverance.stands(++offset);
        }
        assertThat(offset).isEqualTo(10);
    }

    @Test
    void aGoodPieceIsAndSoIsTheRest() throws InterruptedException {
        for (long offset = Perseverance.GOOD; offset <= SIZE; offset += Perseverance.GOOD) {
            assertThat(perseverance.again(Optional.empty())).isTrue();
            perseverance.tried(Duration.ofMinutes(1).toNanos(), true);
            perseverance.stands(offset);
        }
        assertThat(time.pauses).containsOnly(Duration.ofSeconds(1));

        perseverance.stands(SIZE - 1);
        perseverance.tried(0, true);
        perseverance.stands(SIZE);
        assertThat(tries(true)).isEqualTo(10);
    }

    @Test
    void whatIsBegunAnewIsMeasuredFromItsBeginning() throws InterruptedException {
        perseverance.stands(50 * Perseverance.GOOD);
        perseverance.stands(0);
        perseverance.tried(Duration.ofMinutes(3).toNanos(), true);
        perseverance.stands(Perseverance.GOOD);
        assertThat(perseverance.again(Optional.empty())).isTrue();
    }

    @Test
    void aHopIsLeftAloneAsLongAsItAsksWithinReason() throws InterruptedException {
        assertThat(perseverance.again(Optional.of(Duration.ofSeconds(7)))).isTrue();
        assertThat(perseverance.again(Optional.of(Duration.ofDays(1)))).isTrue();
        assertThat(perseverance.again(Optional.of(Duration.ZERO))).isTrue();
        assertThat(time.pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(30), Duration.ofSeconds(4));
    }

    @Test
    void nothingIsTriedBehindTheEnd() throws InterruptedException {
        assertThat(with(Duration.ofMillis(900)).again(Optional.empty())).isFalse();
        assertThat(time.pauses).isEmpty();
    }
}
