package waybill.relay.onward;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.trust.Blacklist;
import waybill.trust.TrackRecord;
import waybill.trust.Verdicts;

/**
 * The relays on this one's LANs that offered a way to one backend. Asked for as a sender asks (section 2), in one round
 * for all deliveries, and only when somebody wants to know. Safe for use by several threads; one of them asks, the others
 * wait for it.
 */
public final class Neighbours {
    /** So long an answer is good enough to choose by. */
    public static final Duration FRESH = Duration.ofSeconds(60);
    /** Never asked more often, whatever fails. */
    static final Duration REASK = Duration.ofSeconds(5);

    private static final ReceiptDeadline.Clamp CLAMP = ReceiptDeadline.Clamp.DEFAULT;
    private static final Duration WINDOW = Duration.ofMillis(1500);
    private static final int ENOUGH = 3;
    /** So many that delivered, or proved who they are, are remembered with their places. */
    private static final int MOST_FOUND = 64;
    /** So many addresses at which a turn was in vain are remembered. */
    private static final int MOST_IN_VAIN = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    /** Asks the LANs. */
    @FunctionalInterface
    public interface Asker {
        /**
         * One round. All others on the LAN are told who was chosen.
         *
         * @param enough so many different nodes end it early
         * @param choice of those heard
         * @return what it chose, the best first
         */
        List<Offer> ask(RelayFinder.Question question, int enough, Choice choice)
                throws IOException, InterruptedException;

        /** By this finder. */
        static Asker of(RelayFinder finder) {
            return (question, enough, choice) -> {
                try (RelayFinder.Round round = finder.ask(question)) {
                    List<Offer> offers = choice.of(round.gather(WINDOW, enough));
                    if (!offers.isEmpty()) {
                        round.located(offers.getFirst());
                    }
                    return offers;
                }
            };
        }
    }

    /** Ranks what was heard and leaves out what is not to be chosen. */
    @FunctionalInterface
    public interface Choice {
        /** The best first. */
        List<Offer> of(List<Offer> offers) throws IOException;
    }

    private final BackendUrl backend;
    private final NodeId self;
    private final Set<NodeId> named;
    private final Asker asker;
    private final Supplier<TaskId> ids;
    private final Blacklist blacklist;
    private final TrackRecord record;
    private final boolean allowPlain;
    private final LongSupplier nanos;
    private final RandomGenerator random;

    /** Where a node that delivered was truly found, the latest of each. */
    private final Map<NodeId, AliasUrl> found = new LinkedHashMap<>();
    /** Where a node truly is, and gave the backend's profile, the latest of each. */
    private final Map<NodeId, AliasUrl> proved = new LinkedHashMap<>();
    /** Addresses at which a turn was in vain since the last receipt from there, the longest ago first. */
    private final Map<InetAddress, Long> inVain = new LinkedHashMap<>();

    private long turns;
    /** Whether a receipt came since the last round, or there was no round yet. */
    private boolean trusting = true;

    private List<Neighbour> known = List.of();
    private boolean asked;
    private long askedAt;
    private volatile Optional<Neighbour> best = Optional.empty();
    private volatile Optional<Promise> promised = Optional.empty();
    private volatile long heardAt;

    /**
     * Nobody is known yet.
     *
     * @param self never chosen
     * @param named the nodes that the operator named
     * @param ids makes the ID of a round
     * @param allowPlain whether relays without TLS count
     * @param random draws among strangers
     */
    public Neighbours(
            BackendUrl backend,
            NodeId self,
            Set<NodeId> named,
            Asker asker,
            Supplier<TaskId> ids,
            Blacklist blacklist,
            TrackRecord record,
            boolean allowPlain,
            LongSupplier nanos,
            RandomGenerator random) {
        this.backend = backend;
        this.self = self;
        this.named = Set.copyOf(named);
        this.asker = asker;
        this.ids = ids;
        this.blacklist = blacklist;
        this.record = record;
        this.allowPlain = allowPlain;
        this.nanos = nanos;
        this.random = random;
    }

    /**
     * The best of those not excepted; asks if nobody is left or the last answers are old.
     *
     * <p>An answer proves nobody, and one liar can give many in each round, in the name of a relay that delivered too. So an
     * address at which a turn was in vain comes after all others, and after the first turn every second one on average is drawn
     * by lot, unless it is that of a relay that delivered and is where it was then: who promises most, or comes from ever
     * other addresses, cannot have every turn.
     *
     * @param size bytes to be sent
     * @param except who had their turn
     */
    public synchronized Optional<Neighbour> best(long size, Set<Neighbour.Claim> except) {
        if (!fresh()) {
            ask(size);
        }
        Optional<Neighbour> found = first(except);
        if (found.isEmpty()) {
            ask(size);
            found = first(except);
        }
        return found;
    }

    private Optional<Neighbour> first(Set<Neighbour.Claim> except) {
        List<Neighbour> left =
                inOrder().filter(one -> !except.contains(one.claim())).toList();
        boolean certain = except.isEmpty() || left.isEmpty() || hasDelivered(left.getFirst());
        return !certain && random.nextBoolean() ? byLot(left) : left.stream().findFirst();
    }

    /** An address has one ticket, however many nodes it says it is. */
    private Optional<Neighbour> byLot(List<Neighbour> all) {
        List<InetAddress> addresses =
                all.stream().map(one -> one.alias().address()).distinct().toList();
        InetAddress drawn = addresses.get(random.nextInt(addresses.size()));
        return all.stream().filter(one -> one.alias().address().equals(drawn)).findFirst();
    }

    /** As ranked, but for what is known of their places: there is no forging those. */
    private Stream<Neighbour> inOrder() {
        return known.stream()
                .sorted(Comparator.comparingLong(one ->
                        hasDelivered(one) ? -1 : inVain.getOrDefault(one.alias().address(), 0L)));
    }

    /** Whether it delivered, and is where it was then. */
    private boolean hasDelivered(Neighbour one) {
        return one.alias().equals(found.get(one.node()));
    }

    /** The best of the last answers that proved itself, without asking; never waits. */
    public Optional<Neighbour> current() {
        return best;
    }

    /** What the best promised when there last was one, there now or not; never waits. */
    public Optional<Promise> lastPromise() {
        return promised;
    }

    /** Whether {@link #current} was heard lately; never waits. */
    public boolean isFresh() {
        return best.isPresent() && nanos.getAsLong() - heardAt < FRESH.toNanos();
    }

    private boolean fresh() {
        return asked && nanos.getAsLong() - askedAt < FRESH.toNanos();
    }

    private void ask(long size) {
        if (asked && nanos.getAsLong() - askedAt < REASK.toNanos()) {
            return;
        }
        asked = true;
        try {
            // One hop less than a sender allows: the one to this relay was made.
            RelayFinder.Question question =
                    new RelayFinder.Question(ids.get(), Packet.Method.PUT, backend, size, 0, Promise.MAX_HOPS - 1);
            // Three made-up nodes must not silence the honest ones in round after round.
            int enough = trusting ? ENOUGH : Integer.MAX_VALUE;
            trusting = false;
            List<Offer> chosen = asker.ask(question, enough, offers -> ranked(offers, size));
            keep(chosen.stream().map(Neighbour::of).toList());
        } catch (IOException e) {
            LOG.debug("nobody could be asked for a way to {}: {}", backend, e.getMessage());
            keep(List.of());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            askedAt = nanos.getAsLong();
        }
    }

    private void keep(List<Neighbour> heard) {
        known = heard;
        heardAt = nanos.getAsLong();
        choose();
    }

    /** Whom others are told of: nobody of whom there is a datagram only. */
    private void choose() {
        best = inOrder()
                .filter(one -> one.alias().equals(proved.get(one.node())))
                .findFirst();
        promised = best.map(Neighbour::promise).or(() -> promised);
    }

    /**
     * As a sender ranks them (section 2.2): who delivered before or was named with its node, then who promises the shorter
     * wait; none over the cap.
     */
    private List<Offer> ranked(List<Offer> offers, long size) throws IOException {
        Set<String> delivered = record.delivered();
        return offers.stream()
                .filter(offer ->
                        mayCarry(Neighbour.of(offer)) && wait(offer, size).within(CLAMP))
                .sorted(Comparator.comparing(
                                (Offer offer) -> !isWhereItWas(offer) || !isKnown(Neighbour.of(offer), delivered))
                        .thenComparing(offer -> wait(offer, size).total()))
                .toList();
    }

    /** Whoever says the node of one that delivered, and another place than it had, is a stranger until he proves it. */
    private boolean isWhereItWas(Offer offer) {
        return found.getOrDefault(offer.node(), offer.alias()).equals(offer.alias());
    }

    /** Only TLS proves that it is the node that was named. */
    private boolean isKnown(Neighbour one, Set<String> delivered) {
        return (one.alias().encrypted() && named.contains(one.node()))
                || delivered.contains(one.subject().toString());
    }

    private boolean mayCarry(Neighbour one) {
        return !one.node().equals(self)
                && one.promise().hops() < Promise.MAX_HOPS
                && (allowPlain || one.alias().encrypted())
                && blacklist.barring(one.subject()).isEmpty();
    }

    private static ReceiptDeadline.Wait wait(Offer offer, long size) {
        return ReceiptDeadline.maximumWait(offer.promise(), size, CLAMP);
    }

    /** It was not there, or not who it said it was: not chosen again before it answers another round. */
    public synchronized void gone(Neighbour one) {
        known = known.stream().filter(other -> !other.equals(one)).toList();
        inVain(one);
    }

    /** It had a turn, and nothing came of it: others have theirs first. */
    public synchronized void inVain(Neighbour one) {
        InetAddress address = one.alias().address();
        inVain.remove(address);
        inVain.put(address, ++turns);
        bound(inVain, MOST_IN_VAIN);
        choose();
    }

    /** It is the node that it says, as far as TLS can tell, and gave a profile of the backend that verifies. */
    public synchronized void proved(Neighbour one) {
        proved.remove(one.node());
        proved.put(one.node(), one.alias());
        bound(proved, MOST_FOUND);
        choose();
    }

    private static void bound(Map<?, ?> map, int most) {
        if (map.size() > most) {
            map.remove(map.keySet().iterator().next());
        }
    }

    /**
     * It brought what does not verify; where that is proof (section 5.5) it is black-listed.
     *
     * @param anchorsKnown whether anything of this backend ever verified
     */
    public void brought(Neighbour one, SignatureFault fault, byte[] cms, boolean anchorsKnown) {
        if (Verdicts.of(fault.kind(), one.alias().encrypted(), anchorsKnown) != Verdicts.Verdict.UNVERIFIABLE) {
            LOG.warn("{} forged: {}", one, fault.getMessage());
            blacklist.condemn(
                    one.subject(), Blacklist.Reason.FORGED_RECEIPT, fault.kind().name(), Optional.of(cms));
        }
        gone(one);
    }

    /** A receipt that verified came through it. */
    public void delivered(Neighbour one) throws IOException {
        synchronized (this) {
            found.remove(one.node());
            found.put(one.node(), one.alias());
            bound(found, MOST_FOUND);
            inVain.remove(one.alias().address());
            trusting = true;
            proved(one);
        }
        blacklist.delivered(one.subject());
        record.delivered(one.subject());
    }
}
