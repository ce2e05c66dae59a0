package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Promise;
import waybill.relay.onward.Neighbour;
import waybill.relay.onward.Neighbours;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore.Held;

/**
 * Which way deliveries to one backend go now: straight to it, or by the next relay (section 3). The straight way is looked
 * at again and again, for another relay is only a help. Safe for use by several threads.
 */
final class Ways implements Attempt {
    /** Looked for no more often than this. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
    /** Promised in place of relays of which nothing is known: as many as a way may have, and slow ones. */
    private static final Promise LONGEST = new Promise(0, 0, 0, 64 * 1024, Promise.MAX_HOPS - 1);

    private static final Logger LOG = LoggerFactory.getLogger(Ways.class);

    private final RelayConfig.Via via;
    private final Forwarder direct;
    private final Handover onward;
    private final Neighbours neighbours;
    private final Sight sight;
    private final ProfileCache profile;
    private final Executor executor;
    private final LongSupplier nanos;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile Optional<Long> lookedAt = Optional.empty();
    private int inVain;
    private boolean warned;

    Ways(
            RelayConfig.Via via,
            Forwarder direct,
            Handover onward,
            Neighbours neighbours,
            Sight sight,
            ProfileCache profile,
            Executor executor,
            LongSupplier nanos) {
        this.via = via;
        this.direct = direct;
        this.onward = onward;
        this.neighbours = neighbours;
        this.sight = sight;
        this.profile = profile;
        this.executor = executor;
        this.nanos = nanos;
    }

    @Override
    public Forwarder.Result forward(Held held, Pass pass) throws IOException {
        boolean mayGoStraight = via != RelayConfig.Via.LAN && pass.forLine();
        boolean straightFirst = mayGoStraight && (via == RelayConfig.Via.DIRECT || maybeStraight());
        if (straightFirst) {
            Forwarder.Result result = straight(held, pass);
            if (via == RelayConfig.Via.DIRECT || !(result instanceof Forwarder.Result.Unreached)) {
                return result;
            }
        } else {
            look();
        }
        Optional<Forwarder.Result> handed = onward.handOver(held);
        if (handed.isPresent()) {
            return handed.get();
        }
        if (mayGoStraight && !straightFirst) {
            return straight(held, pass);
        }
        return direct.unreached(held, "not reached, and no relay with a way to it was found");
    }

    private boolean maybeStraight() {
        return sight.works() || !sight.hasLooked();
    }

    private Forwarder.Result straight(Held held, Pass pass) throws IOException {
        Forwarder.Result result = direct.forward(held, pass);
        sight.reached(!(result instanceof Forwarder.Result.Unreached));
        return result;
    }

    /** Looks for a way, if that was not done just now; never waits. */
    void look() {
        Optional<Long> last = lookedAt;
        boolean justNow = last.isPresent() && nanos.getAsLong() - last.get() < LOOK_AGAIN.toNanos();
        if (justNow || !looking.compareAndSet(false, true)) {
            return;
        }
        lookedAt = Optional.of(nanos.getAsLong());
        try {
            executor.execute(() -> {
                try {
                    sight.profile();
                    found();
                } catch (IOException e) {
                    lookedInVain(String.valueOf(e.getMessage()));
                } finally {
                    looking.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            looking.set(false); // going down
        }
    }

    private synchronized void found() {
        if (warned) {
            LOG.info("a way to the backend is known again");
        }
        warned = false;
        inVain = 0;
    }

    /**
     * Said once, not each time: a relay without a way stays silent, and its operator should not wonder why. Where the way
     * went by other relays, only of the second time in a row: they tell each other of fresh ways alone, so that the first look
     * along a chain that was idle finds nobody.
     */
    private synchronized void lookedInVain(String why) {
        inVain++;
        if (!warned && inVain > (neighbours.lastPromise().isPresent() ? 1 : 0)) {
            warned = true;
            LOG.warn("no way to the backend is known: {}; it is looked for whenever somebody asks", why);
        }
    }

    /**
     * Whether to offer a way to who asks; never waits. Another relay counts once it has proved itself to this one: an answer
     * on the LAN is a datagram that anybody can make up.
     *
     * @param network the interface he asks on. If the next relay is there too he can ask it himself; and relays that offer
     *     each other to each other lead in a circle
     * @param relay whether he is a relay himself: those are told of a way that is known to work, and of no other, lest two
     *     without one send each other what neither can deliver
     */
    boolean isOpen(String network, boolean relay) {
        if (sight.isProven()) {
            return true;
        }
        if (relay || !sight.works()) {
            look();
        }
        if (!sight.works() && via != RelayConfig.Via.DIRECT) {
            Optional<Neighbour> next = neighbours.current();
            if (next.isPresent()) {
                return !next.get().network().equals(network) && (!relay || neighbours.isFresh());
            }
        }
        // Nothing is known to work just now. A sender has time, if there ever was a way.
        boolean ever = sight.everWorked() || neighbours.lastPromise().isPresent() || profile.isKnown();
        return !relay && sight.hasLooked() && ever;
    }

    /** Whether something may be fetched straight from the backend now, as far as is known; never waits. */
    boolean mayFetchStraight() {
        if (via == RelayConfig.Via.LAN) {
            return false;
        }
        if (!isStraight()) {
            look();
        }
        return isStraight() || !sight.hasLooked();
    }

    /**
     * What is promised beyond this relay, empty where the way goes straight from here; never waits. Where no way works just
     * now it is what the next relay promised last, or nothing more than this one's own if the straight way was all there
     * ever was, and where none has worked since the start, the longest there may be (section 3.5): whoever waits too long
     * loses time, whoever waits too short blames an honest relay.
     */
    Optional<Promise> onwardPromise() {
        boolean straight = isStraight() || (via != RelayConfig.Via.LAN && !sight.hasLooked());
        if (straight) {
            return Optional.empty();
        }
        Optional<Promise> next = neighbours.current().map(Neighbour::promise).or(neighbours::lastPromise);
        return next.isPresent() || sight.everWorked() ? next : Optional.of(LONGEST);
    }

    /** Whether deliveries go straight to the backend, as far as is known. */
    boolean isStraight() {
        return via == RelayConfig.Via.DIRECT || sight.works();
    }

    /** Whatever the way was when it was last tried: what no other relay has promised to take goes by the line, or waits. */
    @Override
    public boolean byLine() {
        return isStraight() || neighbours.current().isEmpty();
    }

    @Override
    public boolean lookAside() {
        if (isStraight()) {
            return false;
        }
        look();
        return true;
    }
}
