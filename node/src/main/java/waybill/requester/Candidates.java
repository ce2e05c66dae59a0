package waybill.requester;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.TaskId;
import waybill.requester.Journey.Step;
import waybill.requester.Ranking.Candidate;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.outbox.Carrier;
import waybill.trust.Blacklist;

/**
 * Who may carry a task, one after the other, lap by lap: the backend itself, then the relays of a round of discovery, the
 * best first (section 2). For one task and thread.
 */
final class Candidates {
    /** How long an answer stays good to be tried without another round. */
    static final Duration FRESH = Duration.ofSeconds(60);
    /** How many relays that never delivered are spent on a task before it looks again for one that did. */
    static final int UNKNOWN = 2;

    private static final int ENOUGH = 3;
    private static final Logger LOG = LoggerFactory.getLogger(Candidates.class);

    private final RequesterConfig config;
    private final TaskId task;
    private final BackendUrl backend;
    private final boolean direct;
    private final Collaborators.Finders finders;
    private final Surroundings surroundings;
    private final Memory memory;
    private final Clocks clocks;
    private final Journey journey;

    /** Left for the rest of this run. */
    private final Set<Carrier.Relay> left = new HashSet<>();
    /** Had their turn in this lap. */
    private final Set<Carrier> seen = new HashSet<>();

    /** The maximum wait each was chosen for. */
    private final Map<Carrier, Duration> offered = new HashMap<>();

    private List<Candidate> alternatives = List.of();
    private Optional<Carrier> first = Optional.empty();
    private boolean asked;
    private long askedAt;
    private int rounds;
    /** The last of these that it asked itself. */
    private int askedItself;
    /** The number of the last round whose answers were made use of, whoever of those side by side asked it. */
    private int used;

    private int unknown;
    private boolean lookedAgain;
    private String trouble = "";

    /**
     * @param finders opens discovery, or gives what is open; the caller closes it
     * @param surroundings shared with the tasks that run side by side
     */
    Candidates(
            RequesterConfig config,
            TaskId task,
            BackendUrl backend,
            boolean mayDial,
            Collaborators.Finders finders,
            Surroundings surroundings,
            Memory memory,
            Clocks clocks,
            Journey journey) {
        this.config = config;
        this.task = task;
        this.backend = backend;
        this.direct = mayDial && config.via() != Via.LAN;
        this.finders = finders;
        this.surroundings = surroundings;
        this.memory = memory;
        this.clocks = clocks;
        this.journey = journey;
    }

    /**
     * The next to try, or none if this lap is over.
     *
     * @param size bytes of the parcel, as far as is known
     */
    Optional<Carrier> next(long size) throws IOException, InterruptedException {
        Optional<Carrier> again = first;
        first = Optional.empty();
        if (again.isPresent()) {
            return again;
        }
        if (asked && !fresh()) {
            // Asked anew, but whoever had a turn in this lap has had it: a lap ends, whatever two tarpits do.
            alternatives = List.of();
            asked = false;
        }
        Carrier backendItself = new Carrier.Direct(backend);
        boolean inVain = config.via() != Via.DIRECT && surroundings.othersMissedIt(this);
        if (direct && !inVain && seen.add(backendItself)) {
            return Optional.of(backendItself);
        }
        if (config.via() == Via.DIRECT) {
            return Optional.empty();
        }
        if (!asked || spentOnUnknown(best())) {
            lookedAgain = unknown >= UNKNOWN;
            ask(size);
        }
        Optional<Candidate> best = best();
        best.ifPresent(candidate -> seen.add(candidate.relay()));
        return best.map(Candidate::relay);
    }

    /** Begins again: everybody but the relays left for good may have another turn. */
    void nextLap() {
        seen.clear();
        alternatives = List.of();
        asked = false;
    }

    /** This one is to be the next again. */
    void putBack(Carrier carrier) {
        first = Optional.of(carrier);
    }

    /**
     * A relay has had its last turn in this run. The direct way is never left for good: one bad moment of TLS, or of a
     * proxy, is not the backend's word, and the backend may be put right at any time.
     */
    void leaveRelay(Carrier carrier) {
        if (carrier instanceof Carrier.Relay relay) {
            left.add(relay);
        }
    }

    /** This one was not reached. */
    void unreachable(Carrier carrier) {
        if (carrier instanceof Carrier.Direct) {
            surroundings.outOfReach(this);
        }
    }

    /** Whether this one, chosen by an earlier run, is still allowed; options and black list may have changed. */
    boolean mayStillCarry(Carrier carrier) {
        return switch (carrier) {
            case Carrier.Direct _ -> direct;
            case Carrier.Hand _ -> false;
            case Carrier.Relay relay ->
                config.via() != Via.DIRECT
                        && (relay.proved() || config.allowPlainLan())
                        && !barred().containsKey(relay.subject().orElseThrow());
        };
    }

    /** The maximum wait by the answer to the last round; empty for the backend itself and for who was not heard. */
    Optional<Duration> offered(Carrier carrier) {
        return Optional.ofNullable(offered.get(carrier));
    }

    /** A parcel goes to this one. */
    void spend(Carrier carrier) throws IOException {
        if (carrier instanceof Carrier.Relay relay && !known(relay)) {
            unknown++;
        }
    }

    /** Whom a receipt came through before, or whom the operator named; only TLS proves either. */
    private boolean known(Carrier.Relay relay) throws IOException {
        return (relay.proved() && config.names(relay.node()))
                || memory.relays()
                        .delivered()
                        .contains(relay.subject().orElseThrow().toString());
    }

    /** Why the last round could not be asked, for people; empty if it could. */
    String trouble() {
        return trouble;
    }

    private boolean fresh() {
        return clocks.ticks() - askedAt < FRESH.toNanos();
    }

    private boolean spentOnUnknown(Optional<Candidate> best) {
        return best.isPresent() && !best.get().known() && unknown >= UNKNOWN && !lookedAgain;
    }

    /**
     * The black list is read anew: another task or process may have learned something meanwhile. An answer proves nothing,
     * and one liar can give many in each round, in the name of a known relay too. So an address has its second turn in a lap
     * after all others had their first.
     */
    private Optional<Candidate> best() {
        Map<Blacklist.Subject, Blacklist.Entry> barred = barred();
        Set<InetAddress> hadTurns = seen.stream()
                .flatMap(carrier -> carrier instanceof Carrier.Relay relay
                        ? Stream.of(relay.address())
                        : Stream.<InetAddress>empty())
                .collect(Collectors.toSet());
        List<Candidate> ranked = Ranking.rank(
                alternatives,
                config.clamp().cap(),
                c -> left.contains(c.relay())
                        || seen.contains(c.relay())
                        || barred.containsKey(c.relay().subject().orElseThrow()));
        return ranked.stream()
                .filter(c -> !hadTurns.contains(c.relay().address()))
                .findFirst()
                .or(() -> ranked.stream().findFirst());
    }

    private void ask(long size) throws InterruptedException, IOException {
        asked = true;
        rounds++;
        alternatives = List.of();
        try {
            Surroundings.Answers answers = surroundings.after(used, () -> round(size));
            if (askedItself < rounds) {
                alternatives = candidates(answers.offers(), size);
            }
            used = answers.number();
            askedAt = answers.at();
            trouble = "";
        } catch (IOException e) {
            // No LAN now is no reason to give up: a cable may be plugged in, and the backend itself may come back.
            LOG.debug("round {} of {} failed", rounds, task, e);
            trouble = String.valueOf(e.getMessage());
            askedAt = clocks.ticks();
        }
    }

    /** Asks, and tells the LAN who is chosen. */
    private List<Offer> round(long size) throws InterruptedException, IOException {
        journey.reached(new Step.Asking(rounds, config.window()));
        int known = memory.seen().count();
        try (RelayFinder.Round round = finders.open(memory.seen()).ask(question(size, known))) {
            List<Offer> offers = round.gather(config.window(), enough(known));
            alternatives = candidates(offers, size);
            askedItself = rounds;
            Optional<Candidate> best = best();
            if (best.isPresent()) {
                round.located(best.get().offer());
            }
            return offers;
        } finally {
            keepSeen();
        }
    }

    /** After the round was closed: whoever answered late, on the wire when another was chosen, was seen all the same. */
    private void keepSeen() {
        Map<NodeId, Instant> seenLately = memory.seen().snapshot();
        if (seenLately.isEmpty()) {
            return;
        }
        try {
            memory.relays().keepSeen(seenLately);
        } catch (IOException e) {
            // It only sets how long relays wait before they answer.
            LOG.debug("who answered is not kept", e);
        }
    }

    /**
     * How many answers end a round early. Only the first of a run: an answer proves nobody, and three made-up nodes a round
     * must not silence the honest for longer than that.
     */
    private int enough(int known) {
        return rounds > 1 ? Integer.MAX_VALUE : known == 0 ? ENOUGH : Math.min(known, ENOUGH);
    }

    private RelayFinder.Question question(long size, int known) {
        return new RelayFinder.Question(task, Packet.Method.PUT, backend, size, known, Promise.MAX_HOPS);
    }

    private List<Candidate> candidates(List<Offer> offers, long size) throws IOException {
        Map<Blacklist.Subject, Blacklist.Entry> barred = barred();
        Set<String> delivered = memory.relays().delivered();
        List<Candidate> candidates = new ArrayList<>();
        for (Offer offer : offers) {
            Carrier.Relay relay = Carrier.Relay.of(offer);
            Blacklist.Subject subject = relay.subject().orElseThrow();
            ReceiptDeadline.Wait wait = ReceiptDeadline.maximumWait(offer.promise(), size, config.clamp());
            offered.put(relay, wait.total());
            boolean before = delivered.contains(subject.toString());
            journey.reached(new Step.Found(
                    offer,
                    wait.within(config.clamp()) ? Optional.of(wait) : Optional.empty(),
                    Optional.ofNullable(barred.get(subject)),
                    before));
            if (relay.proved() || config.allowPlainLan()) {
                candidates.add(new Candidate(offer, relay, wait.total(), before || known(relay)));
            }
        }
        return candidates;
    }

    private Map<Blacklist.Subject, Blacklist.Entry> barred() {
        return memory.blacklist().list().stream()
                .collect(Collectors.toMap(Blacklist.Entry::subject, Function.identity(), (a, _) -> a));
    }
}
