package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RelaysSeenTest {
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final RelaysSeen seen = new RelaysSeen(() -> now);

    @Test
    void differentNodesAreCountedOnceEach() {
        assertThat(seen.count()).isZero();
        seen.answered(Sample.node(1));
        seen.answered(Sample.node(2));
        seen.answered(Sample.node(1));
        assertThat(seen.count()).isEqualTo(2);
    }

    @Test
    void anAnswerCountsForAnHourAfterItWasLastHeard() {
        seen.answered(Sample.node(1));
        seen.answered(Sample.node(2));
        now = now.plus(Duration.ofMinutes(40));
        seen.answered(Sample.node(1));
        now = now.plus(Duration.ofMinutes(30));
        assertThat(seen.count()).isEqualTo(1);
        now = now.plus(Duration.ofMinutes(31));
        assertThat(seen.count()).isZero();
    }

    @Test
    void itIsBounded() {
        for (int i = 0; i < RelaysSeen.MOST + 10; i++) {
            seen.answered(Sample.node(i));
        }
        assertThat(seen.count()).isEqualTo(RelaysSeen.MOST);
        assertThat(seen.snapshot()).doesNotContainKey(Sample.node(0)).containsKey(Sample.node(RelaysSeen.MOST + 9));
    }

    @Test
    void whatWasSeenCanBeKeptAndTakenUpAgain() {
        seen.answered(Sample.node(1));
        now = now.plus(Duration.ofMinutes(50));
        seen.answered(Sample.node(2));
        RelaysSeen later = new RelaysSeen(() -> now, seen.snapshot());
        assertThat(later.count()).isEqualTo(2);
        now = now.plus(Duration.ofMinutes(11));
        assertThat(later.count()).isEqualTo(1);
    }

    @Test
    void whatIsKeptFromTheFutureDoesNotCount() {
        assertThat(new RelaysSeen(() -> now, Map.of(Sample.node(1), now.plusSeconds(1))).count())
                .isZero();
    }

    @Test
    void afterALargeStepBackOfTheClockWhatWasSeenIsForgotten() {
        seen.answered(Sample.node(1));
        now = now.minus(Duration.ofDays(1));
        assertThat(seen.count()).isZero();
    }
}
