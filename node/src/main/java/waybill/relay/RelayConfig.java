package waybill.relay;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import waybill.discovery.NamedRelay;
import waybill.discovery.Network;
import waybill.hop.HopLimits;
import waybill.hop.HttpProxy;
import waybill.hop.Peer;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.protocol.Promise;
import waybill.relay.uplink.LineLimits;
import waybill.signature.TrustPolicy;
import waybill.store.StoreLimits;
import waybill.store.content.ContentLimits;

/**
 * All that an operator says to a relay. Immutable; {@link #of} starts from the defaults.
 *
 * @param dataDir where identity, aliases and deliveries are kept; one process at a time
 * @param backends the only places this relay forwards to, at least one, each once
 * @param listen where its HTTP service listens; port 0 takes any free one
 * @param interfaces the interfaces it answers on; an empty list means all that are up, the loopback apart
 * @param relays others that it asks by unicast when it looks for a way
 * @param served networks beyond those interfaces that it answers by unicast; none by default
 * @param discoveryPort the UDP port of discovery
 * @param dnsSd whether it is advertised by DNS-SD, and looks for others there
 * @param every the period of the upload service; zero forwards at once
 * @param concurrency uploads to one backend at once, 1 to 64
 * @param startRate bytes per second the uplink is taken to make before anything was measured
 * @param line what the line to the backends may carry, and when
 * @param hopLimits what the HTTP service takes from its peers
 * @param storeLimits what the upload directories hold together
 * @param retention how long things are kept
 * @param cache what is kept of updates to be given on the LAN; empty if this relay gives none
 * @param origins what has no release and is copied for the LAN, each once; none unless updates are given
 * @param via whether to look for the next relay where the backend cannot be reached
 * @param allowPlainLan serve plain HTTP on the LAN instead of HTTPS
 * @param allowPlainBackend allow backends whose URL is {@code http://}
 */
public record RelayConfig(
        Path dataDir,
        List<Backend> backends,
        InetSocketAddress listen,
        List<String> interfaces,
        List<NamedRelay> relays,
        List<Network> served,
        int discoveryPort,
        boolean dnsSd,
        Duration every,
        int concurrency,
        long startRate,
        LineLimits line,
        HopLimits hopLimits,
        StoreLimits storeLimits,
        Retention retention,
        Optional<ContentLimits> cache,
        List<Origin> origins,
        Via via,
        boolean allowPlainLan,
        boolean allowPlainBackend) {
    /** The standard port, UDP and TCP. */
    public static final int STANDARD_PORT = 7506;

    /** Which way deliveries go. */
    public enum Via {
        /** Straight to the backend, or by the next relay where that cannot be reached. */
        AUTO,
        /** Straight to the backend alone. */
        DIRECT,
        /** By the next relay alone. */
        LAN
    }

    /**
     * A backend this relay forwards to.
     *
     * @param url as it is configured at the backend itself
     * @param trust whose receipts count
     * @param tls what the backend must prove before anything is sent
     * @param connectTo where to dial instead of the URL's host and port
     * @param proxy whose tunnel leads there
     */
    public record Backend(
            BackendUrl url,
            TrustPolicy trust,
            Peer.Identity tls,
            Optional<InetSocketAddress> connectTo,
            Optional<HttpProxy> proxy) {
        /** A backend that is dialled without a proxy. */
        public Backend(BackendUrl url, TrustPolicy trust, Peer.Identity tls, Optional<InetSocketAddress> connectTo) {
            this(url, trust, tls, connectTo, Optional.empty());
        }

        /** Whom the client half dials. */
        Peer peer() {
            return new Peer(url.uri(), tls, connectTo, proxy, Optional.of(url));
        }
    }

    /**
     * How long things are kept.
     *
     * @param receipts from the time they came
     * @param refusals from the time they came; they are not for ever, and whoever lost one sends again
     * @param tombstones what is left of a delivery after that, from then on
     * @param incoming half-received files since they were last written
     */
    public record Retention(Duration receipts, Duration refusals, Duration tombstones, Duration incoming) {
        /** 30 days, 24 hours, 90 days, 1 hour. */
        public static final Retention DEFAULT =
                new Retention(Duration.ofDays(30), Duration.ofHours(24), Duration.ofDays(90), Duration.ofHours(1));

        /** @throws IllegalArgumentException if a time is not positive */
        public Retention {
            if (!receipts.isPositive()
                    || !refusals.isPositive()
                    || !tombstones.isPositive()
                    || !incoming.isPositive()) {
                throw new IllegalArgumentException("retention times are positive");
            }
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range; the message says which */
    public RelayConfig {
        backends = List.copyOf(backends);
        interfaces = List.copyOf(interfaces);
        relays = List.copyOf(relays);
        served = List.copyOf(served);
        origins = List.copyOf(origins);
        if (backends.isEmpty()) {
            throw new IllegalArgumentException("a relay needs a backend to forward to");
        }
        if (backends.stream().map(Backend::url).distinct().count() != backends.size()) {
            throw new IllegalArgumentException("a backend is named twice");
        }
        for (Backend backend : backends) {
            if (backend.url().encrypted() == backend.tls() instanceof Peer.Identity.Plain) {
                throw new IllegalArgumentException(
                        "https:// is proved by TLS, and only http:// by nothing: " + backend.url());
            }
            if (!backend.url().encrypted() && !allowPlainBackend) {
                throw new IllegalArgumentException("plain HTTP to a backend must be allowed by name: " + backend.url());
            }
        }
        if (origins.stream().map(Origin::url).distinct().count() != origins.size()) {
            throw new IllegalArgumentException("an origin is named twice");
        }
        if (!origins.isEmpty() && (cache.isEmpty() || via == Via.LAN)) {
            throw new IllegalArgumentException(
                    "an origin is fetched from to be shared, and straight: not without sharing, nor by the LAN alone");
        }
        if (discoveryPort < 1 || discoveryPort > 65535) {
            throw new IllegalArgumentException("the discovery port is from 1 to 65535");
        }
        if (every.isNegative() || every.toSeconds() > Promise.MAX_SECONDS) {
            throw new IllegalArgumentException("the period is from 0 to 400 days");
        }
        if (concurrency < 1 || concurrency > 64) {
            throw new IllegalArgumentException("uploads at once are from 1 to 64");
        }
        if (startRate < 1 || startRate > Promise.MAX_BYTES) {
            throw new IllegalArgumentException("the start rate is from 1 byte per second to 2^50");
        }
    }

    /**
     * The defaults: {@code 0.0.0.0:7506}, all interfaces, at once, four uploads, 256 KiB/s to begin with, HTTPS on the LAN
     * and to the backend.
     */
    public static RelayConfig of(Path dataDir, List<Backend> backends) {
        return builder(dataDir, backends).build();
    }

    /** A builder that holds the defaults. */
    public static Builder builder(Path dataDir, List<Backend> backends) {
        return new Builder(dataDir, backends);
    }

    /** Collects what differs from the defaults. For one thread. */
    public static final class Builder {
        private final Path dataDir;
        private final List<Backend> backends;
        private InetSocketAddress listen = new InetSocketAddress("0.0.0.0", STANDARD_PORT);
        private List<String> interfaces = List.of();
        private List<NamedRelay> relays = List.of();
        private List<Network> served = List.of();
        private int discoveryPort = STANDARD_PORT;
        private boolean dnsSd = true;
        private Duration every = Duration.ZERO;
        private int concurrency = 4;
        private long startRate = 256 * 1024;
        private LineLimits line = LineLimits.unlimited();
        private HopLimits hopLimits = HopLimits.DEFAULT;
        private StoreLimits storeLimits = StoreLimits.DEFAULT;
        private Retention retention = Retention.DEFAULT;
        private Optional<ContentLimits> cache = Optional.of(ContentLimits.DEFAULT);
        private List<Origin> origins = List.of();
        private Via via = Via.AUTO;
        private boolean allowPlainLan;
        private boolean allowPlainBackend;

        private Builder(Path dataDir, List<Backend> backends) {
            this.dataDir = dataDir;
            this.backends = backends;
        }

        /** Where the HTTP service listens. */
        public Builder listen(InetSocketAddress value) {
            listen = value;
            return this;
        }

        /** The interfaces it answers on. */
        public Builder interfaces(List<String> value) {
            interfaces = value;
            return this;
        }

        /** Other relays that are asked by unicast, too. */
        public Builder relays(List<NamedRelay> value) {
            relays = value;
            return this;
        }

        /** Networks that are answered by unicast, too. */
        public Builder served(List<Network> value) {
            served = value;
            return this;
        }

        /** The UDP port of discovery. */
        public Builder discoveryPort(int value) {
            discoveryPort = value;
            return this;
        }

        /** Whether it is advertised by DNS-SD, and looks for others there. */
        public Builder dnsSd(boolean value) {
            dnsSd = value;
            return this;
        }

        /** The period of the upload service. */
        public Builder every(Duration value) {
            every = value;
            return this;
        }

        /** Uploads to one backend at once. */
        public Builder concurrency(int value) {
            concurrency = value;
            return this;
        }

        /** The uplink's rate before anything was measured, in bytes per second. */
        public Builder startRate(long value) {
            startRate = value;
            return this;
        }

        /** What the line may carry, and when. */
        public Builder line(LineLimits value) {
            line = value;
            return this;
        }

        /** What the HTTP service takes. */
        public Builder hopLimits(HopLimits value) {
            hopLimits = value;
            return this;
        }

        /** What the upload directories hold. */
        public Builder storeLimits(StoreLimits value) {
            storeLimits = value;
            return this;
        }

        /** How long things are kept. */
        public Builder retention(Retention value) {
            retention = value;
            return this;
        }

        /** What is kept of updates; empty if none are given. */
        public Builder cache(Optional<ContentLimits> value) {
            cache = value;
            return this;
        }

        /** What has no release and is copied for the LAN. */
        public Builder origins(List<Origin> value) {
            origins = value;
            return this;
        }

        /** Which way deliveries go. */
        public Builder via(Via value) {
            via = value;
            return this;
        }

        /** Whether to serve plain HTTP on the LAN. */
        public Builder allowPlainLan(boolean value) {
            allowPlainLan = value;
            return this;
        }

        /** Whether {@code http://} backends are allowed. */
        public Builder allowPlainBackend(boolean value) {
            allowPlainBackend = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a value is out of its range; the message says which
         */
        public RelayConfig build() {
            return new RelayConfig(
                    dataDir,
                    backends,
                    listen,
                    interfaces,
                    relays,
                    served,
                    discoveryPort,
                    dnsSd,
                    every,
                    concurrency,
                    startRate,
                    line,
                    hopLimits,
                    storeLimits,
                    retention,
                    cache,
                    origins,
                    via,
                    allowPlainLan,
                    allowPlainBackend);
        }
    }
}
