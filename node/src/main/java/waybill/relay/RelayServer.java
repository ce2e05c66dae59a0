package waybill.relay;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Beacon;
import waybill.discovery.Lans;
import waybill.discovery.RelaysSeen;
import waybill.discovery.UdpRelayFinder;
import waybill.discovery.dnssd.Advertiser;
import waybill.discovery.dnssd.ServiceBrowser;
import waybill.hop.HopService;
import waybill.hop.UpdateService;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;
import waybill.origin.Copies;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.relay.onward.Neighbours;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.MeasuredRate;
import waybill.store.DeliveryStore;
import waybill.store.DurableFiles;
import waybill.store.LockedDirectory;
import waybill.store.content.CopyStore;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;
import waybill.trust.NodeIdentity;
import waybill.trust.TrackRecord;
import waybill.update.share.Share;

/**
 * A responding node (claim 1): answers requests on its LANs with alias URLs, takes deliveries into its upload directories
 * and forwards them to the backends of its own configuration, and to no other place. Safe for use by several threads.
 */
public final class RelayServer implements Closeable {
    /** Uploads under way may end in this time when the relay closes; then they are broken off, and begun anew later. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(RelayServer.class);

    private final RelayConfig config;
    private final InstantSource clock;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final List<Route> routes = new ArrayList<>();
    private final ExecutorService uploads = Executors.newVirtualThreadPerTaskExecutor();
    private final StepLoop housekeeping;
    private @Nullable LockedDirectory directory;
    private @Nullable Line line;
    private Route.@Nullable Clients clients;
    private @Nullable NodeIdentity identity;
    private @Nullable UdpRelayFinder finder;
    private @Nullable Blacklist blacklist;
    private @Nullable TrackRecord record;
    private @Nullable HopServer http;
    private @Nullable Beacon beacon;
    private @Nullable Advertiser advertiser;

    private RelayServer(RelayConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.housekeeping = new StepLoop("housekeeping", clock);
    }

    /**
     * Starts everything; on return deliveries are taken and what was held before is on its way again.
     *
     * @throws IOException if the data directory is in use or cannot be written, the address is taken, or an interface is
     *     missing; the message says which
     */
    public static RelayServer start(RelayConfig config) throws IOException {
        RelayServer relay = new RelayServer(config, InstantSource.system());
        boolean started = false;
        try {
            relay.open();
            started = true;
            return relay;
        } finally {
            if (!started) {
                relay.close();
            }
        }
    }

    private void open() throws IOException {
        DurableFiles.directory(config.dataDir(), true);
        directory = LockedDirectory.lock(config.dataDir());
        identity = NodeIdentity.load(config.dataDir(), clock);
        finder = new UdpRelayFinder(
                Lans.named(config.interfaces()),
                config.relays(),
                config.discoveryPort(),
                config.allowPlainLan(),
                new RelaysSeen(clock),
                ServiceBrowser.wanted(config.dnsSd()));
        blacklist = FileBlacklist.open(config.dataDir(), clock);
        record = TrackRecord.open(config.dataDir(), clock);
        Aliases aliases = Aliases.load(
                config.dataDir().resolve("aliases"),
                config.backends().stream().map(RelayConfig.Backend::url).toList(),
                new SecureRandom());
        line = Line.open(limits(config), config.dataDir().resolve("usage"), clock);
        HttpHopClient uplink = HttpHopClient.metered(line);
        clients = new Route.Clients(uplink, HttpHopClient.create());
        Map<String, HopService> mounts = new HashMap<>();
        Map<String, UpdateService> updates = new HashMap<>();
        List<Runnable> expiries = new ArrayList<>();
        OriginWay origins =
                new OriginWay(config.origins(), uplink, line, new MeasuredRate(config.startRate()), System::nanoTime);
        Optional<Copies> copies = copies(origins);
        copies.ifPresent(all -> expiries.add(all::expire));
        Map<BackendUrl, AliasAnswerer.Alias> answers = new HashMap<>();
        for (RelayConfig.Backend backend : config.backends()) {
            String alias = aliases.of(backend.url());
            Route route = Route.open(
                    config,
                    backend,
                    alias,
                    directoryOf(backend.url()),
                    clients,
                    line,
                    this::neighbours,
                    uploads,
                    clock);
            routes.add(route);
            mounts.put(alias, route.service());
            Optional<Share> share = Sharing.open(
                    config,
                    backend,
                    directoryOf(backend.url()),
                    new UpdateWay(backend, clients.uplink(), route.ways(), line, route.measured()),
                    node(),
                    finder,
                    clients.lan(),
                    blacklist,
                    uploads,
                    clock);
            share.ifPresent(one -> {
                updates.put(
                        alias,
                        copies.<UpdateService>map(all -> new RelayUpdates(one, origins, all))
                                .orElse(one));
                expiries.add(one::expire);
            });
            answers.put(backend.url(), new AliasAnswerer.Alias(alias, route.service(), share, origins::offers));
        }
        warnOfStrays();
        Optional<ServerIdentity> tls = config.allowPlainLan()
                ? Optional.empty()
                : Optional.of(new ServerIdentity(identity.key(), List.of(identity.certificate())));
        http = HopServer.start(
                config.listen(),
                tls,
                config.hopLimits(),
                path -> Optional.ofNullable(mounts.get(path)),
                path -> Optional.ofNullable(updates.get(path)));
        routes.forEach(Route::start);
        List<DeliveryStore> stores = routes.stream().map(Route::store).toList();
        Housekeeper housekeeper = new Housekeeper(stores, expiries, config.retention(), this::warnings, clock);
        housekeeping.start(housekeeper::step);
        InetAddress listen = config.listen().getAddress();
        Lans all = Lans.named(config.interfaces());
        Lans lans = listen.isAnyLocalAddress() ? all : all.only(listen);
        beacon = Beacon.start(
                lans,
                config.discoveryPort(),
                config.served(),
                new AliasAnswerer(identity.node(), tls.isPresent(), http.address(), answers),
                Beacon.Limits.DEFAULT);
        if (config.dnsSd()) {
            advertiser = Advertiser.start(lans, config.discoveryPort(), identity.node());
        }
    }

    /** What is copied for the LAN, if any origin was named. */
    private Optional<Copies> copies(OriginWay origins) throws IOException {
        if (config.origins().isEmpty() || config.cache().isEmpty()) {
            return Optional.empty();
        }
        CopyStore store = CopyStore.open(
                config.dataDir().resolve("origins"), config.cache().get().part(2), clock);
        return Optional.of(new Copies(store, origins, uploads, clock, System::nanoTime));
    }

    /** What goes by other relays alone never uses the line. */
    private static LineLimits limits(RelayConfig config) {
        return config.via() == RelayConfig.Via.LAN ? LineLimits.unlimited() : config.line();
    }

    private Neighbours neighbours(BackendUrl backend) {
        SecureRandom random = new SecureRandom();
        return new Neighbours(
                backend,
                node(),
                config.relays().stream().flatMap(relay -> relay.node().stream()).collect(Collectors.toSet()),
                Neighbours.Asker.of(running(finder)),
                () -> TaskId.fresh(clock, random),
                running(blacklist),
                running(record),
                config.allowPlainLan(),
                System::nanoTime,
                random);
    }

    /** Named by the backend's URL, so that deliveries are found again even if the aliases are lost. */
    private Path directoryOf(BackendUrl backend) {
        return backends()
                .resolve(Sha256.of(backend.toString().getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 16));
    }

    private Path backends() {
        return config.dataDir().resolve("backends");
    }

    /** Deliveries for a backend that is no longer configured are kept, and somebody should know. */
    private void warnOfStrays() throws IOException {
        Set<Path> own = config.backends().stream()
                .map(backend -> directoryOf(backend.url()))
                .collect(Collectors.toSet());
        try (Stream<Path> all = Files.list(backends())) {
            all.filter(path -> !own.contains(path))
                    .forEach(
                            path -> LOG.warn("{} belongs to a backend that is not configured; it is left alone", path));
        }
    }

    /** Who this relay is. */
    public NodeId node() {
        return running(identity).node();
    }

    /** Where the HTTP service listens, with the port it really has. */
    public InetSocketAddress address() {
        return running(http).address();
    }

    /** The path of the alias URL of each backend. */
    public Map<BackendUrl, String> aliases() {
        Map<BackendUrl, String> aliases = new LinkedHashMap<>();
        routes.forEach(route -> aliases.put(route.backend(), route.alias()));
        return aliases;
    }

    /** How it fares now. */
    public Health health() {
        Instant now = clock.instant();
        List<Health.BackendHealth> backends = new ArrayList<>();
        for (Route route : routes) {
            try {
                backends.add(route.health(now));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Health(node(), backends, warnings());
    }

    private List<String> warnings() {
        return routes.stream()
                .flatMap(route -> route.healthLog().warnings().stream())
                .distinct()
                .toList();
    }

    private static <T> T running(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("not started");
        }
        return part;
    }

    /**
     * Stops taking deliveries, lets uploads under way end within a few seconds, and returns when all is closed; what is
     * held stays held and goes on after the next start. A second call does nothing.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        if (advertiser != null) {
            advertiser.close();
        }
        if (beacon != null) {
            beacon.close();
        }
        routes.forEach(Route::stopTaking);
        if (finder != null) {
            finder.close();
        }
        if (http != null) {
            http.close();
        }
        uploads.shutdown();
        try {
            for (Route route : routes) {
                route.stopForwarding();
            }
            housekeeping.stop();
            if (!uploads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("uploads under way are broken off; they begin anew after the next start");
            }
            closeClients();
            uploads.shutdownNow();
            if (!uploads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("an upload does not end");
            }
        } catch (InterruptedException e) {
            closeClients();
            uploads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        for (Route route : routes) {
            closeQuietly(route::close);
        }
        if (line != null) {
            closeQuietly(line);
        }
        if (directory != null) {
            closeQuietly(directory);
        }
    }

    private void closeClients() {
        if (clients != null) {
            clients.close();
        }
    }

    private static void closeQuietly(Closeable part) {
        try {
            part.close();
        } catch (IOException e) {
            LOG.warn("closing: {}", e.toString());
        }
    }
}
