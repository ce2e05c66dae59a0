package waybill.requester;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import waybill.discovery.NamedRelay;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.ReceiptDeadline;
import waybill.proxy.Proxies;
import waybill.signature.TrustPolicy;

/**
 * How one sender works. Immutable; made by {@link #builder}.
 *
 * @param data where outbox, black list and what is known of backends and relays are kept
 * @param receipts where receipts are kept, each with its {@code waybill.xml}
 * @param backend where new tasks go; a task in the outbox goes on to its own
 * @param trust whose signatures count
 * @param tlsAnchors what TLS to the backend accepts
 * @param tlsSystem whether it accepts the system's anchors too
 * @param via which ways are tried
 * @param interfaces of discovery by name; empty for all but the loopback, {@code none} for none
 * @param relays asked by unicast beside the interfaces
 * @param discoveryPort UDP port of discovery, 1 to 65535
 * @param dnsSd whether relays are looked for by DNS-SD, too
 * @param allowPlainLan whether alias URLs of {@code http} are taken
 * @param allowPlainBackend whether the backend may be dialled by {@code http}
 * @param connectTo where to dial instead of the backend URL's host
 * @param proxies which of them lead to backends
 * @param clamp of the maximum wait
 * @param giveUp the most time spent looking for somebody in one run; time in which a promise runs does not count
 * @param window how long a round gathers answers
 * @param sender what the sender calls itself in {@code waybill.xml}, display data, at most 200 characters
 */
public record RequesterConfig(
        Path data,
        Path receipts,
        Optional<BackendUrl> backend,
        TrustPolicy trust,
        List<X509Certificate> tlsAnchors,
        boolean tlsSystem,
        Via via,
        List<String> interfaces,
        List<NamedRelay> relays,
        int discoveryPort,
        boolean dnsSd,
        boolean allowPlainLan,
        boolean allowPlainBackend,
        Optional<InetSocketAddress> connectTo,
        Proxies proxies,
        ReceiptDeadline.Clamp clamp,
        Duration giveUp,
        Duration window,
        String sender) {

    /** The port of discovery where none is configured. */
    public static final int DEFAULT_PORT = 7506;

    /** Which ways are tried. */
    public enum Via {
        /** Directly when it can, else by the LAN. */
        AUTO,
        /** Directly only. */
        DIRECT,
        /** By a relay only. */
        LAN
    }

    /** @throws IllegalArgumentException if a value is out of its range */
    public RequesterConfig {
        tlsAnchors = List.copyOf(tlsAnchors);
        interfaces = List.copyOf(interfaces);
        relays = List.copyOf(relays);
        if (discoveryPort < 1 || discoveryPort > 65535) {
            throw new IllegalArgumentException("a port is from 1 to 65535");
        }
        if (giveUp.isNegative() || !window.isPositive()) {
            throw new IllegalArgumentException("a time to give up is not negative, a window above zero");
        }
        if (sender.length() > 200) {
            throw new IllegalArgumentException("a sender's name has at most 200 characters");
        }
    }

    /** Whether the operator named this node together with its address: it is known like one that delivered before. */
    boolean names(NodeId node) {
        return relays.stream().anyMatch(relay -> relay.node().equals(Optional.of(node)));
    }

    /** The defaults around these: TLS to the backend takes the anchors of {@code trust} and the system's. */
    public static Builder builder(Path data, TrustPolicy trust) {
        return new Builder(data, trust);
    }

    /** Collects a configuration. For one thread. */
    public static final class Builder {
        private final Path data;
        private final TrustPolicy trust;
        private Path receipts;
        private Optional<BackendUrl> backend = Optional.empty();
        private List<X509Certificate> tlsAnchors;
        private boolean tlsSystem = true;
        private Via via = Via.AUTO;
        private List<String> interfaces = List.of();
        private List<NamedRelay> relays = List.of();
        private int discoveryPort = DEFAULT_PORT;
        private boolean dnsSd = true;
        private boolean allowPlainLan;
        private boolean allowPlainBackend;
        private Optional<InetSocketAddress> connectTo = Optional.empty();
        private Proxies proxies = Proxies.none();
        private ReceiptDeadline.Clamp clamp = ReceiptDeadline.Clamp.DEFAULT;
        private Duration giveUp = Duration.ofMinutes(10);
        private Duration window = Duration.ofSeconds(2);
        private String sender = "";

        private Builder(Path data, TrustPolicy trust) {
            this.data = data;
            this.trust = trust;
            this.receipts = data.resolve("receipts");
            this.tlsAnchors = trust.anchors();
        }

        /** Where receipts are kept; {@code receipts} in the data directory if not said. */
        public Builder receipts(Path value) {
            receipts = value;
            return this;
        }

        /** Where new tasks go. */
        public Builder backend(BackendUrl value) {
            backend = Optional.of(value);
            return this;
        }

        /** TLS to the backend takes these anchors and no others. */
        public Builder tlsTrust(List<X509Certificate> only) {
            tlsAnchors = only;
            tlsSystem = false;
            return this;
        }

        /** Which ways are tried. */
        public Builder via(Via value) {
            via = value;
            return this;
        }

        /** Interfaces of discovery by name. */
        public Builder interfaces(List<String> value) {
            interfaces = value;
            return this;
        }

        /** Relays that are asked by unicast, too. */
        public Builder relays(List<NamedRelay> value) {
            relays = value;
            return this;
        }

        /** The UDP port of discovery. */
        public Builder discoveryPort(int value) {
            discoveryPort = value;
            return this;
        }

        /** Whether relays are looked for by DNS-SD, too. */
        public Builder dnsSd(boolean value) {
            dnsSd = value;
            return this;
        }

        /** Takes alias URLs of {@code http} too. */
        public Builder allowPlainLan(boolean value) {
            allowPlainLan = value;
            return this;
        }

        /** Dials a backend's URL of {@code http}. */
        public Builder allowPlainBackend(boolean value) {
            allowPlainBackend = value;
            return this;
        }

        /** Dials there instead of the backend URL's host. */
        public Builder connectTo(InetSocketAddress value) {
            connectTo = Optional.of(value);
            return this;
        }

        /** Which proxies lead to backends; none if not said, whatever the environment says. */
        public Builder proxies(Proxies value) {
            proxies = value;
            return this;
        }

        /** What is granted and believed of promises. */
        public Builder clamp(ReceiptDeadline.Clamp value) {
            clamp = value;
            return this;
        }

        /** How long to look for somebody. */
        public Builder giveUp(Duration value) {
            giveUp = value;
            return this;
        }

        /** How long a round gathers answers. */
        public Builder window(Duration value) {
            window = value;
            return this;
        }

        /** What the sender calls itself. */
        public Builder sender(String value) {
            sender = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a value is out of its range
         */
        public RequesterConfig build() {
            return new RequesterConfig(
                    data,
                    receipts,
                    backend,
                    trust,
                    tlsAnchors,
                    tlsSystem,
                    via,
                    interfaces,
                    relays,
                    discoveryPort,
                    dnsSd,
                    allowPlainLan,
                    allowPlainBackend,
                    connectTo,
                    proxies,
                    clamp,
                    giveUp,
                    window,
                    sender);
        }
    }
}
