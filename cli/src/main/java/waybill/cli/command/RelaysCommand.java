package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.discovery.Addressee;
import waybill.discovery.Advertised;
import waybill.discovery.Lan;
import waybill.discovery.Lans;
import waybill.discovery.NamedRelay;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.discovery.UdpRelayFinder;
import waybill.discovery.dnssd.ServiceBrowser;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.TaskId;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;
import waybill.trust.TrackRecord;

/** {@code waybill relays}: who would take something now. */
@Command(
        name = "relays",
        description = "Ask the LAN which relays serve a backend, and what they promise.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill relays --to https://backend.example/inbox --interface eth0",
            "",
            "Ends with 0 if somebody answered, 4 if nobody did."
        })
public final class RelaysCommand implements Callable<Integer> {
    private static final int ENOUGH = 1000;

    @Mixin
    private final ToOptions backend = new ToOptions();

    @Mixin
    private final LanOptions lan = new LanOptions();

    @Mixin
    private final NamedRelayOptions named = new NamedRelayOptions();

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "2s",
            converter = DurationConverter.class,
            description = "How long to listen for answers (default: ${DEFAULT-VALUE}).")
    private Duration window = Duration.ofSeconds(2);

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The sender's data, for its black list (default: ~/.local/state/waybill).")
    private @Nullable Path data;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws InterruptedException {
        Console console = output.console();
        TaskId id = TaskId.fresh(InstantSource.system(), new SecureRandom());
        List<Map<String, Object>> rows = new ArrayList<>();
        InstantSource clock = InstantSource.system();
        Path state = Optional.ofNullable(data).orElseGet(Places::state);
        RelaysSeen seen = seen(state, clock);
        RelayFinder.Question question =
                new RelayFinder.Question(id, Packet.Method.PUT, backend.url(), 0, seen.count(), Promise.MAX_HOPS);
        try (RelayFinder finder = new UdpRelayFinder(
                        Lans.named(lan.interfaces()),
                        named.relays(),
                        lan.port(),
                        lan.plain(),
                        seen,
                        ServiceBrowser.wanted(lan.dnsSd()));
                RelayFinder.Round round = finder.ask(question)) {
            Blacklist blacklist = FileBlacklist.open(state, clock);
            for (Offer offer : round.gather(window, ENOUGH)) {
                Blacklist.Subject subject = offer.alias().encrypted()
                        ? new Blacklist.Subject.Node(offer.node())
                        : new Blacklist.Subject.Address(offer.alias().address());
                Optional<Blacklist.Entry> barred = blacklist.barring(subject);
                Duration wait = ReceiptDeadline.maximumWait(offer.promise(), 0, ReceiptDeadline.Clamp.DEFAULT)
                        .total();
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("node", offer.node().toString());
                row.put("alias", offer.alias().toString());
                row.put("interface", offer.asked().name());
                row.put("found", found(offer.asked()));
                row.put("promise", offer.promise().header());
                row.put("maximumWaitSeconds", wait.toSeconds());
                row.put(
                        "blacklisted",
                        barred.map(entry -> entry.reason().name()).orElse(""));
                rows.add(row);
                console.result(offer.node() + "  " + offer.alias() + "  within " + Text.time(wait)
                        + (offer.asked() instanceof Advertised ? "  found by DNS-SD" : "")
                        + barred.map(entry -> "  black-listed: " + entry.reason())
                                .orElse(""));
            }
        } catch (IOException e) {
            throw CliException.io(
                    "the LAN cannot be asked: " + Reason.of(e), "--interface names where to ask, --relay whom", e);
        }
        int exit = rows.isEmpty() ? ExitCode.EXPIRED : ExitCode.OK;
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("relays", rows);
        if (rows.isEmpty()) {
            String nobody = "no relay answered for " + backend.url();
            String hint = "is one running for exactly this URL, on this segment, and is the discovery port open?";
            object.put("error", nobody);
            object.put("hint", hint);
            console.note(nobody);
            console.note("hint: " + hint);
        }
        console.end("found", exit, object);
        return exit;
    }

    private static String found(Addressee asked) {
        return switch (asked) {
            case Lan _ -> "lan";
            case NamedRelay.At _ -> "named";
            case Advertised _ -> "dns-sd";
        };
    }

    /** As many as a sender knows of: by that the relays draw their delays. */
    private static RelaysSeen seen(Path state, InstantSource clock) {
        try {
            return new RelaysSeen(clock, TrackRecord.open(state, clock).seen());
        } catch (IOException e) {
            throw CliException.io(
                    "the sender's data under " + Text.foreign(state.toString()) + " cannot be used: "
                            + Reason.of(e, state),
                    "name another directory with --data",
                    e);
        }
    }
}
