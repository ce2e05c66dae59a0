package waybill.cli.command;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import waybill.cli.console.Console;
import waybill.cli.console.Text;
import waybill.protocol.ReceiptDeadline;
import waybill.requester.Journey;
import waybill.requester.outbox.Carrier;

/** Shows a journey as it goes: a line a step, and a bar while bytes flow. For one send. */
final class JourneyView implements Journey, AutoCloseable {
    /** The most findings that are kept. */
    private static final int MAX_FINDINGS = 100;
    /** So many breaks of one upload are told; a link that flaps has thousands. */
    private static final int MOST_BREAKS = 10;
    /** Of what takes so long the hour is said, too. */
    private static final Duration LONG = Duration.ofMinutes(10);

    private final Console console;
    private final boolean verbose;
    private final String prefix;
    private final List<Map<String, Object>> findings = new ArrayList<>();
    private Console.Progress bar;
    private boolean sealed;
    private int breaks;

    JourneyView(Console console, boolean verbose) {
        this(console, verbose, "");
    }

    /** @param prefix stands before each line, where several journeys are shown at once */
    JourneyView(Console console, boolean verbose, String prefix) {
        this.console = console;
        this.verbose = verbose;
        this.prefix = prefix;
        this.bar = console.progress("", 0);
        this.bar.close();
    }

    /** Who was passed over, what did not hold and who was black-listed, in their order, for {@code --json}. */
    synchronized List<Map<String, Object>> findings() {
        return List.copyOf(findings);
    }

    /** Whether something was sealed, which the outbox keeps until there is a decision. */
    synchronized boolean sealed() {
        return sealed;
    }

    private void finding(String event, Object... members) {
        if (findings.size() < MAX_FINDINGS) {
            Map<String, Object> finding = new LinkedHashMap<>();
            finding.put("event", event);
            for (int i = 0; i < members.length; i += 2) {
                finding.put(members[i].toString(), members[i + 1].toString());
            }
            findings.add(finding);
        }
    }

    @Override
    public synchronized void reached(Step step) {
        switch (step) {
            case Step.Begun begun -> detail("task " + begun.task());
            case Step.Asking asking ->
                detail("asking the LAN for a relay, round " + asking.round() + ", " + Text.time(asking.window()));
            case Step.Found found -> detail(describe(found));
            case Step.ProfileKnown known ->
                detail("profile " + known.profile().serial() + " of the backend, seal to "
                        + known.profile().recipient()
                        + known.from().map(from -> ", from " + from).orElse(", kept from before"));
            case Step.Sealed parcel -> {
                sealed = true;
                line("sealed " + parcel.files() + (parcel.files() == 1 ? " file, " : " files, ")
                        + Text.bytes(parcel.size()));
                detail("  sha256   " + parcel.sha256());
                detail("  contents " + parcel.contents());
            }
            case Step.Forwarding forwarding -> {
                line("forwarding to " + name(forwarding.carrier()));
                breaks = 0;
                bar.close();
                bar = console.progress("forwarding", forwarding.size());
            }
            case Step.Progress progress -> bar.at(progress.sent());
            case Step.Broke broke -> {
                breaks++;
                ofBreak("the upload to " + name(broke.carrier()) + " broke off (" + Text.foreign(broke.why())
                        + "); trying to go on");
            }
            case Step.GoingOn on -> {
                ofBreak("going on with " + name(on.carrier()) + " from " + Text.bytes(on.from()) + " of "
                        + Text.bytes(on.size())
                        + (breaks == MOST_BREAKS && !verbose ? "; further breaks of this upload are not told" : ""));
                bar.at(on.from());
            }
            case Step.Accepted accepted -> {
                bar.close();
                Duration wait = accepted.maximumWait().total();
                line("accepted by " + name(accepted.carrier()) + "; the receipt is due within " + Text.time(wait)
                        + (wait.compareTo(LONG) < 0
                                ? ""
                                : ", by " + Text.at(Instant.now().plus(wait))));
                detail("  maximum wait " + formula(accepted.maximumWait()) + "; promised "
                        + accepted.promise().header());
            }
            case Step.PassedOver passed -> {
                bar.close();
                finding("passed over", "carrier", passed.carrier(), "why", passed.why());
                line("passed over " + name(passed.carrier()) + ": "
                        + why(passed.why())
                        + (passed.detail().isEmpty() ? "" : " (" + Text.foreign(passed.detail()) + ")"));
            }
            case Step.Unverified unverified -> {
                finding(
                        "unverified",
                        "carrier",
                        unverified.carrier(),
                        "kind",
                        unverified.kind(),
                        "verdict",
                        unverified.verdict());
                line("what " + name(unverified.carrier()) + " brought does not hold: "
                        + words(unverified.kind().name()) + "; verdict: "
                        + words(unverified.verdict().name()));
                detail("  " + Text.foreign(unverified.detail())
                        + unverified.kept().map(p -> "; kept as " + p).orElse(""));
            }
            case Step.Penalty penalty -> {
                finding(
                        "black-listed",
                        "subject",
                        penalty.entry().subject(),
                        "reason",
                        penalty.entry().reason());
                line("black-listed " + penalty.entry().subject() + ": "
                        + penalty.entry().reason()
                        + penalty.entry()
                                .until()
                                .map(until -> " until " + until)
                                .orElse(" until an operator pardons it"));
            }
            case Step.Receipt receipt -> {
                bar.close();
                line("receipt verified, brought by " + name(receipt.carrier()));
            }
            case Step.Pausing pausing -> detail("nobody to ask now; again in " + Text.time(pausing.pause()));
            case Step.Decided _ -> bar.close();
        }
    }

    @Override
    public synchronized void close() {
        bar.close();
    }

    /** The parts of a maximum wait, as section 6 of the specification adds them up. */
    static String formula(ReceiptDeadline.Wait wait) {
        return seconds(wait.total()) + " = " + seconds(wait.untilRun()) + " to the next run + "
                + seconds(wait.interval()) + " interval + " + seconds(wait.transfer()) + " transfer + "
                + seconds(wait.allowance()) + " allowance";
    }

    private static String describe(Step.Found found) {
        return "relay " + found.offer().node() + " at " + found.offer().alias()
                + found.maximumWait()
                        .map(wait -> ", maximum wait " + Text.time(wait.total()))
                        .orElse(", its wait is over the cap")
                + (found.delivered() ? ", delivered before" : "")
                + found.barred()
                        .map(entry -> ", black-listed: " + entry.reason())
                        .orElse("");
    }

    private static String name(Carrier carrier) {
        return switch (carrier) {
            case Carrier.Direct direct -> "the backend " + direct.backend();
            case Carrier.Relay relay -> "relay " + relay;
            case Carrier.Hand hand -> "the folder " + hand;
        };
    }

    private static String why(Passing why) {
        return why == Passing.OVER_CAP ? "its wait is too long, though it may still deliver" : words(why.name());
    }

    private static String words(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String seconds(Duration time) {
        return time.toSeconds() + " s";
    }

    private void ofBreak(String text) {
        if (breaks <= MOST_BREAKS || verbose) {
            line(text);
        }
    }

    private void line(String text) {
        console.note(prefix + text);
    }

    private void detail(String text) {
        if (verbose) {
            console.note(prefix + text);
        }
    }
}
