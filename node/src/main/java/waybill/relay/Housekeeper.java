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

/** Once an hour: lets go of what has passed its retention, and says what an operator should see to. For one thread. */
final class Housekeeper {
    private static final Duration EVERY = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);

    private final List<DeliveryStore> stores;
    private final RelayConfig.Retention retention;
    private final Supplier<List<String>> warnings;
    private final InstantSource clock;
    private Instant next;
    private List<String> said = List.of();

    Housekeeper(
            List<DeliveryStore> stores,
            RelayConfig.Retention retention,
            Supplier<List<String>> warnings,
            InstantSource clock) {
        this.stores = List.copyOf(stores);
        this.retention = retention;
        this.warnings = warnings;
        this.clock = clock;
        this.next = clock.instant();
    }

    /** Does it if it is time, and says when it is time again. */
    Instant step() throws IOException {
        Instant now = clock.instant();
        if (next.isAfter(now) && !next.isAfter(now.plus(EVERY))) {
            return next;
        }
        next = now.plus(EVERY);
        List<String> news = warnings.get();
        if (!news.equals(said)) {
            news.forEach(LOG::warn);
            said = news;
        }
        for (DeliveryStore store : stores) {
            store.expire(
                    now.minus(retention.receipts()),
                    now.minus(retention.refusals()),
                    now.minus(retention.tombstones()),
                    now.minus(retention.incoming()));
        }
        return next;
    }
}
