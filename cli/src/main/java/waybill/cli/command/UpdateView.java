package waybill.cli.command;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;
import waybill.update.FetchWatch;
import waybill.upkeep.Item;
import waybill.upkeep.Item.Standing;
import waybill.upkeep.Round;
import waybill.upkeep.Upkeep;

/** Shows how a folder is kept current: what changed, how old each file is, and what is about to hold no longer. */
final class UpdateView implements Upkeep.Listener {
    /** More names than that are counted only. */
    private static final int FEW = 5;
    /** More files than that are shown one by one only where that is wanted. */
    private static final int MANY = 100;

    private static final String COMMAND_HINT = "the files are in place; it is run again after the next round";
    private static final Logger LOG = LoggerFactory.getLogger(UpdateView.class);

    private final Console console;
    private final boolean verbose;
    private final boolean once;
    private final InstantSource clock;
    private boolean first = true;
    private FetchView fetching;

    UpdateView(Console console, boolean verbose, boolean once, InstantSource clock) {
        this.console = console;
        this.verbose = verbose;
        this.once = once;
        this.clock = clock;
        this.fetching = new FetchView(console, verbose);
    }

    /** It runs from now on. */
    void started(BackendUrl backend, Path directory, Duration every, List<Item> there) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "keeping");
        object.put("backend", backend.toString());
        object.put("directory", directory.toString());
        object.put("everySeconds", every.toSeconds());
        object.put("folder", folder(there));
        console.line(object);
        console.result("keeps " + directory + " as " + backend + " publishes it, every " + Text.time(every));
        warnings(there).forEach(warning -> console.note("warning: " + warning));
    }

    /** What is held is given to others from now on. */
    void giving(NodeId node, InetSocketAddress address) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "giving");
        object.put("node", node.toString());
        object.put("address", Service.text(address));
        console.line(object);
        console.result("gives what it holds as " + node + " at " + Service.text(address));
    }

    /** It is not, for now. */
    void notGiving(String why) {
        LOG.warn("nothing is given to others for now: {}", why);
    }

    /** It was told to stop. */
    void stopped() {
        fetching.close();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "stopped");
        console.line(object);
        console.result("stopped; what came is kept");
    }

    @Override
    public void resumed(Round.Told told) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "command");
        object.put("files", names(told.items()));
        addTo(object, told);
        console.line(object);
        say(told, "changes of before");
    }

    @Override
    public FetchWatch begins() {
        fetching = new FetchView(console, verbose);
        return fetching;
    }

    @Override
    public void ended(Round round, Duration next) {
        Map<String, Object> object = show(round);
        object.put("nextSeconds", next.toSeconds());
        console.line(object);
        if (!round.good()) {
            console.note("the next round is in " + Text.time(next));
        }
    }

    /** The only round ended; gives the exit code. */
    int last(Round round) {
        Map<String, Object> object = show(round);
        int code = FetchWords.code(round.outcome());
        if (code == ExitCode.OK && !round.good()) {
            code = ExitCode.INTERNAL;
            object.put("outcome", ExitCode.word(code));
            object.put(
                    "error",
                    "the command: "
                            + round.told().map(told -> told.ended().detail()).orElse(""));
            object.put("hint", COMMAND_HINT);
        }
        if (ExitCode.undecided(code)) {
            object.put("kept", true);
        }
        console.end(FetchWords.word(round.outcome()), code, object);
        return code;
    }

    @Override
    public void aged(List<Item> items) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "aged");
        object.put("folder", folder(items));
        object.put("warnings", warnings(items));
        console.line(object);
        warnings(items).forEach(warning -> console.note("warning: " + warning));
    }

    private Map<String, Object> show(Round round) {
        fetching.close();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", "round");
        object.put("outcome", FetchWords.word(round.outcome()));
        round.catalogue().ifPresent(catalogue -> {
            object.put("backend", catalogue.backend().toString());
            object.put("release", catalogue.release());
            object.put("published", catalogue.published().toString());
            object.put("expires", catalogue.expires().toString());
        });
        List<Map<String, Object>> rows = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        for (FetchResult result : round.files()) {
            rows.add(FetchWords.json(result));
            if (result.outcome() == Outcome.FETCHED) {
                changed.add(result.file().name().text());
                console.result(FetchWords.describe(result));
            } else if (!result.good()) {
                console.note(FetchWords.describe(result) + " (" + Text.foreign(result.detail()) + ")");
            }
        }
        List<String> warnings = warnings(round.there());
        round.withdrawn()
                .forEach(name -> warnings.add(name + " is published no longer; the file stays, and nobody keeps it"));
        object.put("changed", changed);
        object.put("files", rows);
        object.put("folder", folder(round.there()));
        object.put("missing", round.missing());
        object.put("withdrawn", round.withdrawn().stream().map(Object::toString).toList());
        object.put("warnings", warnings);
        round.told().ifPresent(told -> {
            Map<String, Object> command = new LinkedHashMap<>();
            command.put("files", names(told.items()));
            addTo(command, told);
            object.put("command", command);
        });
        object.put("fromLan", fetching.fromLan());
        object.put("fromOrigin", fetching.fromOrigin());
        object.put("findings", fetching.findings());
        lines(round, changed.size(), warnings);
        if (FetchWords.code(round.outcome()) != ExitCode.OK) {
            object.put("error", round.detail());
            object.put("hint", FetchWords.hint(round.outcome()));
        }
        return object;
    }

    private void lines(Round round, int changed, List<String> warnings) {
        List<Item> there = round.there();
        if (verbose || ((once || first || changed > 0) && there.size() <= MANY)) {
            Instant now = clock.instant();
            there.forEach(item -> console.result("  " + item.name() + ": of " + item.published() + ", "
                    + Text.time(item.age(now)) + " old, " + holds(item, now)));
        }
        first = false;
        if (FetchWords.code(round.outcome()) == ExitCode.OK) {
            console.result(count(there.size(), "file") + " as published"
                    + round.catalogue()
                            .map(catalogue -> " on " + catalogue.published() + " (number " + catalogue.release() + ")")
                            .orElse("")
                    + ", " + changed + " changed");
        } else {
            console.note("waybill: error: the round ended with '" + FetchWords.word(round.outcome()) + "'"
                    + (round.detail().isEmpty() ? "" : " (" + Text.foreign(round.detail()) + ")"));
            console.note("hint: " + FetchWords.hint(round.outcome()));
        }
        warnings.forEach(warning -> console.note("warning: " + warning));
        round.told().ifPresent(told -> say(told, count(told.items().size(), "file")));
    }

    private static String holds(Item item, Instant now) {
        return item.standing(now) == Standing.EXPIRED
                ? "HELD until " + item.expires()
                : "holds until " + item.expires();
    }

    private void say(Round.Told told, String what) {
        if (told.ended().ok()) {
            console.result("the command ended well (" + what + ")");
        } else {
            console.note(
                    "waybill: error: the command: " + Text.foreign(told.ended().detail()));
            console.note("hint: " + COMMAND_HINT);
        }
    }

    private static void addTo(Map<String, Object> object, Round.Told told) {
        object.put("ok", told.ended().ok());
        told.ended().exit().ifPresent(exit -> object.put("exit", exit));
        object.put("detail", told.ended().detail());
    }

    /** What an operator should know before it is too late. */
    private List<String> warnings(List<Item> items) {
        Instant now = clock.instant();
        List<String> warnings = new ArrayList<>();
        for (Standing standing : List.of(Standing.EXPIRED, Standing.ENDING)) {
            List<Item> some = items.stream()
                    .filter(item -> item.standing(now) == standing)
                    .sorted(Comparator.comparing(Item::expires))
                    .toList();
            if (!some.isEmpty()) {
                Instant soonest = some.getFirst().expires();
                warnings.add(count(some.size(), "file")
                        + (standing == Standing.EXPIRED
                                ? " held until " + soonest + " and may be out of date: "
                                : " will hold only until " + soonest + ", another "
                                        + Text.time(Duration.between(now, soonest)) + ": ")
                        + some.stream()
                                .limit(FEW)
                                .map(item -> item.name().text())
                                .collect(Collectors.joining(", "))
                        + (some.size() > FEW ? ", ..." : ""));
            }
        }
        return warnings;
    }

    private List<Map<String, Object>> folder(List<Item> items) {
        Instant now = clock.instant();
        return items.stream().map(item -> row(item, now)).toList();
    }

    private static Map<String, Object> row(Item item, Instant now) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", item.name().text());
        object.put("size", item.size());
        object.put("sha256", item.sha256().hex());
        object.put("release", item.release());
        object.put("published", item.published().toString());
        object.put("ageSeconds", item.age(now).toSeconds());
        object.put("expires", item.expires().toString());
        object.put("standing", item.standing(now).name().toLowerCase(Locale.ROOT));
        return object;
    }

    private static List<String> names(List<Item> items) {
        return items.stream().map(item -> item.name().text()).toList();
    }

    private static String count(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
