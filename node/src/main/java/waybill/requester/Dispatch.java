package waybill.requester;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import waybill.hop.HopAnswer;
import waybill.hop.Upload;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.requester.Exchange.Reply;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.State.Event;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask.Acceptance;
import waybill.requester.outbox.OutboxTask.Standing;

/**
 * Runs one sealed task to its decision (sections 2 to 7). Every state is on disk before anything is done in it, so that
 * whoever takes the task up again goes on where it stood. For one thread, which holds the task.
 */
final class Dispatch {
    /** The most forwardings of one run, should everybody turn it away at once for hours. */
    static final int MAX_ATTEMPTS = 1_000;
    /** The most acceptances of one run: each may last a whole maximum wait. */
    static final int MAX_ACCEPTED = 16;
    /** How long a carrier is asked to hold its answer. */
    static final Duration HOLD = Duration.ofSeconds(20);
    /** The same while others are to be asked too. */
    static final Duration HOLD_AMONG_OTHERS = Duration.ofSeconds(5);
    /** How often who is late is asked again. */
    static final Duration ASK_LATE = Duration.ofSeconds(15);

    private static final Duration LEAST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final RequesterConfig config;
    private final Exchange exchange;
    private final Collecting collecting;
    private final Candidates candidates;
    private final Patience patience;
    private final Turn turn;
    private final Outbox.Held held;
    private final Logbook log;
    private final Clocks clocks;
    private final Journey journey;

    private Optional<Deadline> deadline = Optional.empty();
    private int attempts;
    private int accepted;

    Dispatch(
            RequesterConfig config,
            Exchange exchange,
            Collecting collecting,
            Candidates candidates,
            Patience patience,
            Turn turn,
            Outbox.Held held,
            Logbook log,
            Clocks clocks,
            Journey journey) {
        this.config = config;
        this.exchange = exchange;
        this.collecting = collecting;
        this.candidates = candidates;
        this.patience = patience;
        this.turn = turn;
        this.held = held;
        this.log = log;
        this.clocks = clocks;
        this.journey = journey;
    }

    /** Runs it from where the outbox says it stands. */
    Decision run() throws IOException, InterruptedException {
        // Whoever accepted is asked before anything else: the receipt may be long there.
        Optional<Event> atHand = collecting.askEarlier(Duration.ZERO, true);
        State state = atHand.isPresent() ? log.enter(State.next(new State.Seeking(), atHand.get())) : start();
        while (true) {
            Event event;
            switch (state) {
                case State.Seeking _ -> event = seek();
                case State.Forwarding(Carrier carrier) -> event = forward(carrier);
                case State.Awaiting(Acceptance acceptance) -> event = await(acceptance);
                case Decision decision -> {
                    journey.reached(new Step.Decided(decision));
                    return decision;
                }
            }
            state = log.enter(State.next(state, event));
        }
    }

    /** The state on disk. An acceptance of an earlier run goes on by the wall clock. */
    private State start() {
        return switch (log.task().phase()) {
            case SEEKING, EXPIRED -> new State.Seeking();
            case FORWARDING ->
                log.task()
                        .carrier()
                        .filter(candidates::mayStillCarry)
                        .<State>map(State.Forwarding::new)
                        .orElseGet(State.Seeking::new);
            case AWAITING -> {
                Optional<Acceptance> waiting = log.task().acceptances().stream()
                        .filter(a -> a.standing() == Standing.WAITING)
                        .reduce((_, last) -> last);
                deadline = waiting.map(a -> Deadline.resumed(a, clocks));
                yield waiting.<State>map(State.Awaiting::new).orElseGet(State.Seeking::new);
            }
        };
    }

    // Seeking: section 2.

    private Event seek() throws IOException, InterruptedException {
        patience.looking();
        try {
            while (true) {
                Optional<Event> late = collecting.askEarlier(ASK_LATE, false);
                if (late.isPresent()) {
                    return late.get();
                }
                if (attempts >= MAX_ATTEMPTS || accepted >= MAX_ACCEPTED) {
                    return giveUp();
                }
                Optional<Carrier> next = candidates.next(log.task().size());
                if (next.isPresent()) {
                    return new Event.Chosen(next.get());
                }
                if (!patience.pauseBeforeNextLap()) {
                    return giveUp();
                }
                candidates.nextLap();
            }
        } finally {
            patience.found();
        }
    }

    private Event giveUp() throws IOException, InterruptedException {
        Optional<Event> late = collecting.askEarlier(Duration.ZERO, false);
        if (late.isPresent()) {
            return late.get();
        }
        boolean someLate = log.task().acceptances().stream()
                .anyMatch(a -> a.standing() == Standing.LATE
                        || a.standing() == Standing.DOUBTFUL
                        || a.standing() == Standing.BROKEN);
        Decision.Reason reason = someLate
                ? Decision.Reason.ALL_LATE
                : collecting.unverifiable() ? Decision.Reason.UNVERIFIABLE : Decision.Reason.NO_CARRIER;
        return new Event.Decided(new Decision.Expired(
                log.task().id(), reason, true, log.trouble().isEmpty() ? candidates.trouble() : log.trouble()));
    }

    // Forwarding: section 3.

    private Event forward(Carrier carrier) throws IOException, InterruptedException {
        attempts++;
        candidates.spend(carrier);
        journey.reached(new Step.Forwarding(carrier, log.task().size()));
        log.trace("forwarding", carrier);
        Upload upload = new Upload(
                log.task().key(),
                log.task().size(),
                Optional.of(log.task().recipient()),
                0,
                held::open,
                new Telling(journey, carrier, log.task().size()));
        Reply reply = exchange.put(
                carrier,
                log.task().backend(),
                upload,
                ReceiptDeadline.beforeAcceptance(log.task().size(), config.clamp()));
        return switch (reply) {
            case Reply.Answered(HopAnswer.Accepted(Promise promise)) -> accepted(carrier, promise);
            case Reply.Answered(HopAnswer.Cms(byte[] cms)) -> {
                Optional<Event> decided = collecting.decide(carrier, cms);
                yield decided.isPresent() ? decided.get() : answeredInVain(carrier);
            }
            case Reply.Answered(HopAnswer.Failed failed) -> declined(carrier, failed);
            case Reply.Answered(HopAnswer.NotYet _) ->
                turnedAway(carrier, Passing.NONSENSE, "202 without a promise", true);
            case Reply.Answered(HopAnswer.Nonsense(String words)) -> turnedAway(carrier, Passing.NONSENSE, words, true);
            case Reply.Unreachable(String words) -> {
                candidates.unreachable(carrier);
                yield turnedAway(carrier, Passing.UNREACHABLE, words, false);
            }
            case Reply.WrongPeer(String words) -> turnedAway(carrier, Passing.WRONG_PEER, words, true);
            case Reply.Broken(String words) -> turnedAway(carrier, Passing.BROKEN, words, false);
        };
    }

    /** Its outcome came at once, like that of an acceptance with no time to wait. */
    private Event answeredInVain(Carrier carrier) throws IOException {
        Promise none = new Promise(0, 0, 0, config.clamp().floor(), 1);
        log.save(
                log.task().with(new Acceptance(carrier, none, clocks.instant(), Duration.ZERO, collecting.rejected())));
        return turnedAway(carrier, Passing.UNVERIFIED, log.trouble(), true);
    }

    private Event accepted(Carrier carrier, Promise promise) throws IOException {
        accepted++;
        if (log.task().wasLate(carrier)) {
            // His second turn: should he deliver now, the others were perhaps no more at fault than he was.
            log.save(log.task().excusing());
        }
        ReceiptDeadline.Wait wait =
                ReceiptDeadline.maximumWait(promise, log.task().size(), config.clamp());
        Acceptance acceptance = new Acceptance(carrier, promise, clocks.instant(), wait.total(), Standing.WAITING);
        if (!wait.within(config.clamp())) {
            log.save(log.task().with(acceptance.as(Standing.LEFT)));
            return turnedAway(carrier, Passing.OVER_CAP, wait.total().toSeconds() + " s", true);
        }
        Optional<Duration> offered = candidates.offered(carrier);
        if (offered.isPresent() && wait.total().compareTo(mostOf(offered.get())) > 0) {
            // It was chosen for another promise. What it has it may deliver, and is asked now and then; nobody waits
            // for it.
            log.save(log.task().with(acceptance.as(Standing.LEFT)));
            return turnedAway(
                    carrier,
                    Passing.OVER_CAP,
                    "offered " + offered.get().toSeconds() + " s, took it and then said "
                            + wait.total().toSeconds() + " s",
                    true);
        }
        deadline = Optional.of(Deadline.fresh(acceptance, clocks));
        log.note("accepted", carrier.toString(), promise.header() + " maximum wait " + wait.total());
        log.trace("accepted", carrier);
        journey.reached(new Step.Accepted(carrier, promise, wait));
        return new Event.Accepted(acceptance);
    }

    /** A promise may grow while others send too; twice what was offered, and a leg's allowance, is believed. */
    private Duration mostOf(Duration offered) {
        return offered.multipliedBy(2).plus(config.clamp().allowance());
    }

    /** Section 3.6: a relay's no is a no of the relay's; the backend's own no is a decision. */
    private Event declined(Carrier carrier, HopAnswer.Failed failed) throws IOException, InterruptedException {
        String words =
                failed.status() + failed.problem().map(p -> " " + p.code()).orElse("") + " " + failed.detail();
        if (failed.problem().equals(Optional.of(Problem.DIGEST_MISMATCH))) {
            // Never a decision: if it is not our own disk that changed the bytes, it was somebody on the way.
            held.check(log.task().key().sha256());
            return turnedAway(carrier, Passing.DECLINED, words, true);
        }
        if (carrier instanceof Carrier.Direct && final4xx(failed)) {
            // The answer to a refused upload is the problem; the signed refusal is collected like a receipt.
            if (exchange.collect(carrier, log.task().backend(), log.task().key(), Duration.ZERO)
                    instanceof Reply.Answered(HopAnswer.Cms(byte[] cms))) {
                Optional<Event> decided = collecting.decide(carrier, cms);
                if (decided.isPresent()) {
                    return decided.get();
                }
            }
            if (exchange.authenticatedBackend(carrier) && ofTheBackend(failed)) {
                return new Event.Decided(new Decision.Refused(
                        log.task().id(), failed.problem(), Optional.empty(), Optional.empty(), words));
            }
        }
        failed.retryAfter().ifPresent(patience::wish);
        boolean forGood = carrier instanceof Carrier.Relay && !failed.retryable();
        return turnedAway(carrier, Passing.DECLINED, words, forGood);
    }

    /** Whether the words are a backend's last, and not those of a proxy before it that knows no deliveries (section 3.6). */
    private static boolean ofTheBackend(HopAnswer.Failed failed) {
        return failed.problem()
                .filter(problem ->
                        problem != Problem.NOT_FOUND && problem != Problem.METHOD_NOT_ALLOWED && !problem.retryable())
                .isPresent();
    }

    private static boolean final4xx(HopAnswer.Failed failed) {
        return failed.status() >= 400 && failed.status() < 500 && failed.status() != 408 && failed.status() != 429;
    }

    private Event turnedAway(Carrier carrier, Passing why, String words, boolean forGood) {
        passOver(carrier, why, words, forGood);
        return new Event.TurnedAway();
    }

    // Awaiting: section 6.

    private Event await(Acceptance acceptance) throws IOException, InterruptedException {
        Carrier carrier = acceptance.carrier();
        Deadline due = deadline.orElseThrow();
        if (acceptance.promise().untilRun() > Turn.SOON.toSeconds()) {
            turn.rest();
        }
        while (true) {
            // A deadline is missed only after one more question past it.
            boolean last = due.remaining().isZero();
            Duration hold =
                    turn.hold(least(due.remaining(), collecting.earlier().isEmpty() ? HOLD : HOLD_AMONG_OTHERS));
            long before = clocks.ticks();
            Reply reply =
                    exchange.collect(carrier, log.task().backend(), log.task().key(), hold);
            turn.answered();
            Duration pause;
            switch (reply) {
                case Reply.Answered(HopAnswer.Cms(byte[] cms)) -> {
                    Optional<Event> decided = collecting.decide(carrier, cms);
                    return decided.isPresent()
                            ? decided.get()
                            : letDown(acceptance, collecting.rejected(), Passing.UNVERIFIED, log.trouble());
                }
                case Reply.Answered(HopAnswer.NotYet(Duration retryAfter)) -> {
                    boolean heldIt = clocks.ticks() - before >= hold.toNanos() && !hold.isZero();
                    pause = heldIt ? LEAST_PAUSE : retryAfter;
                }
                case Reply.Answered(HopAnswer.Failed failed) -> {
                    String words = failed.status() + " " + failed.detail();
                    if (failed.problem().equals(Optional.of(Problem.BACKEND_REFUSED))) {
                        return letDown(acceptance, Standing.LEFT, Passing.BACKEND_REFUSED, words);
                    }
                    if (final4xx(failed)) {
                        return letDown(acceptance, Standing.BROKEN, Passing.BROKE_PROMISE, words);
                    }
                    pause = failed.retryAfter().orElse(LONGEST_PAUSE);
                }
                case Reply.Answered(HopAnswer.Accepted _) -> {
                    return letDown(acceptance, Standing.BROKEN, Passing.NONSENSE, "a promise for a receipt");
                }
                case Reply.Answered(HopAnswer.Nonsense(String words)) -> {
                    return letDown(acceptance, Standing.BROKEN, Passing.NONSENSE, words);
                }
                // It made the parcel durable: it may come back within its time.
                case Reply.Unreachable _, Reply.Broken _, Reply.WrongPeer _ -> pause = Duration.ofSeconds(2);
            }
            if (last) {
                return letDown(
                        acceptance,
                        due.verdict(),
                        Passing.LATE,
                        acceptance.maximumWait().toSeconds() + " s");
            }
            turn.rest();
            Optional<Event> other = collecting.askEarlier(ASK_LATE, false);
            if (other.isPresent()) {
                return other.get();
            }
            Duration bounded = pause.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : least(pause, LONGEST_PAUSE);
            clocks.pause(least(bounded, due.remaining()));
        }
    }

    private Event letDown(Acceptance acceptance, Standing standing, Passing why, String words)
            throws InterruptedException {
        turn.work();
        deadline = Optional.empty();
        collecting.asked(acceptance.carrier());
        log.change(log.task().with(acceptance.as(standing)));
        passOver(acceptance.carrier(), why, words, true);
        return new Event.LetDown();
    }

    private void passOver(Carrier carrier, Passing why, String words, boolean forGood) {
        if (forGood) {
            candidates.leaveRelay(carrier);
        }
        log.trouble(carrier + ": " + words);
        log.note(why.name(), carrier.toString(), words);
        journey.reached(new Step.PassedOver(carrier, why, words));
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
