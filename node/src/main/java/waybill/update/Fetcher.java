package waybill.update;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Promise;
import waybill.protocol.UpdateFault;
import waybill.requester.Collaborators;
import waybill.requester.Exchange;
import waybill.requester.RequesterConfig;
import waybill.requester.outbox.Carrier;
import waybill.store.content.ContentLimits;
import waybill.store.content.ContentStore;
import waybill.trust.TrackRecord;
import waybill.update.FetchResult.Outcome;

/**
 * Fetches published files for this machine (section 10.9): asks the LAN who has them, then the origin where there is a way,
 * and puts a file in its place only whole and verified. Several processes may share the data directory. For one thread at a
 * time.
 */
public final class Fetcher implements AutoCloseable {
    /** Files that are fetched at once where a whole catalogue is. */
    private static final int FILES_AT_ONCE = 4;
    /** From this size on it is worth asking who has a file, when a catalogue is mirrored. */
    private static final long WORTH_ASKING = 4L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    private final RequesterConfig config;
    private final BackendUrl backend;
    private final Collaborators with;
    private final RelaysSeen seen;
    private final TrackRecord record;
    private final RelayFinder finder;
    private final ContentStore store;
    private final Nearby nearby;
    private final Words words;
    private final Vetting vetting;
    private final Supply supply;
    private final Placing placing;
    private final Exchange exchange;

    private Fetcher(RequesterConfig config, Holdings holdings, Collaborators with) throws IOException {
        this.config = config;
        this.backend = config.backend().orElseThrow();
        this.with = with;
        store = holdings.store();
        vetting = holdings.vetting();
        words = new Words(vetting, holdings.blame());
        supply = new Supply(store, holdings.blame(), false, with.clocks()::ticks);
        placing = new Placing(supply, config.giveUp());
        exchange = new Exchange(config, with.hop());
        record = TrackRecord.open(config.data(), with.clocks());
        seen = new RelaysSeen(with.clocks(), record.seen());
        finder = with.finders().open(seen);
        nearby = new Nearby(
                backend,
                () -> finder,
                with.hop(),
                () -> holdings.round(with.clocks(), with.random()),
                seen,
                config.allowPlainLan(),
                Promise.MAX_HOPS,
                holdings.blame()::bars);
    }

    /**
     * Opens the data directory.
     *
     * @param config names the backend
     * @param cache what is kept of files that were fetched, for the next time
     * @throws IOException if the directory cannot be used
     */
    public static Fetcher open(RequesterConfig config, ContentLimits cache) throws IOException {
        Collaborators with = Collaborators.real(config);
        try {
            return new Fetcher(config, Holdings.open(config, cache, with.clocks()), with);
        } catch (IOException e) {
            with.hop().close();
            throw e;
        }
    }

    /**
     * Fetches into what is open already.
     *
     * @param config names the backend of the holdings
     * @throws IOException if the data directory or the network cannot be used
     */
    public static Fetcher open(RequesterConfig config, Holdings holdings) throws IOException {
        return open(config, holdings, Collaborators.real(config));
    }

    static Fetcher open(RequesterConfig config, Holdings holdings, Collaborators with) throws IOException {
        try {
            return new Fetcher(config, holdings, with);
        } catch (IOException e) {
            with.hop().close();
            throw e;
        }
    }

    /**
     * Fetches one file.
     *
     * @param target where it belongs; its directory must exist
     * @throws IOException if the data directory fails
     * @throws InterruptedException if the thread was interrupted; what came is kept
     */
    public FetchResult fetch(FileName name, Path target, FetchWatch watch) throws IOException, InterruptedException {
        FileUrl file = FileUrl.of(backend, name);
        Search search = search(file.toString(), watch);
        Laps laps = new Laps();
        while (true) {
            List<Giver> givers = search.next();
            Words.Heard<Vetting.Release> heard = words.release(name, givers, watch);
            boolean wholeLap = search.isLapOver();
            // Where the backend has spoken, neither what was kept from before nor a catalogue says more.
            boolean decided = heard.best().isPresent()
                    || heard.denied()
                    || heard.equivocal().isPresent();
            Optional<Vetting.Release> release = decided || !wholeLap ? heard.best() : keptOffline(name);
            if (release.isPresent()) {
                FetchResult.Published published = published(release.get());
                return placing.put(
                        published, target, search.after(givers, heard.from(), worthAsking(published)), watch);
            }
            Optional<FetchResult.Published> listed = decided ? Optional.empty() : listed(name, givers, watch);
            if (listed.isPresent()) {
                return placing.put(
                        listed.get(), target, search.after(givers, Optional.empty(), worthAsking(listed.get())), watch);
            }
            Optional<Outcome> end = laps.ended(heard, wholeLap);
            if (end.isPresent()) {
                return new FetchResult(file, target, end.get(), Optional.empty(), laps.trouble(heard.trouble()));
            }
        }
    }

    /**
     * What a catalogue says of a file: as good as its release, which those who keep whole folders do not have.
     *
     * @param givers of whom none gave the release
     */
    private Optional<FetchResult.Published> listed(FileName name, List<Giver> givers, FetchWatch watch)
            throws IOException, InterruptedException {
        Words.Heard<Words.Title> heard = words.catalogue(givers, watch);
        if (heard.best().isEmpty()) {
            return Optional.empty();
        }
        try {
            Vetting.Catalogue catalogue = withList(heard.best().get(), Hands.only(givers), watch);
            return catalogue
                    .list()
                    .find(name)
                    .filter(this::holds)
                    .map(entry -> published(FileUrl.of(backend, name), entry));
        } catch (UpdateFault | NobodyGivesException e) {
            LOG.debug("no list of a catalogue from {}: {}", givers, e.getMessage());
            return Optional.empty();
        }
    }

    /** What a catalogue says of a file counts as long as the release it names, be it that the catalogue holds longer. */
    private boolean holds(CatalogueList.Entry entry) {
        return entry.expires().isAfter(with.clocks().instant());
    }

    private static FetchResult.Published published(FileUrl file, CatalogueList.Entry entry) {
        return new FetchResult.Published(Wanted.of(file, entry), entry.release(), entry.published(), entry.expires());
    }

    /** The bytes, where it is worth asking the LAN who has just them. */
    private static Optional<Wanted> worthAsking(FetchResult.Published published) {
        return Optional.of(published.wanted()).filter(wanted -> wanted.size() >= WORTH_ASKING);
    }

    /** What was kept from before is good enough if nobody can be asked, and all of it is here. */
    private Optional<Vetting.Release> keptOffline(FileName name) throws IOException {
        Optional<Vetting.Release> kept = vetting.kept(name);
        return kept.isPresent() && store.isThere(kept.get().packet().sha256()) ? kept : Optional.empty();
    }

    private static FetchResult.Published published(Vetting.Release release) {
        return new FetchResult.Published(
                Wanted.of(release.packet()),
                release.packet().release(),
                release.packet().published(),
                release.packet().expires());
    }

    /** What a mirrored catalogue came to: the files, or why there is no catalogue. */
    public record Mirrored(
            Optional<Vetting.Catalogue> catalogue, List<FetchResult> files, Outcome outcome, String detail) {}

    /** Which files of a catalogue are wanted. */
    @FunctionalInterface
    public interface Choice {
        /**
         * Chooses; called once the catalogue is verified, before any file is looked for or changed.
         *
         * @throws IOException if nothing may change now
         */
        List<CatalogueList.Entry> of(Vetting.Catalogue catalogue) throws IOException;
    }

    /** As {@link #mirror(Path, Choice, FetchWatch)}, all that is published. */
    public Mirrored mirror(Path directory, FetchWatch watch) throws IOException, InterruptedException {
        return mirror(directory, catalogue -> catalogue.list().entries(), watch);
    }

    /**
     * Fetches what the backend publishes, is wanted, and is not in this folder yet as published. What is there beside it is
     * left alone.
     *
     * @param directory where the files belong, each under its name; it must exist
     * @throws IOException if the data directory fails
     * @throws InterruptedException if the thread was interrupted; what came is kept
     */
    public Mirrored mirror(Path directory, Choice choice, FetchWatch watch) throws IOException, InterruptedException {
        Search search = search(backend.toString(), watch);
        Laps laps = new Laps();
        while (true) {
            List<Giver> givers = search.next();
            Words.Heard<Words.Title> heard = words.catalogue(givers, watch);
            String trouble = heard.trouble();
            if (heard.best().isPresent()) {
                try {
                    Vetting.Catalogue catalogue =
                            withList(heard.best().get(), search.after(givers, heard.from(), Optional.empty()), watch);
                    List<FetchResult> files = putAll(choice.of(catalogue), directory, givers, watch);
                    return new Mirrored(Optional.of(catalogue), files, Outcome.FETCHED, "");
                } catch (UpdateFault e) {
                    return new Mirrored(Optional.empty(), List.of(), Outcome.UNVERIFIED, e.kind() + ": " + e.detail());
                } catch (NobodyGivesException e) {
                    trouble = String.valueOf(e.getMessage());
                }
            }
            Optional<Outcome> end = laps.ended(heard, search.isLapOver());
            if (end.isPresent()) {
                return new Mirrored(Optional.empty(), List.of(), end.get(), laps.trouble(trouble));
            }
        }
    }

    private Vetting.Catalogue withList(Words.Title title, Hands hands, FetchWatch watch)
            throws IOException, UpdateFault, InterruptedException {
        byte[] list = supply.small(title.packet().sha256(), (int) title.packet().size(), hands, watch);
        return vetting.hold(title.cms(), title.packet(), list);
    }

    private List<FetchResult> putAll(
            List<CatalogueList.Entry> entries, Path directory, List<Giver> givers, FetchWatch watch)
            throws IOException, InterruptedException {
        List<FetchResult> results = new ArrayList<>();
        Semaphore places = new Semaphore(FILES_AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<FetchResult>> files = new ArrayList<>();
            for (CatalogueList.Entry entry : entries) {
                files.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        return putOne(entry, directory, givers, watch);
                    } finally {
                        places.release();
                    }
                }));
            }
            try {
                for (Future<FetchResult> file : files) {
                    results.add(file.get());
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException own -> throw own;
                case InterruptedException interrupted -> throw interrupted;
                case RuntimeException fault -> throw fault;
                case null, default -> throw new IllegalStateException(e);
            }
        }
        return results;
    }

    private FetchResult putOne(CatalogueList.Entry entry, Path directory, List<Giver> givers, FetchWatch watch)
            throws IOException, InterruptedException {
        FileUrl file = FileUrl.of(backend, entry.name());
        FetchResult.Published published = published(file, entry);
        Path target = directory.resolve(entry.name().text());
        if (!holds(entry)) {
            String detail = "EXPIRED: its release held until " + entry.expires();
            return new FetchResult(file, target, Outcome.UNVERIFIED, Optional.of(published), detail);
        }
        try {
            target = Target.under(directory, entry.name());
        } catch (IOException e) {
            String detail = String.valueOf(e.getMessage());
            return new FetchResult(file, target, Outcome.LOCAL, Optional.of(published), detail);
        }
        // For small files whoever gave the catalogue is good enough, in the order in which everybody asks them.
        List<Giver> known = entry.size() < WORTH_ASKING ? elected(givers, file) : List.of();
        return placing.put(
                published,
                target,
                search(file.toString(), watch).after(known, Optional.empty(), worthAsking(published)),
                watch);
    }

    private static List<Giver> elected(List<Giver> givers, FileUrl file) {
        return givers.stream()
                .sorted(Comparator.comparing(giver -> giver.node()
                        .map(node -> Nearby.place(node, file.toString()))
                        .orElse(1.0)))
                .map(giver -> new Giver(giver.who(), giver.peer(), giver.hop(), giver.isOrigin()))
                .toList();
    }

    private Search search(String href, FetchWatch watch) {
        return new Search(href, config.via(), nearby, this::origin, watch);
    }

    private List<Giver> origin() {
        Carrier itself = new Carrier.Direct(backend);
        return exchange.mayDial(backend)
                ? List.of(new Giver(itself, exchange.peer(itself, backend), with.hop(), true))
                : List.of();
    }

    /** How long to go on looking for one who has the words. For one thread. */
    private final class Laps {
        private final long begin = with.clocks().ticks();
        private Duration pause = FIRST_PAUSE;

        /** How it ends without them, if it does; else waits before the next lap. */
        Optional<Outcome> ended(Words.Heard<?> heard, boolean wholeLap) throws InterruptedException {
            if (heard.equivocal().isPresent()) {
                return Optional.of(Outcome.UNVERIFIED);
            }
            if (heard.denied()) {
                return Optional.of(Outcome.NOT_PUBLISHED);
            }
            if (heard.unverified()) {
                unverified = true;
                doubt = heard.trouble();
            }
            if (!wholeLap) {
                return Optional.empty();
            }
            Duration left = config.giveUp().minusNanos(with.clocks().ticks() - begin);
            if (left.compareTo(pause) < 0) {
                return Optional.of(unverified ? Outcome.UNVERIFIED : Outcome.NOT_HAD);
            }
            with.clocks().pause(pause);
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            return Optional.empty();
        }

        /** What stood in the way: what did not verify, before who was not reached after that. */
        String trouble(String last) {
            return doubt.isEmpty() ? last : doubt;
        }

        private boolean unverified;
        private String doubt = "";
    }

    /** Ends discovery and the calls; what is too much in the cache goes. */
    @Override
    public void close() throws IOException {
        store.expire();
        try {
            record.keepSeen(seen.snapshot());
        } finally {
            finder.close();
            with.hop().close();
        }
    }
}
