package waybill.cli.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import waybill.backend.BackendSetupException;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Logging;
import waybill.cli.console.Reason;
import waybill.discovery.Answerer;
import waybill.discovery.Beacon;
import waybill.discovery.Lan;
import waybill.discovery.Lans;
import waybill.hop.HopLimits;
import waybill.hop.Peer;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.signature.AnchorFault;
import waybill.signature.Anchors;
import waybill.trust.NodeIdentity;

/** The lying relay of the demo as a process; hidden, and on the loopback only. */
@Command(name = "demo-liar", hidden = true, description = "The lying relay of the demo.")
public final class LiarCommand implements Callable<Integer> {
    @Option(names = "--to", required = true)
    private String to = "";

    @Option(names = "--trust", required = true)
    @SuppressWarnings("NullAway.Init") // required
    private Path trust;

    @Option(names = "--connect-to", required = true, converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // required
    private InetSocketAddress connectTo;

    @Option(names = "--discovery-port", required = true)
    private int port;

    @Option(names = "--data", required = true)
    @SuppressWarnings("NullAway.Init") // required
    private Path data;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Logging.use("info", false);
        BackendUrl url = BackendUrl.parse(to);
        Peer truth = new Peer(url.uri(), new Peer.Identity.Named(anchors(), false), Optional.of(connectTo));
        String path = "/a/" + token();
        try (HttpHopClient client = HttpHopClient.create();
                LyingRelay liar = new LyingRelay(client, truth, url, data)) {
            NodeIdentity identity = NodeIdentity.load(data, InstantSource.system());
            try (HopServer server = HopServer.start(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            Optional.of(new ServerIdentity(identity.key(), List.of(identity.certificate()))),
                            HopLimits.DEFAULT,
                            base -> base.equals(path) ? Optional.of(liar) : Optional.empty());
                    Beacon _ = Beacon.start(
                            Lans.loopback(),
                            port,
                            (request, lan) -> request.backend().equals(url)
                                    ? Optional.of(answer(server, lan, identity, path))
                                    : Optional.empty())) {
                Map<String, Object> said = new LinkedHashMap<>();
                said.put("event", "listening");
                said.put("node", identity.node().toString());
                new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), true, false).line(said);
                new CountDownLatch(1).await();
                return ExitCode.OK;
            }
        } catch (IOException | BackendSetupException e) {
            throw new CliException(ExitCode.INTERNAL, "the liar cannot start: " + Reason.of(e), "", e);
        }
    }

    private static Answerer.Answer answer(HopServer server, Lan lan, NodeIdentity identity, String path) {
        InetSocketAddress address =
                new InetSocketAddress(lan.address(), server.address().getPort());
        return new Answerer.Answer(AliasUrl.at(true, address, path), identity.node(), LyingRelay.PROMISE);
    }

    private static String token() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private List<X509Certificate> anchors() {
        try {
            return Anchors.parse(Files.readString(trust));
        } catch (IOException | AnchorFault e) {
            throw new CliException(ExitCode.USAGE, trust + " is no trust file", "", e);
        }
    }
}
