package waybill.backend;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileUrl;
import waybill.signature.TrustPolicy;
import waybill.store.DeliveryStore;
import waybill.store.local.LocalDeliveryStore;

/**
 * A running backend: takes deliveries over the hop API, stores them, answers with signed receipts (sections 3 to 5),
 * and gives what is published (section 10).
 *
 * <p>Safe for use by several threads.
 */
public final class BackendServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackendServer.class);
    private static final long ROUND_SECONDS = 60;

    private final BackendUrl url;
    private final LiveKeys keys;
    private final DeliveryStore store;
    private final HopServer server;
    private final Thread upkeep;
    private final CountDownLatch closing = new CountDownLatch(1);

    private BackendServer(
            BackendUrl url,
            LiveKeys keys,
            DeliveryStore store,
            HopServer server,
            Optional<Credential> tls,
            Optional<LivePublication> published,
            InstantSource clock) {
        this.url = url;
        this.keys = keys;
        this.store = store;
        this.server = server;
        Upkeep rounds = new Upkeep(
                keys,
                store,
                clock,
                tls,
                next -> server.become(identity(next)),
                now -> published.flatMap(one -> one.warning(now)));
        this.upkeep = Thread.ofVirtual().name("backend-upkeep").start(() -> keepUp(rounds));
    }

    /**
     * Checks keys and certificates, recovers what a crash left, and serves.
     *
     * @throws BackendSetupException if the directory cannot be run as it is
     * @throws IOException if the data cannot be opened (another server holds it) or the address is taken
     */
    public static BackendServer start(BackendConfig config, InstantSource clock)
            throws IOException, BackendSetupException {
        BackendDirectory files = new BackendDirectory(config.directory());
        BackendDirectory.Settings settings = files.settings();
        LiveKeys keys = new LiveKeys(
                files, settings.url(), !config.plainHttp(), config.allowRsa1024() || settings.allowRsa1024(), clock);
        Instant now = clock.instant();
        if (keys.now().terms().maxSize() != settings.maxSize()) {
            LOG.warn(
                    "the profile says maxsize {}, backend.properties {}: run 'waybill backend renew'",
                    keys.now().terms().maxSize(),
                    settings.maxSize());
        }
        if (Files.exists(files.offline())) {
            LOG.warn(
                    "{} is on the server: move it to a safe place, whoever breaks in must not find it",
                    files.offline());
        }
        Optional<Credential> tls = Credential.current(keys.now().tls(), now);
        DeliveryStore store = new LocalDeliveryStore(files.data(), config.store(), clock);
        boolean started = false;
        try {
            Intake intake = new Intake(settings.url(), settings.maxSize(), keys, store, clock);
            intake.recover();
            Optional<LivePublication> published = published(files, settings, config, keys, clock);
            HopServer server = HopServer.start(
                    config.listen(),
                    tls.map(BackendServer::identity),
                    // The intake has its own limit, and says no to what is larger with a signature.
                    config.limits().withMaxBody(Long.MAX_VALUE),
                    base -> base.equals(settings.url().path()) ? Optional.of(intake) : Optional.empty(),
                    base -> published
                            .filter(_ -> base.equals(settings.url().path()))
                            .map(one -> one));
            started = true;
            return new BackendServer(settings.url(), keys, store, server, tls, published, clock);
        } finally {
            if (!started) {
                store.close();
            }
        }
    }

    /** What is published, unless the backend's URL is one that cannot have files. */
    private static Optional<LivePublication> published(
            BackendDirectory files,
            BackendDirectory.Settings settings,
            BackendConfig config,
            LiveKeys keys,
            InstantSource clock) {
        try {
            FileUrl.publishing(settings.url());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        boolean rsa1024 = config.allowRsa1024() || settings.allowRsa1024();
        return Optional.of(new LivePublication(
                files.published(),
                settings.url(),
                () -> new TrustPolicy(keys.now().anchors(), rsa1024, Duration.ZERO),
                clock));
    }

    /** The URL that receipts name. */
    public BackendUrl url() {
        return url;
    }

    /** Where it listens, the port it took included. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** Whether it holds an age identity and opens what comes. */
    public boolean opens() {
        return !keys.now().identities().isEmpty();
    }

    /** Takes nothing new, ends what is under way, and returns once everything is closed. */
    @Override
    public void close() {
        closing.countDown();
        server.close();
        try {
            upkeep.join();
            store.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.error("closing the store", e);
        }
    }

    private void keepUp(Upkeep rounds) {
        try {
            do {
                try {
                    rounds.round();
                } catch (IOException | RuntimeException e) {
                    LOG.error("upkeep failed; it is tried again", e);
                }
            } while (!closing.await(ROUND_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ServerIdentity identity(Credential credential) {
        return new ServerIdentity(credential.key(), credential.chain());
    }
}
