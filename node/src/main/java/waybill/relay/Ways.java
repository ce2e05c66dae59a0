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
final class Ways implements UploadService.Attempt {
    /** Looked for no more often than this. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

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
    private volatile String fault = "";

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
        if (result instanceof Forwarder.Result.Ended) {
            onward.forget(held.label().key());
        }
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
                    say("");
                } catch (IOException e) {
                    say(String.valueOf(e.getMessage()));
                } finally {
                    looking.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            looking.set(false); // going down
        }
    }

    /** Once, not each time: a relay without a way stays silent, and its operator should not wonder why. */
    private void say(String why) {
        if (!why.equals(fault)) {
            if (why.isEmpty()) {
                LOG.info("a way to the backend is known again");
            } else {
                LOG.warn("no way to the backend is known: {}", why);
            }
        }
        fault = why;
    }

    /**
     * Whether to offer a way to who asks; never waits.
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
        return !relay && sight.hasLooked() && (sight.everWorked() || profile.isKnown());
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

    /** What the next relay promised, where the way goes by one; never waits. */
    Optional<Promise> onwardPromise() {
        return via == RelayConfig.Via.DIRECT || sight.works()
                ? Optional.empty()
                : neighbours.current().map(Neighbour::promise);
    }

    /** Whether deliveries go straight to the backend, as far as is known. */
    boolean isStraight() {
        return via == RelayConfig.Via.DIRECT || sight.works();
    }

    /** Whatever the way was when it was last tried: what no other relay has promised to take goes by the line, or waits. */
    @Override
    public boolean byLine() {
        return onwardPromise().isEmpty();
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
