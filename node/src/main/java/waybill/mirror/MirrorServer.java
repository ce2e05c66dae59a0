package waybill.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Lans;
import waybill.discovery.RelaysSeen;
import waybill.discovery.UdpRelayFinder;
import waybill.discovery.dnssd.ServiceBrowser;
import waybill.hop.FaceService;
import waybill.hop.HopClient;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.origin.Copies;
import waybill.protocol.BackendUrl;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;
import waybill.requester.Clocks;
import waybill.requester.Exchange;
import waybill.requester.RequesterConfig;
import waybill.requester.outbox.Carrier;
import waybill.store.DurableFiles;
import waybill.store.LockedDirectory;
import waybill.store.content.ContentLimits;
import waybill.store.content.CopyStore;
import waybill.update.Giver;
import waybill.update.Holdings;
import waybill.update.Kept;
import waybill.update.Nearby;
import waybill.update.Supply;
import waybill.update.Words;
import waybill.update.share.Share;

/**
 * A local face of a backend's updates for programs that know nothing of this protocol (section 10.4, {@code files}): plain
 * HTTP, read and no more. Safe for use by several threads.
 */
public final class MirrorServer implements Closeable {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration HOUSEKEEPING = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(MirrorServer.class);

    private final MirrorConfig config;
    private final Clocks clocks = Clocks.system();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ExecutorService fetching = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("housekeeping").factory());
    private @Nullable LockedDirectory directory;
    private @Nullable HopClient hop;
    private @Nullable UdpRelayFinder finder;
    private @Nullable HopServer http;

    private MirrorServer(MirrorConfig config) {
        this.config = config;
    }

    /**
     * Starts it; on return files are given.
     *
     * @throws IOException if the data directory is in use or cannot be written, or the address is taken; the message says
     *     which
     */
    public static MirrorServer start(MirrorConfig config) throws IOException {
        MirrorServer mirror = new MirrorServer(config);
        boolean started = false;
        try {
            mirror.open();
            started = true;
            return mirror;
        } finally {
            if (!started) {
                mirror.close();
            }
        }
    }

    private void open() throws IOException {
        RequesterConfig node = config.node();
        BackendUrl backend = node.backend().orElseThrow();
        Path data = node.data();
        DurableFiles.directory(data, true);
        directory = LockedDirectory.lock(data);
        HttpHopClient client = HttpHopClient.create();
        hop = client;
        RelaysSeen seen = new RelaysSeen(clocks);
        UdpRelayFinder asks = new UdpRelayFinder(
                Lans.named(node.interfaces()),
                node.relays(),
                node.discoveryPort(),
                node.allowPlainLan(),
                seen,
                ServiceBrowser.wanted(node.dnsSd()));
        finder = asks;
        ContentLimits limits = config.cache().part(config.origins().isEmpty() ? 1 : 2);
        Holdings holdings = Holdings.open(node, limits, clocks);
        SecureRandom random = new SecureRandom();
        Nearby nearby = new Nearby(
                backend,
                () -> asks,
                client,
                () -> TaskId.fresh(clocks, random),
                seen,
                node.allowPlainLan(),
                Promise.MAX_HOPS,
                holdings.blame()::bars);
        Exchange exchange = new Exchange(node, client);
        NearSources.Lan lan = NearSources.Lan.of(nearby);
        Share share = new Share(
                holdings.vetting(),
                new Words(holdings.vetting(), holdings.blame()),
                new Supply(holdings.store(), holdings.blame(), true, clocks::ticks),
                new NearSources(node.via(), lan, () -> origin(exchange, backend, client), clocks::ticks),
                fetching,
                clocks::ticks);
        TakenUp takenUp = TakenUp.open(
                data.resolve("publications").resolve(Kept.nameOf(backend)).resolve("taken-up"), clocks);
        FaceService face = new ReleasedFiles(share, holdings.vetting(), takenUp);
        List<Runnable> expiries = new ArrayList<>(List.of(share::expire));
        if (!config.origins().isEmpty()) {
            Copies copies = new Copies(
                    CopyStore.open(data.resolve("origins"), limits, clocks),
                    new NearCouriers(backend, node.via(), lan, client, clocks::ticks),
                    fetching,
                    clocks,
                    clocks::ticks);
            face = new Face(face, config.origins(), copies);
            expiries.add(copies::expire);
        }
        http = HopServer.face(config.listen(), config.limits(), face);
        var _ = housekeeping.scheduleWithFixedDelay(
                () -> expiries.forEach(MirrorServer::quietly),
                HOUSEKEEPING.toSeconds(),
                HOUSEKEEPING.toSeconds(),
                TimeUnit.SECONDS);
    }

    private static List<Giver> origin(Exchange exchange, BackendUrl backend, HopClient hop) {
        Carrier itself = new Carrier.Direct(backend);
        return exchange.mayDial(backend)
                ? List.of(new Giver(itself, exchange.peer(itself, backend), hop, true))
                : List.of();
    }

    private static void quietly(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.warn("housekeeping failed and is tried again", e);
        }
    }

    /** Where it listens, with the port it really has. */
    public InetSocketAddress address() {
        return Optional.ofNullable(http)
                .orElseThrow(() -> new IllegalStateException("not started"))
                .address();
    }

    /** Gives no more, lets answers under way end within a few seconds, and returns when all is closed. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        housekeeping.shutdownNow();
        if (finder != null) {
            finder.close();
        }
        if (http != null) {
            http.close();
        }
        fetching.shutdownNow();
        if (hop != null) {
            hop.close();
        }
        try {
            if (!fetching.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("a download does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (directory != null) {
            try {
                directory.close();
            } catch (IOException e) {
                LOG.warn("closing: {}", e.toString());
            }
        }
    }
}
