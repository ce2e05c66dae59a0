package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import waybill.protocol.Commitment;
import waybill.protocol.Packet;
import waybill.protocol.TaskId;

class RoundsTest {
    private static final TaskId ID = Sample.id(1);
    private static final Commitment SECRET = Sample.secret(1);
    private static final Rounds.Key KEY = new Rounds.Key(ID, SECRET.commit());
    private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS);
    private static final long EXPIRY = TimeUnit.SECONDS.toNanos(Rounds.MEMORY_SECONDS);

    /** Draws the longest delay there is, but for a billionth. */
    private static final RandomGenerator SLOW = () -> -1L;

    /** Near the end of the ticker's range, which may wrap around. */
    private final long start = Long.MAX_VALUE - WINDOW / 2;

    private final Crowd crowd = new Crowd(start);
    private final Rounds<String> rounds = new Rounds<>(3, SLOW, crowd);

    @Test
    void aRoundIsAnsweredOnceWhenItsDelayIsOver() {
        assertThat(rounds.heard(KEY, 5, "answer", start)).isEqualTo(Rounds.Heard.NEW);

        assertThat(rounds.due(start + WINDOW - 1_000_000)).isEmpty();
        assertThat(rounds.due(start + WINDOW)).containsExactly("answer");
        assertThat(rounds.due(start + WINDOW)).isEmpty();
        assertThat(rounds.next()).isEmpty();
    }

    @Test
    void itSaysWhenTheNextAnswerIsDue() {
        rounds.heard(KEY, 5, "answer", start);
        long next = rounds.next().orElseThrow();
        assertThat(next - start).isBetween(WINDOW - 1_000_000, WINDOW);
        assertThat(rounds.due(next)).hasSize(1);
    }

    @Test
    void aRepeatIsNotAnsweredAgainNeitherBeforeNorAfterTheAnswer() {
        rounds.heard(KEY, 5, "answer", start);
        assertThat(rounds.heard(KEY, 5, "repeat", start + 1)).isEqualTo(Rounds.Heard.KNOWN);
        assertThat(rounds.due(start + WINDOW)).containsExactly("answer");
        assertThat(rounds.heard(KEY, 5, "repeat", start + WINDOW + 1)).isEqualTo(Rounds.Heard.KNOWN);
        assertThat(rounds.due(start + 3 * WINDOW)).isEmpty();
    }

    @Test
    void locatedSilencesItsRoundForGood() {
        rounds.heard(KEY, 5, "answer", start);
        assertThat(rounds.located(located(ID, SECRET), start + 1)).isTrue();
        assertThat(rounds.heard(KEY, 5, "repeat", start + 2)).isEqualTo(Rounds.Heard.KNOWN);
        assertThat(rounds.due(start + 2 * WINDOW)).isEmpty();
    }

    @Test
    void locatedWithAnotherSecretSilencesNobody() {
        rounds.heard(KEY, 5, "answer", start);
        assertThat(rounds.located(located(ID, Sample.secret(2)), start + 1)).isFalse();
        assertThat(rounds.due(start + WINDOW)).containsExactly("answer");
    }

    @Test
    void locatedWithTheRightSecretForAnotherTaskSilencesNobody() {
        rounds.heard(KEY, 5, "answer", start);
        assertThat(rounds.located(located(Sample.id(2), SECRET), start + 1)).isFalse();
        assertThat(rounds.due(start + WINDOW)).containsExactly("answer");
    }

    @Test
    void aNewSecretMakesANewRoundOfTheSameTask() {
        rounds.heard(KEY, 5, "first", start);
        rounds.located(located(ID, SECRET), start + 1);
        assertThat(rounds.heard(new Rounds.Key(ID, Sample.secret(2).commit()), 5, "second", start + 2))
                .isEqualTo(Rounds.Heard.NEW);
        assertThat(rounds.due(start + 2 + WINDOW)).containsExactly("second");
    }

    @Test
    void locatedAfterTheAnswerChangesNothing() {
        rounds.heard(KEY, 5, "answer", start);
        rounds.due(start + WINDOW);
        assertThat(rounds.located(located(ID, SECRET), start + WINDOW + 1)).isTrue();
        assertThat(rounds.due(start + 2 * WINDOW)).isEmpty();
    }

    @Test
    void aFullTableTakesNoMoreUntilTheOldestExpire() {
        for (int i = 1; i <= 3; i++) {
            rounds.heard(new Rounds.Key(Sample.id(i), SECRET.commit()), 5, "answer", start + i);
        }
        Rounds.Key fourth = new Rounds.Key(Sample.id(4), SECRET.commit());
        assertThat(rounds.heard(fourth, 5, "answer", start + 4)).isEqualTo(Rounds.Heard.NO_ROOM);
        assertThat(rounds.due(start + 2 * WINDOW)).hasSize(3);

        assertThat(rounds.heard(fourth, 5, "answer", start + EXPIRY + 2)).isEqualTo(Rounds.Heard.NEW);
        assertThat(rounds.size()).as("the first alone is forgotten").isEqualTo(3);
    }

    @Test
    void anOldRoundIsForgottenAndALateLocatedBelongsToNone() {
        rounds.heard(KEY, 5, "answer", start);
        assertThat(rounds.knows(KEY)).isTrue();
        rounds.due(start + EXPIRY + 1);
        assertThat(rounds.knows(KEY)).isFalse();
        assertThat(rounds.size()).isZero();
        assertThat(rounds.located(located(ID, SECRET), start + EXPIRY + 1)).isFalse();
    }

    @Test
    void aRelayThatWasChosenAnswersAtOnceNextTime() {
        rounds.heard(KEY, 0, "first", start);
        assertThat(rounds.due(start)).as("nothing is known yet").isEmpty();
        rounds.due(start + WINDOW);
        rounds.answered(Sample.alias("192.168.7.9"));
        rounds.located(located(ID, SECRET), start + WINDOW);

        rounds.heard(new Rounds.Key(Sample.id(2), SECRET.commit()), 1, "second", start + WINDOW);
        assertThat(rounds.due(start + WINDOW)).containsExactly("second");
    }

    private static Packet.Located located(TaskId id, Commitment secret) {
        return new Packet.Located(id, Packet.Method.PUT, Sample.alias("192.168.7.9"), secret);
    }
}
