package waybill.requester;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import waybill.discovery.Offer;
import waybill.requester.outbox.Carrier;

/** In which order relays are tried (section 2): whom the sender knows, then who promises the shorter wait. */
final class Ranking {
    private Ranking() {}

    /**
     * An offer with all that its rank depends on.
     *
     * @param maximumWait that its promise makes
     * @param known whether a receipt ever came through it, or the operator named its node
     */
    record Candidate(Offer offer, Carrier.Relay relay, Duration maximumWait, boolean known) {}

    /**
     * The best first; of equals the one heard first.
     *
     * @param cap the longest wait that is chosen
     * @param barred who is on the black list, or was left for this task
     */
    static List<Candidate> rank(List<Candidate> candidates, Duration cap, Predicate<Candidate> barred) {
        return candidates.stream()
                .filter(c -> c.maximumWait().compareTo(cap) <= 0)
                .filter(barred.negate())
                .sorted(Comparator.comparing((Candidate c) -> !c.known()).thenComparing(Candidate::maximumWait))
                .toList();
    }
}
