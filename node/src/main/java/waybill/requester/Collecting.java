package waybill.requester;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import waybill.hop.HopAnswer;
import waybill.requester.Exchange.Reply;
import waybill.requester.Journey.Step;
import waybill.requester.State.Event;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask.Acceptance;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.trust.Verdicts;

/**
 * The outcomes of one task: asks those who accepted it before, and has judged what anybody brings. What verifies decides,
 * whoever brings it and however late (sections 3.6 and 5). For one thread, which holds the task.
 */
final class Collecting {
    private final Exchange exchange;
    private final Judge judge;
    private final Candidates candidates;
    private final Endings endings;
    private final Outbox.Held held;
    private final Logbook log;
    private final Clocks clocks;
    private final Journey journey;

    /** When each who let us down was last asked. */
    private final Map<Carrier, Long> asked = new HashMap<>();

    private boolean unverifiable;
    private Standing rejected = Standing.REJECTED;

    Collecting(
            Exchange exchange,
            Judge judge,
            Candidates candidates,
            Endings endings,
            Outbox.Held held,
            Logbook log,
            Clocks clocks,
            Journey journey) {
        this.exchange = exchange;
        this.judge = judge;
        this.candidates = candidates;
        this.endings = endings;
        this.held = held;
        this.log = log;
        this.clocks = clocks;
        this.journey = journey;
    }

    /** Whether anything was brought that this sender's policy could not check. */
    boolean unverifiable() {
        return unverifiable;
    }

    /** What the last outcome that did not hold makes of whoever brought it. */
    Standing rejected() {
        return rejected;
    }

    /** He was asked just now. */
    void asked(Carrier carrier) {
        asked.put(carrier, clocks.ticks());
    }

    /** Those of earlier acceptances who may still bring a receipt. */
    List<Acceptance> earlier() {
        return log.task().acceptances().stream()
                .filter(a -> switch (a.standing()) {
                    case LATE, DOUBTFUL, BROKEN, LEFT -> true;
                    case WAITING, REJECTED, UNCHECKED -> false;
                })
                .toList();
    }

    /**
     * Asks who accepted before.
     *
     * @param pause those asked within this time are left in peace
     * @param first whether a run begins: then everybody is asked who is no proven forger, for what could not be verified
     *     then may verify now
     */
    Optional<Event> askEarlier(Duration pause, boolean first) throws IOException, InterruptedException {
        for (Acceptance acceptance : first ? log.task().acceptances() : earlier()) {
            Carrier carrier = acceptance.carrier();
            Long at = asked.get(carrier);
            boolean askedJustNow = at != null && clocks.ticks() - at < pause.toNanos();
            if (askedJustNow || judge.forger(carrier)) {
                continue;
            }
            Reply reply =
                    exchange.collect(carrier, log.task().backend(), log.task().key(), Duration.ZERO);
            asked(carrier);
            if (reply instanceof Reply.Answered(HopAnswer.Cms(byte[] cms))) {
                Optional<Event> decided = decide(carrier, cms);
                if (decided.isPresent()) {
                    return decided;
                }
                candidates.leaveRelay(carrier);
                log.save(log.task().with(acceptance.as(rejected)));
            }
        }
        return Optional.empty();
    }

    /** Has it judged; the decision it makes, or nothing if it does not hold. */
    Optional<Event> decide(Carrier carrier, byte[] cms) throws IOException {
        return switch (judge.judge(carrier, cms, log.task())) {
            case Judge.Finding.Receipt(var signed) -> {
                log.trace("collected", carrier);
                Decision.Delivered delivered = endings.delivered(log.task(), held, carrier, cms, signed);
                judge.delivered(carrier, log.task());
                journey.reached(new Step.Receipt(carrier, signed));
                yield Optional.of(new Event.Decided(delivered));
            }
            case Judge.Finding.Refusal(var signed) -> {
                log.trace("collected", carrier);
                yield Optional.of(new Event.Decided(endings.refused(log.task(), held, cms, signed)));
            }
            case Judge.Finding.Rejected(var verdict, var standing, String words) -> {
                rejected = standing;
                unverifiable |= verdict == Verdicts.Verdict.UNVERIFIABLE;
                log.trouble(words);
                yield Optional.empty();
            }
        };
    }
}
