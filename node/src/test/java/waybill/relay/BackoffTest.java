package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Property
    void staysBetweenItsBounds(@ForAll @IntRange(min = 0) int failures, @ForAll long seed) {
        Backoff backoff = Backoff.ofDelivery(new Random(seed));
        Duration limit = failures < 8 ? Duration.ofSeconds(4L << failures) : Duration.ofMinutes(15);

        assertThat(backoff.delay(failures, Optional.empty()))
                .isBetween(Duration.ofMillis(500), limit.compareTo(backoff.most()) < 0 ? limit : backoff.most());
    }

    @Test
    void spreadsThoseThatFailedTogether() {
        Random random = new Random(1);
        assertThat(IntStream.range(0, 100)
                        .mapToObj(i -> Backoff.ofDelivery(random).delay(6, Optional.empty()))
                        .distinct()
                        .count())
                .isGreaterThan(90);
    }

    @Test
    void waitsAtLeastAsLongAsWasAskedButNotForEver() {
        Backoff backoff = Backoff.ofBackend(new Random(1));

        assertThat(backoff.delay(0, Optional.of(Duration.ofMinutes(7)))).isEqualTo(Duration.ofMinutes(7));
        assertThat(backoff.delay(0, Optional.of(Duration.ofDays(7)))).isEqualTo(Duration.ofHours(1));
        assertThat(backoff.delay(0, Optional.of(Duration.ofDays(-7)))).isPositive();
    }
}
