package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.proxy.Proxies;
import waybill.requester.RequesterConfig;
import waybill.store.content.ContentLimits;

/** How updates are looked for. */
final class FetchOptions {
    private static final long CACHE = 1L << 30;

    @Mixin
    private final TrustOptions trust = new TrustOptions();

    @Mixin
    private final TlsTrustOptions tlsTrust = new TlsTrustOptions();

    @Mixin
    private final LanOptions lan = new LanOptions();

    @Mixin
    private final NamedRelayOptions named = new NamedRelayOptions();

    @Option(
            names = "--via",
            paramLabel = Via.LABEL,
            defaultValue = "auto",
            converter = Via.OfSender.class,
            completionCandidates = Via.Words.class,
            description =
                    "From the LAN, else from the backend (auto), or from one of them (default: ${DEFAULT-VALUE}).")
    private RequesterConfig.Via via = RequesterConfig.Via.AUTO;

    @Option(
            names = "--connect-to",
            paramLabel = "HOST:PORT",
            converter = AddressConverter.class,
            description = "Dial there instead of the backend's own host, where no DNS knows it.")
    private @Nullable InetSocketAddress connectTo;

    @Option(names = "--allow-plain-backend", description = "Allow a backend's URL of http://.")
    private boolean plain;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Cache, black list and what was seen before (default: ~/.local/state/waybill).")
    private @Nullable Path data;

    @Option(
            names = "--give-up",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "How long to go on without anything coming (default: ${DEFAULT-VALUE}).")
    private Duration giveUp = Duration.ofMinutes(10);

    @Mixin
    private final ProxyOptions proxy = new ProxyOptions();

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Option(
            names = {"-v", "--verbose"},
            description = "Print every step.")
    private boolean verbose;

    boolean verbose() {
        return verbose;
    }

    Path data() {
        return data == null ? Places.state() : data;
    }

    /** What is kept for the next who asks. */
    ContentLimits limits() {
        ContentLimits usual = ContentLimits.DEFAULT;
        return cache.over(new ContentLimits(CACHE, usual.age(), usual.freeFloor()));
    }

    /** How this backend's updates are looked for. */
    RequesterConfig config(BackendUrl backend) {
        if (!backend.encrypted() && !plain) {
            throw CliException.usage(
                    "the URL is plain HTTP", "use https://, or allow it by name: --allow-plain-backend");
        }
        RequesterConfig.Builder config = RequesterConfig.builder(data(), trust.policy())
                .backend(backend)
                .via(via)
                .interfaces(lan.interfaces())
                .relays(named.relays())
                .discoveryPort(lan.port())
                .dnsSd(lan.dnsSd())
                .allowPlainLan(lan.plain())
                .allowPlainBackend(plain)
                .proxies(via == RequesterConfig.Via.LAN ? Proxies.none() : proxy.proxies(plain))
                .giveUp(giveUp);
        tlsTrust.anchors().ifPresent(config::tlsTrust);
        if (connectTo != null) {
            config.connectTo(connectTo);
        }
        try {
            return config.build();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(Text.foreign(String.valueOf(e.getMessage())), "see the command's --help");
        }
    }

    /** The data directory does not do what it should. */
    CliException failed(IOException e) {
        return CliException.io(
                "the data under " + Text.foreign(data().toString()) + " cannot be used: " + Reason.of(e, data()),
                "is it writable for this user, and is there room? --data names another directory",
                e);
    }
}
