package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.discovery.Network;
import waybill.hop.HopLimits;
import waybill.hop.HttpProxy;
import waybill.hop.Peer;
import waybill.proxy.Proxies;
import waybill.relay.RelayConfig;
import waybill.relay.RelayServer;
import waybill.relay.uplink.LineLimits;
import waybill.signature.TrustPolicy;
import waybill.store.StoreLimits;
import waybill.store.content.ContentLimits;

/** {@code waybill relay}: a neighbour with a route out. */
@Command(
        name = "relay",
        description = "A neighbour with a route out: takes parcels from the LAN and forwards them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = RelayCommand.Run.class,
        footer = {"", "Example:", "  waybill relay run --to https://backend.example/inbox --trust anchor.pem"})
public final class RelayCommand {

    /** {@code waybill relay run}. */
    @Command(
            name = "run",
            description = "Run a relay for one backend. It forwards there and nowhere else.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Example:",
                "  waybill relay run --to https://backend.example/inbox --trust anchor.pem \\",
                "      --every 15m"
            })
    static final class Run implements Callable<Integer> {
        @Mixin
        private final BackendOptions backend = new BackendOptions();

        @Mixin
        private final TrustOptions trust = new TrustOptions();

        @Mixin
        private final TlsTrustOptions tlsTrust = new TlsTrustOptions();

        @Mixin
        private final LanOptions lan = new LanOptions();

        @Mixin
        private final NamedRelayOptions named = new NamedRelayOptions();

        @Option(
                names = "--listen",
                paramLabel = "HOST:PORT",
                defaultValue = "0.0.0.0:7506",
                converter = AddressConverter.class,
                description = "Where senders reach it; port 0 takes a free one (default: ${DEFAULT-VALUE}).")
        private InetSocketAddress listen = new InetSocketAddress(RelayConfig.STANDARD_PORT);

        @Option(
                names = "--serve",
                paramLabel = "NETWORK",
                split = ",",
                converter = NetworkConverter.class,
                description = "Answer senders of this network too, such as 10.1.0.0/16, when they ask this relay by"
                        + " unicast (their --relay); may be repeated.")
        private List<Network> served = new ArrayList<>();

        @Option(
                names = "--every",
                paramLabel = "TIME",
                defaultValue = "0",
                converter = DurationConverter.class,
                description = "The period of the upload service, 0 for at once (default: ${DEFAULT-VALUE}).")
        private Duration every = Duration.ZERO;

        @Mixin
        private final ProxyOptions proxy = new ProxyOptions();

        @Mixin
        private final OriginOptions origins = new OriginOptions();

        @Mixin
        private final LineOptions line = new LineOptions();

        @Option(
                names = "--via",
                paramLabel = Via.LABEL,
                defaultValue = "auto",
                converter = Via.OfRelay.class,
                completionCandidates = Via.Words.class,
                description = "The way to the backend: direct; by other relays on its LANs (lan); or by those where it"
                        + " cannot be reached directly (auto) (default: ${DEFAULT-VALUE}).")
        private RelayConfig.Via via = RelayConfig.Via.AUTO;

        @Option(
                names = "--start-rate",
                paramLabel = "BYTES",
                defaultValue = "256K",
                converter = BytesConverter.class,
                description = "Bytes a second the uplink is taken to make until it was measured"
                        + " (default: ${DEFAULT-VALUE}).")
        private long startRate = 256 << 10;

        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "Upload directory, identity and state (default: ~/.local/state/waybill/relay).")
        private @Nullable Path data;

        @Mixin
        private final StoreOptions store = new StoreOptions();

        @Option(names = "--no-share", description = "Give no updates on the LAN, and fetch none for others.")
        private boolean noShare;

        @Mixin
        private final CacheOptions cache = new CacheOptions();

        @Mixin
        private final HopOptions hop = new HopOptions();

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws InterruptedException {
            Console console = output.service();
            LineLimits limits = line.limits();
            TrustPolicy policy = trust.policy();
            Peer.Identity tls = backend.url().encrypted()
                    ? tlsTrust.anchors()
                            .<Peer.Identity>map(anchors -> new Peer.Identity.Named(anchors, false))
                            .orElseGet(() -> new Peer.Identity.Named(policy.anchors(), true))
                    : new Peer.Identity.Plain();
            Proxies proxies =
                    via == RelayConfig.Via.LAN ? Proxies.none() : proxy.proxies(backend.plain() || origins.plain());
            Optional<HttpProxy> by = proxies.towards(backend.url(), backend.connectTo());
            RelayConfig config;
            try {
                config = RelayConfig.builder(
                                Optional.ofNullable(data)
                                        .orElseGet(() -> Places.state().resolve("relay")),
                                List.of(new RelayConfig.Backend(backend.url(), policy, tls, backend.connectTo(), by)))
                        .listen(listen)
                        .interfaces(lan.interfaces())
                        .relays(named.relays())
                        .served(served)
                        .discoveryPort(lan.port())
                        .dnsSd(lan.dnsSd())
                        .allowPlainLan(lan.plain())
                        .allowPlainBackend(backend.plain())
                        .every(every)
                        .via(via)
                        .startRate(startRate)
                        .line(limits)
                        .hopLimits(hop.over(HopLimits.DEFAULT))
                        .storeLimits(store.over(StoreLimits.DEFAULT))
                        .origins(origins.origins(tlsTrust.anchors().orElse(List.of()), proxies))
                        .cache(noShare ? Optional.empty() : Optional.of(cache.over(ContentLimits.DEFAULT)))
                        .build();
            } catch (IllegalArgumentException e) {
                throw CliException.usage(String.valueOf(e.getMessage()), "see 'waybill relay run --help'");
            }
            try (RelayServer server = RelayServer.start(config)) {
                List<String> warnings = server.health().warnings();
                warnings.forEach(warning -> console.note("warning: " + warning));
                Map<String, Object> object = new LinkedHashMap<>();
                object.put("event", "listening");
                object.put("node", server.node().toString());
                object.put("address", Service.text(server.address()));
                object.put("backend", backend.url().toString());
                by.ifPresent(one -> object.put("proxy", one.toString()));
                object.put("warnings", warnings);
                console.line(object);
                console.result("relay " + server.node() + " listens on " + Service.text(server.address())
                        + ", forwards to " + backend.url()
                        + by.map(one -> " by the proxy " + one).orElse(""));
                Service.untilTold(server::close);
                return ExitCode.OK;
            } catch (IOException e) {
                throw Service.notStarted("relay", e);
            }
        }

        static final class NetworkConverter implements ITypeConverter<Network> {
            @Override
            public Network convert(String text) {
                try {
                    return Network.parse(text);
                } catch (IllegalArgumentException e) {
                    throw new TypeConversionException("'" + Text.foreign(text) + "': " + e.getMessage());
                }
            }
        }
    }
}
