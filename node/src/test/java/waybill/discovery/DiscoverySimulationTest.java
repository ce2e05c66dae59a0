package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import waybill.discovery.DiscoverySimulation.Located;
import waybill.discovery.DiscoverySimulation.Outcome;

/** What the delays are for, with seeds: the figures are in docs/benchmarks.md. */
class DiscoverySimulationTest {
    private static final int RUNS = 20;

    @Test
    void withoutLocatedEverybodyAnswers() {
        assertThat(DiscoverySimulation.once(100, 100, Located.NEVER, 5).replies())
                .isEqualTo(100);
        assertThat(DiscoverySimulation.once(1000, 0, Located.NEVER, 1).replies())
                .isEqualTo(1000);
    }

    @Test
    void withLocatedAFewOfAThousandAnswer() {
        assertThat(mean(1000, 1000)).isLessThan(5);
    }

    @Test
    void thatTheSenderKnowsNothingOrTooLittleMakesNoStorm() {
        assertThat(mean(1000, 0)).as("a first request").isLessThan(5);
        assertThat(mean(1000, 1))
                .as("switched on together, and told of one relay")
                .isLessThan(5);
        assertThat(mean(5000, 0)).isLessThan(10);
    }

    @Test
    void aRelayAloneAnswersLateOnceAndThenAtOnce() {
        List<Outcome> outcomes = DiscoverySimulation.fed(1, Located.AT_THE_FIRST_ANSWER, 3, RUNS);
        assertThat(outcomes).extracting(Outcome::replies).containsOnly(1);
        assertThat(outcomes.get(0).firstMillis()).isPositive();
        assertThat(outcomes.get(1).firstMillis()).isZero();
        assertThat(outcomes.get(2).firstMillis()).isZero();
    }

    @Test
    void inTheLongRunFewAnswerAndTheFirstIsNoLaterThanToBeginWith() {
        for (Located when : List.of(Located.AT_THE_FIRST_ANSWER, Located.AS_SEND_DOES)) {
            List<Outcome> outcomes = DiscoverySimulation.fed(1000, when, 20, 5);
            assertThat(outcomes).allMatch(outcome -> outcome.replies() < 20);
            assertThat(outcomes).allMatch(outcome -> outcome.firstMillis() < AnswerDelay.WINDOW_MILLIS / 2.0);
        }
    }

    @Test
    void theSameSeedGivesTheSameOutcome() {
        assertThat(DiscoverySimulation.once(100, 7, Located.AS_SEND_DOES, 3))
                .isEqualTo(DiscoverySimulation.once(100, 7, Located.AS_SEND_DOES, 3));
    }

    private static double mean(int relays, int said) {
        double replies = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            replies += new DiscoverySimulation(relays, seed)
                    .request(said, Located.AT_THE_FIRST_ANSWER, new RelaysSeen(() -> Instant.EPOCH))
                    .replies();
        }
        return replies / RUNS;
    }
}
