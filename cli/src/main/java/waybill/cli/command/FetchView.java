package waybill.cli.command;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import waybill.cli.console.Console;
import waybill.cli.console.Text;
import waybill.protocol.FileUrl;
import waybill.trust.Blacklist;
import waybill.update.FetchWatch;
import waybill.update.Giver;

/** Shows a fetch as it goes: a line a step, and a bar while bytes flow. For one command. */
final class FetchView implements FetchWatch, AutoCloseable {
    /** The most findings that are kept. */
    private static final int MAX_FINDINGS = 100;

    private final Console console;
    private final boolean verbose;
    private final List<Map<String, Object>> findings = new ArrayList<>();
    private Console.Progress bar;
    private String shown = "";
    private final Set<String> said = new HashSet<>();
    private boolean again;
    private long fromLan;
    private long fromOrigin;

    FetchView(Console console, boolean verbose) {
        this.console = console;
        this.verbose = verbose;
        this.bar = console.progress("", 0);
        this.bar.close();
    }

    /** Who was passed over and why, and who was black-listed, in their order, for {@code --json}. */
    synchronized List<Map<String, Object>> findings() {
        return List.copyOf(findings);
    }

    /** Bytes of files that came from other machines of the LAN. */
    synchronized long fromLan() {
        return fromLan;
    }

    /** Bytes of files that came from the backend itself. */
    synchronized long fromOrigin() {
        return fromOrigin;
    }

    @Override
    public synchronized void asking(String href) {
        detail("asking the LAN for " + href);
    }

    @Override
    public synchronized void unasked(String why) {
        fault("the LAN cannot be asked: " + Text.foreign(why));
    }

    @Override
    public synchronized void answered(int relays, int holders) {
        detail("answers: " + relays + ", with it in hand: " + holders);
    }

    @Override
    public synchronized void takingFrom(FileUrl file, Giver giver) {
        line("taking " + file.name() + " from " + name(giver));
    }

    @Override
    public synchronized void took(FileUrl file, Giver giver, int bytes) {
        if (giver.isOrigin()) {
            fromOrigin += bytes;
        } else {
            fromLan += bytes;
        }
    }

    @Override
    public synchronized void progress(FileUrl file, long there, long size) {
        String name = file.name().text();
        if (!shown.equals(name)) {
            bar.close();
            bar = console.progress(name, size);
            shown = name;
        }
        bar.at(there);
    }

    @Override
    public synchronized void passedOver(Giver giver, Passing why, String words) {
        finding("passed over", "giver", giver, "why", why, "detail", words);
        fault("passed over " + name(giver) + ": "
                + why.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " (" + Text.foreign(words) + ")");
    }

    @Override
    public synchronized void penalty(Blacklist.Entry entry) {
        finding("black-listed", "subject", entry.subject(), "reason", entry.reason());
        line("black-listed " + entry.subject() + ": " + entry.reason()
                + entry.until().map(until -> " until " + until).orElse(" until an operator pardons it"));
    }

    @Override
    public synchronized void close() {
        bar.close();
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

    private static String name(Giver giver) {
        return (giver.isOrigin() ? "the backend " : "relay ") + giver;
    }

    /** What stands in the way, once: it is tried again and again. */
    private void fault(String text) {
        if (verbose || (said.size() < MAX_FINDINGS && said.add(text))) {
            line(text);
        } else if (!again) {
            again = true;
            line("asks again, until something comes or --give-up is over");
        }
    }

    private void line(String text) {
        console.note(text);
    }

    private void detail(String text) {
        if (verbose) {
            console.note(text);
        }
    }
}
