package waybill.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void goodRoundsFollowEachOtherByThePeriodAndAPartOfTheJitter() {
        Schedule schedule = new Schedule(HOUR, Duration.ofMinutes(6), new Random(1));
        Set<Duration> waits = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            Duration wait = schedule.after(true);
            assertThat(wait).isBetween(HOUR, HOUR.plusMinutes(6));
            waits.add(wait);
        }
        assertThat(waits).as("by chance").hasSizeGreaterThan(900);
        assertThat(new Schedule(HOUR, Duration.ZERO, new Random(1)).after(true)).isEqualTo(HOUR);
    }

    @Test
    void afterBadRoundsItIsSoonerAndThenSlowerUpToThePeriod() {
        Schedule schedule = new Schedule(HOUR, Duration.ZERO, new Random(1));
        List<Long> minutes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            minutes.add(schedule.after(false).toMinutes());
        }
        assertThat(minutes).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
        assertThat(schedule.after(true)).isEqualTo(HOUR);
        assertThat(schedule.after(false)).as("it begins anew").isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void aShortPeriodIsNeverWaitedForLongerBecauseARoundFailed() {
        Schedule schedule = new Schedule(Duration.ofSeconds(2), Duration.ZERO, new Random(1));
        assertThat(schedule.after(false)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void whatIsNoScheduleIsSaid() {
        assertThatThrownBy(() -> new Schedule(Duration.ZERO, Duration.ZERO, new Random()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Schedule(HOUR, Duration.ofSeconds(-1), new Random()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
