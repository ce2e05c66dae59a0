package waybill.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.BackendUrl;
import waybill.signature.SignedPackets;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

/**
 * All of a relay that belongs to one backend: its alias, its upload directory and its upload service. Deliveries of
 * different backends never meet, for the same bytes under the same ID may be on their way to both. Safe for use by several
 * threads.
 */
final class Route {
    private final BackendUrl backend;
    private final String alias;
    private final DeliveryStore store;
    private final HealthLog health;
    private final StepLoop loop;
    private final UploadService uploads;
    private final RelayService service;

    private Route(
            BackendUrl backend,
            String alias,
            DeliveryStore store,
            HealthLog health,
            StepLoop loop,
            UploadService uploads,
            RelayService service) {
        this.backend = backend;
        this.alias = alias;
        this.store = store;
        this.health = health;
        this.loop = loop;
        this.uploads = uploads;
        this.service = service;
    }

    /**
     * Opens the upload directory; nothing is forwarded before {@link #start}.
     *
     * @param directory of this backend alone
     * @param executor runs the uploads
     */
    static Route open(
            RelayConfig config,
            RelayConfig.Backend backend,
            String alias,
            Path directory,
            HopClient client,
            Executor executor,
            InstantSource clock)
            throws IOException {
        Peer peer = backend.peer();
        RandomGenerator random = new SecureRandom();
        Verifier verifier = Verifier.of(new SignedPackets(backend.trust(), clock), backend.url());
        HealthLog health = new HealthLog(backend.url(), backend.trust().anchors(), clock);
        Uplink uplink = new Uplink(config.startRate());
        Waiters waiters = new Waiters(config.hopLimits().maxConnections());
        DeliveryStore store = new LocalDeliveryStore(
                directory, part(config.storeLimits(), config.backends().size()), clock);
        boolean opened = false;
        try {
            ProfileCache profile =
                    new ProfileCache(directory.resolve("profile.cms"), () -> client.profile(peer), verifier, clock);
            StepLoop loop = new StepLoop("uploads to " + backend.url(), clock);
            Forwarder forwarder = new Forwarder(
                    store,
                    client,
                    peer,
                    verifier,
                    uplink,
                    health,
                    waiters,
                    Backoff.ofDelivery(random),
                    clock,
                    System::nanoTime);
            UploadService uploads = new UploadService(
                    store,
                    forwarder::forward,
                    health,
                    config.every(),
                    config.concurrency(),
                    Backoff.ofBackend(random),
                    clock,
                    executor,
                    loop::wake);
            RelayService service = new RelayService(
                    backend.url(),
                    store,
                    uploads,
                    uplink,
                    profile,
                    waiters,
                    config.every(),
                    config.concurrency(),
                    config.hopLimits().maxBody(),
                    clock);
            Route route = new Route(backend.url(), alias, store, health, loop, uploads, service);
            opened = true;
            return route;
        } finally {
            if (!opened) {
                store.close();
            }
        }
    }

    /** The limits are those of the relay: its backends have equal parts. */
    private static StoreLimits part(StoreLimits whole, int backends) {
        return new StoreLimits(
                whole.quota() / backends, whole.freeFloor(), whole.share(), Math.max(1, whole.maxHeld() / backends));
    }

    /** Goes on with what is held. */
    void start() {
        loop.start(uploads::step);
    }

    /** Takes no deliveries and begins no uploads any more; those under way go on. */
    void stopTaking() {
        service.close();
        uploads.stop();
    }

    /** Returns when no upload can begin any more. */
    void stopForwarding() throws InterruptedException {
        loop.stop();
    }

    /** Closes the upload directory; nothing may be under way. */
    void close() throws IOException {
        store.close();
    }

    BackendUrl backend() {
        return backend;
    }

    String alias() {
        return alias;
    }

    DeliveryStore store() {
        return store;
    }

    RelayService service() {
        return service;
    }

    HealthLog healthLog() {
        return health;
    }

    /** How it fares now. */
    Health.BackendHealth health(Instant now) throws IOException {
        Instant next = uploads.nextRun();
        return new Health.BackendHealth(
                backend,
                alias,
                health.state(),
                store.pending(),
                store.backlog(),
                next.isAfter(now) ? next : now,
                health.lastSuccess(),
                health.lastFailure());
    }
}
