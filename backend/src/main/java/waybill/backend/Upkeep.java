package waybill.backend;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.store.DeliveryStore;

/** What a running backend does from time to time. Each round is told by the clock alone. For one thread. */
final class Upkeep {
    /** How long receipts and parcels are kept (section 3). */
    static final Duration RETENTION = Duration.ofDays(400);
    /** How long it is remembered after that that a delivery was here. */
    static final Duration TOMBSTONES = Duration.ofDays(800);

    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration HALF_RECEIVED = Duration.ofDays(1);
    private static final Duration EXPIRE_EVERY = Duration.ofHours(1);
    private static final Duration WARN_EVERY = Duration.ofDays(1);

    private final LiveKeys keys;
    private final DeliveryStore store;
    private final InstantSource clock;
    private final Consumer<Credential> newTls;
    private final Function<Instant, Optional<String>> published;
    private Optional<Credential> servedTls;
    private Instant nextExpiry = Instant.MIN;
    private Instant nextWarning = Instant.MIN;

    /**
     * Upkeep of these.
     *
     * @param servedTls the TLS certificate that is served now; none behind a proxy
     * @param newTls is told when another one has taken over
     * @param published what is to be warned of about the publication
     */
    Upkeep(
            LiveKeys keys,
            DeliveryStore store,
            InstantSource clock,
            Optional<Credential> servedTls,
            Consumer<Credential> newTls,
            Function<Instant, Optional<String>> published) {
        this.keys = keys;
        this.store = store;
        this.clock = clock;
        this.servedTls = servedTls;
        this.newTls = newTls;
        this.published = published;
    }

    /** One round: due work only. */
    void round() throws IOException {
        Instant now = clock.instant();
        Keys current = keys.now();
        Optional<Credential> tls = Credential.current(current.tls(), now);
        if (tls.isPresent() && !tls.map(Credential::leaf).equals(servedTls.map(Credential::leaf))) {
            newTls.accept(tls.get());
            servedTls = tls;
            LOG.info("the TLS certificate {} has taken over", tls.get().file());
        }
        if (!now.isBefore(nextWarning)) {
            nextWarning = now.plus(WARN_EVERY);
            current.warnings(now).forEach(warning -> LOG.warn("{}: run 'waybill backend renew'", warning));
            published.apply(now).ifPresent(warning -> LOG.warn("{}: run 'waybill publish'", warning));
        }
        if (!now.isBefore(nextExpiry)) {
            nextExpiry = now.plus(EXPIRE_EVERY);
            store.expire(
                    now.minus(RETENTION), now.minus(Refusals.KEPT), now.minus(TOMBSTONES), now.minus(HALF_RECEIVED));
        }
    }
}
