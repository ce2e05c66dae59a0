package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.store.DeliveryStore;

/**
 * Once an hour: lets go of what has passed its retention, and says what an operator should see to. What fails keeps nothing
 * else from being done, and all is done again soon. For one thread.
 */
final class Housekeeper {
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);

    private final List<DeliveryStore> stores;
    private final List<Runnable> others;
    private final RelayConfig.Retention retention;
    private final Supplier<List<String>> warnings;
    private final InstantSource clock;
    private Instant next;
    private List<String> said = List.of();

    /** What is done for one part of the house. */
    private interface Chore {
        void run() throws IOException;
    }

    /** @param others let go of what has passed its time elsewhere, whenever they are called */
    Housekeeper(
            List<DeliveryStore> stores,
            List<Runnable> others,
            RelayConfig.Retention retention,
            Supplier<List<String>> warnings,
            InstantSource clock) {
        this.stores = List.copyOf(stores);
        this.others = List.copyOf(others);
        this.retention = retention;
        this.warnings = warnings;
        this.clock = clock;
        this.next = clock.instant();
    }

    /** Does it if it is time, what is old elsewhere each time, and says when it is time again. */
    Instant step() {
        others.forEach(other -> does("what is kept of updates", other::run));
        Instant now = clock.instant();
        if (next.isAfter(now) && !next.isAfter(now.plus(EVERY))) {
            return next;
        }
        boolean done = does("the warnings", this::warn);
        for (DeliveryStore store : stores) {
            done &= does("the upload directory", () -> expire(store, now));
        }
        next = now.plus(done ? EVERY : AGAIN);
        return next;
    }

    private static boolean does(String what, Chore chore) {
        try {
            chore.run();
            return true;
        } catch (IOException e) {
            LOG.error("housekeeping of {} failed, it is tried again in a minute: {}", what, e.toString());
        } catch (RuntimeException e) {
            // The outermost edge of a chore: the others are not to wait for it.
            LOG.error("housekeeping of {} failed unexpectedly, it is tried again in a minute", what, e);
        }
        return false;
    }

    private void warn() {
        List<String> news = warnings.get();
        if (!news.equals(said)) {
            news.forEach(LOG::warn);
            said = news;
        }
    }

    private void expire(DeliveryStore store, Instant now) throws IOException {
        store.expire(
                now.minus(retention.receipts()),
                now.minus(retention.refusals()),
                now.minus(retention.tombstones()),
                now.minus(retention.incoming()));
    }
}
