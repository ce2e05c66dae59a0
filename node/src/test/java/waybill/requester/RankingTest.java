package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import waybill.discovery.Offer;
import waybill.requester.Ranking.Candidate;
import waybill.requester.outbox.Carrier;

class RankingTest {
    private static final Duration CAP = Duration.ofSeconds(500);

    @Property(tries = 300)
    void nobodyOverTheCapOrBarredIsRankedAndNobodyElseIsLost(
            @ForAll("candidates") List<Candidate> candidates, @ForAll @IntRange(min = 0, max = 5) int bars) {
        Set<Candidate> barred = new HashSet<>(candidates.subList(0, Math.min(bars, candidates.size())));
        List<Candidate> ranked = Ranking.rank(candidates, CAP, barred::contains);
        List<Candidate> expected = new ArrayList<>(candidates);
        expected.removeIf(c -> barred.contains(c) || c.maximumWait().compareTo(CAP) > 0);
        assertThat(ranked).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Property(tries = 300)
    void whoDeliveredComesFirstThenTheShorterWait(@ForAll("candidates") List<Candidate> candidates) {
        List<Candidate> ranked = Ranking.rank(candidates, CAP, _ -> false);
        for (int i = 1; i < ranked.size(); i++) {
            Candidate before = ranked.get(i - 1);
            Candidate after = ranked.get(i);
            assertThat(before.known() || !after.known()).isTrue();
            if (before.known() == after.known()) {
                assertThat(before.maximumWait()).isLessThanOrEqualTo(after.maximumWait());
            }
        }
    }

    @Property(tries = 300)
    void ofEqualsTheOneHeardFirstIsFirst(@ForAll("candidates") List<Candidate> candidates) {
        List<Candidate> ranked = Ranking.rank(candidates, CAP, _ -> false);
        for (int i = 1; i < ranked.size(); i++) {
            Candidate before = ranked.get(i - 1);
            Candidate after = ranked.get(i);
            if (before.known() == after.known() && before.maximumWait().equals(after.maximumWait())) {
                assertThat(candidates.indexOf(before)).isLessThan(candidates.indexOf(after));
            }
        }
    }

    @Property(tries = 100)
    void theBestDoesNotDependOnTheOrderHeardWhereNoneIsItsEqual(
            @ForAll("candidates") List<Candidate> candidates, @ForAll Random random) {
        List<Candidate> ranked = Ranking.rank(candidates, CAP, _ -> false);
        List<Candidate> shuffled = new ArrayList<>(candidates);
        Collections.shuffle(shuffled, random);
        List<Candidate> again = Ranking.rank(shuffled, CAP, _ -> false);
        assertThat(again.stream().map(c -> c.known() + " " + c.maximumWait()))
                .containsExactlyElementsOf(ranked.stream()
                        .map(c -> c.known() + " " + c.maximumWait())
                        .toList());
    }

    @Provide
    Arbitrary<List<Candidate>> candidates() {
        Arbitrary<Candidate> one = Combinators.combine(
                        Arbitraries.strings().numeric().ofMinLength(12).ofMaxLength(12),
                        Arbitraries.integers().between(0, 600),
                        Arbitraries.of(true, false))
                .as((name, wait, delivered) -> {
                    Offer offer = Stage.offer(name, Stage.PROMISE, true);
                    return new Candidate(offer, Carrier.Relay.of(offer), Duration.ofSeconds(wait), delivered);
                });
        return one.list().ofMaxSize(40).uniqueElements(c -> c.offer().node());
    }
}
