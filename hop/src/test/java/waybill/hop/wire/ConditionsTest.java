package waybill.hop.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConditionsTest {
    private static final Instant MODIFIED = Instant.parse("2026-11-01T08:49:37Z");

    private static boolean holds(Instant modified, Instant since, Instant now) {
        return new Conditions(Optional.empty(), Optional.of(modified))
                .holdsAlready(
                        name -> name.equals("If-Modified-Since") ? List.of(Conditions.date(since)) : List.of(), now);
    }

    @Test
    void whoHasItSinceItCameNeedsItNotAgain() {
        Instant now = MODIFIED.plusSeconds(1000);
        assertThat(holds(MODIFIED, MODIFIED, now)).isTrue();
        assertThat(holds(MODIFIED, MODIFIED.plusSeconds(999), now)).isTrue();
        assertThat(holds(MODIFIED, MODIFIED.minusSeconds(1), now)).isFalse();
        assertThat(holds(MODIFIED.plusMillis(400), MODIFIED, now))
                .as("dates have whole seconds")
                .isTrue();
    }

    @Test
    void aDateOfAClockThatWasSetBackKeepsNothingNewFromItsClient() {
        Instant ahead = MODIFIED.plusSeconds(4 * 365 * 86400L);
        assertThat(holds(MODIFIED, ahead, MODIFIED.plusSeconds(1000))).isFalse();
        assertThat(holds(ahead, ahead, MODIFIED))
                .as("the very one that was given")
                .isTrue();
    }
}
