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
import waybill.relay.onward.Neighbours;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.MeasuredRate;
import waybill.signature.SignedPackets;
import waybill.store.DeliveryStore;
import waybill.store.local.LocalDeliveryStore;

/**
 * All of a relay that belongs to one backend: its alias, its upload directory and its upload service. Deliveries of
 * different backends never meet, for the same bytes under the same ID may be on their way to both. Safe for use by several
 * threads.
 */
final class Route {
    /** What lies beyond this relay. */
    @FunctionalInterface
    interface Outside {
        /** The relays that may know a way to this backend. */
        Neighbours neighbours(BackendUrl backend);
    }

    private final BackendUrl backend;
    private final String alias;
    private final DeliveryStore store;
    private final HealthLog health;
    private final StepLoop loop;
    private final UploadService uploads;
    private final Ways ways;
    private final RelayService service;
    private final MeasuredRate measured;

    /**
     * Who speaks to others.
     *
     * @param uplink to backends, every byte counted
     * @param lan to other relays
     */
    record Clients(HopClient uplink, HopClient lan) implements AutoCloseable {
        @Override
        public void close() {
            uplink.close();
            lan.close();
        }
    }

    private Route(
            BackendUrl backend,
            String alias,
            DeliveryStore store,
            HealthLog health,
            StepLoop loop,
            UploadService uploads,
            Ways ways,
            RelayService service,
            MeasuredRate measured) {
        this.backend = backend;
        this.alias = alias;
        this.store = store;
        this.health = health;
        this.loop = loop;
        this.uploads = uploads;
        this.ways = ways;
        this.service = service;
        this.measured = measured;
    }

    /**
     * Opens the upload directory; nothing is forwarded before {@link #start}.
     *
     * @param directory of this backend alone
     * @param outside knows the other relays
     * @param executor runs the uploads
     */
    static Route open(
            RelayConfig config,
            RelayConfig.Backend backend,
            String alias,
            Path directory,
            Clients clients,
            Line line,
            Outside outside,
            Executor executor,
            InstantSource clock)
            throws IOException {
        Peer peer = backend.peer();
        RandomGenerator random = new SecureRandom();
        Verifier verifier = Verifier.of(new SignedPackets(backend.trust(), clock), backend.url());
        HealthLog health = new HealthLog(backend.url(), backend.trust().anchors(), clock);
        MeasuredRate measured = new MeasuredRate(config.startRate());
        int concurrency = line.atOnce(config.concurrency());
        Waiters waiters = new Waiters(config.hopLimits().maxConnections());
        // The limits are those of the relay: its backends have equal parts.
        DeliveryStore store = new LocalDeliveryStore(
                directory, config.storeLimits().part(config.backends().size()), clock);
        boolean opened = false;
        try {
            Neighbours neighbours = outside.neighbours(backend.url());
            Sight sight = new Sight(clients.uplink(), peer, config.via(), neighbours, verifier, System::nanoTime);
            ProfileCache profile = new ProfileCache(directory.resolve("profile.cms"), sight::profile, verifier, clock);
            StepLoop loop = new StepLoop("uploads to " + backend.url(), clock);
            Custody custody = new Custody();
            Outcomes outcomes =
                    new Outcomes(store, verifier, health, waiters, custody, Backoff.ofDelivery(random), clock);
            Forwarder forwarder =
                    new Forwarder(store, clients.uplink(), peer, outcomes, measured, health, System::nanoTime);
            Handover handover = new Handover(
                    backend.url(), store, clients.lan(), neighbours, outcomes, custody, profile, System::nanoTime);
            Ways ways =
                    new Ways(config.via(), forwarder, handover, neighbours, sight, profile, executor, System::nanoTime);
            UploadService uploads = new UploadService(
                    store,
                    ways,
                    health,
                    line,
                    measured,
                    config.every(),
                    concurrency,
                    Backoff.ofBackend(random),
                    clock,
                    System::nanoTime,
                    executor,
                    loop::wake);
            RelayService service = new RelayService(
                    backend.url(),
                    store,
                    uploads,
                    measured,
                    line,
                    ways,
                    new CutThrough(forwarder, uploads, ways, executor, concurrency, CutThrough.LEAST),
                    profile,
                    waiters,
                    config.every(),
                    concurrency,
                    config.hopLimits().maxBody(),
                    clock);
            Route route = new Route(backend.url(), alias, store, health, loop, uploads, ways, service, measured);
            opened = true;
            return route;
        } finally {
            if (!opened) {
                store.close();
            }
        }
    }

    /** Goes on with what is held. */
    void start() {
        ways.look();
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

    Ways ways() {
        return ways;
    }

    /** How fast its line is. */
    MeasuredRate measured() {
        return measured;
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
