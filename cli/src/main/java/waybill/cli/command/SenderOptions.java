package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.protocol.ReceiptDeadline;
import waybill.proxy.Proxies;
import waybill.requester.Batch;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;

/** What {@code send} and {@code receipts collect} share. */
final class SenderOptions {
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
            description = "Directly when it can, else by the LAN (auto), or one of them (default: ${DEFAULT-VALUE}).")
    private RequesterConfig.Via via = RequesterConfig.Via.AUTO;

    @Mixin
    private final KeepingOptions keeping = new KeepingOptions();

    @Option(
            names = "--give-up",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "How long to look for somebody who takes it; a promised wait does not count"
                    + " (default: ${DEFAULT-VALUE}).")
    private Duration giveUp = Duration.ofMinutes(10);

    @Option(
            names = "--max-wait",
            paramLabel = "TIME",
            defaultValue = "24h",
            converter = DurationConverter.class,
            description = "Choose no relay whose promise makes the maximum wait longer (default: ${DEFAULT-VALUE}).")
    private Duration maxWait = Duration.ofHours(24);

    @Option(
            names = "--allowance",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = "What the maximum wait grants each leg of the way (default: ${DEFAULT-VALUE}).")
    private Duration allowance = Duration.ofSeconds(10);

    @Option(
            names = "--floor-rate",
            paramLabel = "BYTES",
            defaultValue = "16K",
            converter = BytesConverter.class,
            description = "The slowest rate a second that is believed of a relay (default: ${DEFAULT-VALUE}).")
    private long floorRate = 16 << 10;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            description = "How many deliveries are worked on at once, where there are several (default: 8, at most "
                    + Batch.MAX_IN_FLIGHT + "). Those that wait for a receipt promised for later do not count.")
    private int inFlight = Batch.IN_FLIGHT;

    @Option(
            names = {"-v", "--verbose"},
            description = "Print every step, and how the maximum wait is made up.")
    private boolean verbose;

    @Mixin
    private final ProxyOptions proxy = new ProxyOptions();

    /** Many deliveries of this requester side by side. */
    Batch batch(Requester requester) {
        if (inFlight < 1 || inFlight > Batch.MAX_IN_FLIGHT) {
            throw CliException.usage(
                    "--in-flight is from 1 to " + Batch.MAX_IN_FLIGHT, "leave it out for " + Batch.IN_FLIGHT);
        }
        return requester.batch(inFlight);
    }

    boolean verbose() {
        return verbose;
    }

    Path data() {
        return keeping.data();
    }

    /** Where receipts go, if it was said. */
    Optional<Path> receipts() {
        return keeping.receipts();
    }

    /** @param plainBackend whether backends of {@code http://} are dialled */
    RequesterConfig.Builder config(boolean plainBackend) {
        ReceiptDeadline.Clamp clamp;
        try {
            clamp = new ReceiptDeadline.Clamp(
                    floorRate, Math.max(floorRate, ReceiptDeadline.Clamp.DEFAULT.ceiling()), allowance, maxWait);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --floor-rate, --allowance and --max-wait");
        }
        RequesterConfig.Builder config = RequesterConfig.builder(data(), trust.policy())
                .via(via)
                .interfaces(lan.interfaces())
                .relays(named.relays())
                .discoveryPort(lan.port())
                .dnsSd(lan.dnsSd())
                .allowPlainLan(lan.plain())
                .allowPlainBackend(plainBackend)
                .proxies(via == RequesterConfig.Via.LAN ? Proxies.none() : proxy.proxies(plainBackend))
                .clamp(clamp)
                .giveUp(giveUp);
        keeping.receipts().ifPresent(config::receipts);
        tlsTrust.anchors().ifPresent(config::tlsTrust);
        return config;
    }

    /** What is said where the data directory does not do what it should. */
    CliException failed(IOException e, String hint) {
        return CliException.io(
                "the data under " + Text.foreign(data().toString()) + " cannot be used: " + Reason.of(e, data()),
                hint,
                e);
    }

    /** Opens the sender; a directory that cannot be used is a clear error. */
    Requester open(RequesterConfig.Builder builder) {
        return keeping.open(builder);
    }

    /** The configuration for one backend. */
    RequesterConfig.Builder config(BackendOptions backend) {
        BackendUrl url = backend.url();
        RequesterConfig.Builder config = config(backend.plain()).backend(url);
        backend.connectTo().ifPresent(config::connectTo);
        return config;
    }
}
