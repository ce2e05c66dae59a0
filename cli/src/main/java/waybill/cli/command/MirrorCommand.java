package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.mirror.MirrorConfig;
import waybill.mirror.MirrorServer;
import waybill.proxy.Proxies;
import waybill.requester.RequesterConfig;
import waybill.store.content.ContentLimits;

/** {@code waybill mirror}. */
@Command(
        name = "mirror",
        description = "Give a backend's updates to programs of this machine that know only HTTP, such as apt and"
                + " freshclam: fetched once per site, verified before a byte goes out.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill mirror --listen 127.0.0.1:7580 --to https://backend.example/inbox --trust anchor.pem",
            "",
            "Then, in freshclam.conf:",
            "  PrivateMirror http://127.0.0.1:7580",
            "  DatabaseCustomURL http://127.0.0.1:7580/rules.hdb",
            "and in sources.list:",
            "  deb [signed-by=/etc/apt/keyrings/rules.gpg] http://127.0.0.1:7580/rules stable main",
            "",
            "What the backend published as NAME is http://127.0.0.1:7580/NAME. With --origin",
            "debian=http://deb.debian.org/debian what is there is http://127.0.0.1:7580/debian/..., as",
            "it comes: only its reader's signatures say whether it is right. All is read and never written, without",
            "TLS and without any proof for who reads: whoever reaches --listen gets it, and whoever is on the way",
            "there can change it. On the loopback that is this machine alone; elsewhere it is your decision."
        })
public final class MirrorCommand implements Callable<Integer> {
    private static final long CACHE = 5L << 30;

    @Mixin
    private final BackendOptions backend = new BackendOptions();

    @Mixin
    private final TrustOptions trust = new TrustOptions();

    @Mixin
    private final TlsTrustOptions tlsTrust = new TlsTrustOptions();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7580",
            converter = AddressConverter.class,
            description = "Where programs reach it; port 0 takes a free one (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // it has a default
    private InetSocketAddress listen;

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
            description = "auto (from the LAN, else from the backend), direct or lan (default: ${DEFAULT-VALUE}).")
    private RequesterConfig.Via via = RequesterConfig.Via.AUTO;

    @Mixin
    private final ProxyOptions proxy = new ProxyOptions();

    @Mixin
    private final OriginOptions origins = new OriginOptions();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Cache, black list and what was seen before (default: ~/.local/state/waybill/mirror).")
    private @Nullable Path data;

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws InterruptedException {
        Console console = output.service();
        MirrorConfig config = config();
        try (MirrorServer server = MirrorServer.start(config)) {
            if (!server.address().getAddress().isLoopbackAddress()) {
                console.note("warning: whoever reaches " + Service.text(server.address())
                        + " can read here, and without TLS nothing proves to him what he gets");
            }
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("event", "listening");
            object.put("address", Service.text(server.address()));
            object.put("backend", backend.url().toString());
            object.put("loopback", server.address().getAddress().isLoopbackAddress());
            console.line(object);
            console.result("mirror of " + backend.url() + " at http://" + Service.text(server.address()));
            Service.untilTold(server::close);
            return ExitCode.OK;
        } catch (IOException e) {
            throw Service.notStarted("mirror", e);
        }
    }

    private MirrorConfig config() {
        Proxies proxies =
                via == RequesterConfig.Via.LAN ? Proxies.none() : proxy.proxies(backend.plain() || origins.plain());
        RequesterConfig.Builder node = RequesterConfig.builder(
                        Optional.ofNullable(data).orElseGet(() -> Places.state().resolve("mirror")), trust.policy())
                .backend(backend.url())
                .via(via)
                .interfaces(lan.interfaces())
                .relays(named.relays())
                .discoveryPort(lan.port())
                .dnsSd(lan.dnsSd())
                .allowPlainLan(lan.plain())
                .allowPlainBackend(backend.plain())
                .proxies(proxies);
        tlsTrust.anchors().ifPresent(node::tlsTrust);
        backend.connectTo().ifPresent(node::connectTo);
        ContentLimits usual = ContentLimits.DEFAULT;
        try {
            return new MirrorConfig(
                    node.build(),
                    listen,
                    MirrorConfig.DEFAULT_LIMITS,
                    cache.over(new ContentLimits(CACHE, usual.age(), usual.freeFloor())),
                    origins.origins(tlsTrust.anchors().orElse(List.of()), proxies));
        } catch (IllegalArgumentException e) {
            throw CliException.usage(Text.foreign(String.valueOf(e.getMessage())), "see 'waybill mirror --help'");
        }
    }
}
