package waybill.upkeep;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.requester.Clocks;
import waybill.store.DirectoryInUseException;
import waybill.store.DurableFiles;
import waybill.store.LockedDirectory;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;
import waybill.update.FetchWatch;
import waybill.update.Fetcher;
import waybill.update.Target;
import waybill.update.Vetting;

/**
 * Keeps a folder as a backend publishes it, and has a command run after each change (section 10.9 says how files come). One
 * process at a time for a folder, a backend and a data directory. It may be killed at any moment: files are whole, and the
 * command runs at the next start for what it was not told of. For one thread.
 */
public final class Upkeep implements Closeable {
    /** Wall clocks jump and machines sleep: no wait is trusted for longer. */
    private static final Duration LOOK = Duration.ofMinutes(1);
    /** Names take no more of the command's environment than this; systems bound it. */
    private static final int MAX_NAMES = 32 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    private final Settings settings;
    private final Source source;
    private final Clocks clocks;
    private final LockedDirectory directory;
    private final Ledger ledger;

    /**
     * What is kept how.
     *
     * @param data this machine's own; what is known of the folder lies there
     * @param folder which is kept; it must exist
     * @param command runs after a change
     */
    public record Settings(
            Path data, Path folder, BackendUrl backend, Selection selection, Optional<Command> command) {}

    /** Runs after a change; {@link LocalCommand} in earnest. */
    @FunctionalInterface
    public interface Command {
        /**
         * Runs it to its end.
         *
         * @param environment what it is to know
         * @throws InterruptedException if the thread was interrupted; the command is ended then
         */
        LocalCommand.Ended run(Map<String, String> environment) throws InterruptedException;
    }

    /** Fetches into a folder; {@link Fetcher#mirror(Path, Fetcher.Choice, FetchWatch)} in earnest. */
    @FunctionalInterface
    public interface Source {
        /** As that. */
        Fetcher.Mirrored mirror(Path folder, Fetcher.Choice choice, FetchWatch watch)
                throws IOException, InterruptedException;
    }

    /** Hears how it goes. Called by the thread that runs. */
    public interface Listener {
        /** The command was run for changes of an earlier process that was ended before it could. */
        void resumed(Round.Told told);

        /** A round begins; gives who watches it. */
        FetchWatch begins();

        /** A round ended, and the next one begins in so much time. */
        void ended(Round round, Duration next);

        /** The publisher's word on these is worth less than before, between two rounds. */
        void aged(List<Item> items);
    }

    private Upkeep(Settings settings, Source source, Clocks clocks, LockedDirectory directory) throws IOException {
        this.settings = settings;
        this.source = source;
        this.clocks = clocks;
        this.directory = directory;
        this.ledger = Ledger.open(directory.directory());
    }

    /**
     * Takes the folder.
     *
     * @throws DirectoryInUseException if another process keeps it
     * @throws IOException if it, or the data directory, cannot be used
     */
    public static Upkeep open(Settings settings, Source source, Clocks clocks) throws IOException {
        String name = settings.folder().toRealPath() + "\n" + settings.backend();
        Path own = settings.data()
                .resolve("upkeep")
                .resolve(Sha256.of(name.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16));
        DurableFiles.directory(own, true);
        LockedDirectory directory = LockedDirectory.lock(own);
        try {
            return new Upkeep(settings, source, clocks, directory);
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /** What the folder holds as it was published at some time. */
    public List<Item> there() {
        return ledger.there();
    }

    /**
     * Runs the command for what changed before an earlier process was ended; asks nobody.
     *
     * @return how that ended, if there was anything
     */
    public Optional<Round.Told> resume() throws InterruptedException {
        try {
            List<Item> good = new ArrayList<>();
            for (Item item : ledger.coming()) {
                if (Target.has(settings.folder().resolve(item.name().text()), item.size(), item.sha256())) {
                    good.add(item);
                }
            }
            ledger.arrived(good, List.of());
            return tell();
        } catch (IOException e) {
            LOG.warn("what was left from before is looked at in the next round: {}", words(e));
            return Optional.empty();
        }
    }

    /**
     * Rounds, for ever.
     *
     * @throws InterruptedException if the thread was interrupted, which is the one way it ends
     */
    public void run(Schedule schedule, Listener listener) throws InterruptedException {
        resume().ifPresent(listener::resumed);
        while (true) {
            Round round = round(listener.begins());
            Duration wait = schedule.after(round.good());
            listener.ended(round, wait);
            pause(wait, listener);
        }
    }

    /** One round: what changed is fetched, and the command told. What fails is in its outcome. */
    public Round round(FetchWatch watch) throws InterruptedException {
        Look look = new Look();
        try {
            Fetcher.Mirrored mirrored = source.mirror(settings.folder(), look, watch);
            return ended(mirrored, look);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException(); // a file that was open just then says it in its own way
            }
            return failed(words(e));
        } catch (RuntimeException e) {
            // The outermost edge: it must live for as long as nobody stops it.
            LOG.error("an unexpected failure; tried again", e);
            return failed("unexpected: " + e);
        }
    }

    private Round failed(String detail) {
        return new Round(
                Outcome.LOCAL,
                detail,
                Optional.empty(),
                List.of(),
                ledger.there(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    private Round ended(Fetcher.Mirrored mirrored, Look look) throws IOException, InterruptedException {
        List<Item> good = new ArrayList<>();
        Set<FileName> anew = new HashSet<>();
        for (FetchResult result : mirrored.files()) {
            Item item = look.wanted.get(result.file().name());
            if (item != null && result.good()) {
                good.add(item);
                if (result.outcome() == Outcome.FETCHED) {
                    anew.add(item.name());
                }
            }
        }
        ledger.arrived(good, anew);
        Optional<Round.Told> told = tell();
        Optional<FetchResult> worst = mirrored.files().stream().max(Comparator.comparing(FetchResult::outcome));
        Outcome outcome = mirrored.outcome();
        String detail = mirrored.detail();
        if (mirrored.catalogue().isPresent()) {
            outcome = anew.isEmpty() ? Outcome.CURRENT : Outcome.FETCHED;
            if (!look.missing.isEmpty()) {
                outcome = Outcome.NOT_PUBLISHED;
                detail = "not published: " + String.join(", ", look.missing);
            }
            if (worst.isPresent()
                    && !worst.get().good()
                    && worst.get().outcome().compareTo(outcome) > 0) {
                outcome = worst.get().outcome();
                detail = worst.get().file().name() + ": " + worst.get().detail();
            }
        }
        return new Round(
                outcome,
                detail,
                mirrored.catalogue().map(Vetting.Catalogue::packet),
                mirrored.files(),
                ledger.there(),
                look.missing,
                look.withdrawn,
                told);
    }

    /** Chooses of a catalogue, and writes down what is about to change before it does. */
    private final class Look implements Fetcher.Choice {
        private final Map<FileName, Item> wanted = new TreeMap<>();
        private List<String> missing = List.of();
        private List<FileName> withdrawn = List.of();

        @Override
        public List<CatalogueList.Entry> of(Vetting.Catalogue catalogue) throws IOException {
            List<CatalogueList.Entry> chosen = catalogue.list().entries().stream()
                    .filter(entry -> settings.selection().takes(entry.name()))
                    .toList();
            chosen.forEach(entry -> wanted.put(entry.name(), Item.of(entry, catalogue.packet())));
            missing = settings.selection().missing(catalogue.list());
            Map<FileName, Item> before = ledger.there().stream().collect(Collectors.toMap(Item::name, one -> one));
            List<Item> changed = new ArrayList<>();
            for (Item item : wanted.values()) {
                Item known = before.get(item.name());
                if (known == null || !known.sha256().equals(item.sha256()) || !looksRight(item)) {
                    changed.add(item);
                }
            }
            // What is left alone because other names are wanted now is published as ever.
            withdrawn = ledger.expect(wanted.values(), changed).stream()
                    .filter(name -> catalogue.list().find(name).isEmpty())
                    .toList();
            return chosen;
        }
    }

    /** By its size alone: all of it is looked at when it is its turn. */
    private boolean looksRight(Item item) throws IOException {
        Path file = settings.folder().resolve(item.name().text());
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) == item.size();
    }

    /** Runs the command, if it does not know of something. */
    private Optional<Round.Told> tell() throws IOException, InterruptedException {
        List<Item> items = ledger.untold();
        if (settings.command().isEmpty() || items.isEmpty()) {
            return Optional.empty();
        }
        LocalCommand.Ended ended = settings.command().get().run(environment(items));
        if (ended.ok()) {
            ledger.told(items);
        }
        return Optional.of(new Round.Told(items, ended));
    }

    /**
     * What the command may know. Names have harmless characters, and begin with {@code ./}, so that none is taken for an
     * option.
     */
    private Map<String, String> environment(List<Item> items) {
        String names = items.stream().map(item -> "./" + item.name()).collect(Collectors.joining("\n"));
        long release = items.stream().mapToLong(Item::release).max().orElse(0);
        return Map.of(
                "UPDATE_DIRECTORY", settings.folder().toAbsolutePath().toString(),
                "UPDATE_BACKEND", settings.backend().toString(),
                "UPDATE_RELEASE", Long.toString(release),
                "UPDATE_COUNT", Integer.toString(items.size()),
                "UPDATE_FILES", names.length() <= MAX_NAMES ? names : "");
    }

    /**
     * Waits, by both clocks: the monotonic one may stand still while the machine sleeps, the wall clock jumps. It is over as
     * soon as either says so.
     */
    private void pause(Duration time, Listener listener) throws InterruptedException {
        long ticks = clocks.ticks();
        Instant wall = clocks.instant();
        Map<FileName, Item.Standing> standing = standings(wall);
        for (Duration left = time; left.isPositive(); left = time.minus(passed(ticks, wall))) {
            clocks.pause(left.compareTo(LOOK) < 0 ? left : LOOK);
            Map<FileName, Item.Standing> now = standings(clocks.instant());
            List<Item> aged = ledger.there().stream()
                    .filter(item -> standing(now, item).compareTo(standing(standing, item)) > 0)
                    .toList();
            standing.putAll(now);
            if (!aged.isEmpty()) {
                listener.aged(aged);
            }
        }
    }

    private Duration passed(long ticks, Instant wall) {
        Duration ticked = Duration.ofNanos(clocks.ticks() - ticks);
        Duration walked = Duration.between(wall, clocks.instant());
        return ticked.compareTo(walked) > 0 ? ticked : walked;
    }

    private Map<FileName, Item.Standing> standings(Instant now) {
        Map<FileName, Item.Standing> all = new TreeMap<>();
        ledger.there().forEach(item -> all.put(item.name(), item.standing(now)));
        return all;
    }

    private static Item.Standing standing(Map<FileName, Item.Standing> all, Item item) {
        return all.getOrDefault(item.name(), Item.Standing.HOLDS);
    }

    private static String words(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    /** Lets go of the folder. */
    @Override
    public void close() throws IOException {
        directory.close();
    }
}
