package waybill.update;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.discovery.Turn;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Carrier;

/**
 * Asks the LANs who has an update, or could fetch it (section 10.8): a round of discovery, after which all others fall
 * silent. Safe for use by several threads.
 */
public final class Nearby {
    /** How long to listen where nobody answers: those who would have to fetch answer last. */
    static final Duration WINDOW = Duration.ofMillis(1500);
    /** Once somebody has answered, others may for so long. */
    private static final Duration MORE = Duration.ofMillis(60);
    /** Who holds it answers within this. */
    private static final Duration HOLDERS = Duration.ofMillis(250);
    /** What a line of half a gigabit a second carries. */
    private static final long PER_MILLISECOND = 64 * 1024;

    private static final Duration LONGEST = Duration.ofMillis(1250);
    /** More than so many givers are of no use. */
    private static final int ENOUGH = 8;
    /** And so many are turned to after one question, crowds included. */
    private static final int MOST = 16;
    /** More than so many at one address are one who wants to be taken for many. */
    private static final int AT_ONE_ADDRESS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Nearby.class);

    /** Opens discovery. */
    @FunctionalInterface
    public interface Finders {
        /** The finder; it stays its owner's. */
        RelayFinder open() throws IOException;
    }

    private final BackendUrl backend;
    private final Finders finders;
    private final HopClient hop;
    private final Supplier<TaskId> ids;
    private final RelaysSeen seen;
    private final boolean allowPlain;
    private final int maxHops;
    private final Predicate<Giver> barred;

    /**
     * Asks for updates of this backend.
     *
     * @param ids makes the ID of a round
     * @param seen says how many relays there are
     * @param allowPlain whether relays without TLS count
     * @param maxHops the most hops that are still to make: 4 for one who asks for himself, 3 for a relay
     * @param barred who is never asked
     */
    public Nearby(
            BackendUrl backend,
            Finders finders,
            HopClient hop,
            Supplier<TaskId> ids,
            RelaysSeen seen,
            boolean allowPlain,
            int maxHops,
            Predicate<Giver> barred) {
        this.backend = backend;
        this.finders = finders;
        this.hop = hop;
        this.ids = ids;
        this.seen = seen;
        this.allowPlain = allowPlain;
        this.maxHops = maxHops;
        this.barred = barred;
    }

    /**
     * Who has it or could fetch it: those who have it first, then the elected.
     *
     * @param href of the file, or the backend's for its catalogue
     */
    public List<Giver> all(String href, FetchWatch watch) throws InterruptedException {
        watch.asking(href);
        List<Giver> givers = ask(href, Optional.empty(), watch, round -> {
            List<Offer> first = round.gather(WINDOW, 1);
            return first.isEmpty() ? first : gather(round, MORE);
        });
        watch.answered(givers.size(), (int) givers.stream().filter(Giver::holds).count());
        return givers;
    }

    /**
     * Who holds these very bytes, takes them in, or is about to; nobody else answers. Where nobody is heard, it is listened
     * for longer the more is at stake: a neighbour may be busy, and a second copy over the site's line costs more than that.
     *
     * @param size of them
     */
    public List<Giver> holders(String href, Sha256 sha256, long size) throws InterruptedException {
        Duration longer = Duration.ofMillis(Math.min(size / PER_MILLISECOND, LONGEST.toMillis()));
        return ask(href, Optional.of(sha256), FetchWatch.SILENT, round -> {
            List<Offer> soon = gather(round, HOLDERS);
            return soon.isEmpty() && longer.isPositive() ? round.gather(longer, 1) : soon;
        });
    }

    /** One who is many does not take from the others the time that they have to answer in. */
    private static List<Offer> gather(RelayFinder.Round round, Duration window)
            throws IOException, InterruptedException {
        List<Offer> heard = round.gather(window, ENOUGH);
        return heard.size() >= ENOUGH && fewOfEach(heard).size() < ENOUGH
                ? round.gather(window, Integer.MAX_VALUE)
                : heard;
    }

    /** In their order; those of this machine itself are no strangers. */
    private static List<Offer> fewOfEach(List<Offer> offers) {
        Map<InetAddress, Integer> counts = new HashMap<>();
        return offers.stream()
                .filter(offer -> offer.source().isLoopbackAddress()
                        || counts.merge(offer.source(), 1, Integer::sum) <= AT_ONE_ADDRESS)
                .toList();
    }

    /**
     * Those of an address that is many come after all others, and not away: its source is not proved, so somebody else may have
     * spoken in the name of an honest one. What is too much in all is left out.
     */
    private static List<Offer> crowdsLast(List<Offer> offers) {
        Set<Offer> ordered = new LinkedHashSet<>(fewOfEach(offers));
        ordered.addAll(offers);
        return ordered.stream().limit(MOST).toList();
    }

    private interface Gathering {
        List<Offer> from(RelayFinder.Round round) throws IOException, InterruptedException;
    }

    private List<Giver> ask(String href, Optional<Sha256> sha256, FetchWatch watch, Gathering gathering)
            throws InterruptedException {
        RelayFinder.Question question = new RelayFinder.Question(
                ids.get(), Packet.Method.GET, BackendUrl.parse(href), 0, seen.count(), maxHops, sha256);
        try (RelayFinder.Round round = finders.open().ask(question)) {
            List<Offer> offers = crowdsLast(gathering.from(round).stream()
                    .filter(offer -> allowPlain || offer.alias().encrypted())
                    .filter(offer -> !barred.test(giver(offer)))
                    .sorted(order(href))
                    .toList());
            if (!offers.isEmpty()) {
                round.located(offers.getFirst());
            }
            return offers.stream().map(this::giver).toList();
        } catch (IOException e) {
            LOG.debug("the LAN cannot be asked for {}: {}", href, e.getMessage());
            watch.unasked(String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    /** Whoever asks orders them in the same way, so that one of them fetches for all. */
    private static Comparator<Offer> order(String href) {
        return Comparator.comparing((Offer offer) -> !holds(offer))
                .thenComparing(offer -> place(offer.node(), href))
                .thenComparing(Offer::node);
    }

    /** The place in the order of those who could fetch something; the least is elected. */
    public static double place(NodeId node, String href) {
        return Turn.Elected.of(node, href).place();
    }

    private static boolean holds(Offer offer) {
        return offer.promise().hops() == 0;
    }

    private Giver giver(Offer offer) {
        Carrier.Relay relay = Carrier.Relay.of(offer);
        Peer.Identity identity = relay.proved() ? new Peer.Identity.Pinned(relay.node()) : new Peer.Identity.Plain();
        Peer peer = new Peer(relay.alias().uri(), identity, relay.zone().dial(relay.alias()), Optional.of(backend));
        return new Giver(relay, peer, hop, holds(offer));
    }
}
