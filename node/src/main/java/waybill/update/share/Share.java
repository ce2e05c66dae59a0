package waybill.update.share;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Turn;
import waybill.hop.UpdateService;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.content.ContentStore;
import waybill.store.content.Looked;
import waybill.update.FetchWatch;
import waybill.update.Giver;
import waybill.update.Hands;
import waybill.update.NobodyGivesException;
import waybill.update.Supply;
import waybill.update.Vetting;
import waybill.update.Wanted;
import waybill.update.Words;

/**
 * Gives the updates of one backend (section 10.9): whatever its current catalogue names and nothing else. What is not here
 * is fetched once, whoever asks, and passed on while it arrives. Safe for use by several threads.
 */
public final class Share implements UpdateService {
    /** The catalogue is asked for no more often than this, whoever wants to know. */
    static final Duration FRESH = Duration.ofSeconds(15);

    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Share.class);

    private final Vetting vetting;
    private final Words words;
    private final Supply supply;
    private final ContentStore store;
    private final Sources sources;
    private final Passages passages;
    private final LongSupplier nanos;
    private final ReentrantLock asking = new ReentrantLock();
    private final Looked looked = new Looked();
    private final OneByOne small = new OneByOne();

    private volatile Optional<Listed> index = Optional.empty();
    private volatile Optional<Listed> before = Optional.empty();
    private volatile Optional<Long> asked = Optional.empty();

    /**
     * Gives updates.
     *
     * @param supply brings into the cache, within its limits
     * @param sources whom to turn to for what is not here
     */
    public Share(Vetting vetting, Words words, Supply supply, Sources sources, Executor executor, LongSupplier nanos) {
        this.vetting = vetting;
        this.words = words;
        this.supply = supply;
        this.store = supply.store();
        this.sources = sources;
        this.passages = new Passages(supply, executor);
        this.nanos = nanos;
    }

    @Override
    public BackendUrl backend() {
        return vetting.backend();
    }

    /** Lets go of what is old. */
    public void expire() {
        store.expire();
        looked.forget(digest -> !store.has(digest));
    }

    /**
     * When it is this node's turn to answer a request for an update; never waits.
     *
     * @param self who gives here
     */
    public Turn turn(NodeId self, Packet.Request request) {
        return standing(request) == Standing.COULD ? Turn.Elected.of(self, request.href()) : new Turn.Soon();
    }

    /** How this relay stands to what is asked for. */
    private enum Standing {
        /** It is here, or arriving from the origin. */
        HOLDS,
        /** It is arriving from neighbours. */
        PASSES_ON,
        /** It is about to be fetched. */
        INTENDS,
        /** It could be fetched. */
        COULD
    }

    private Standing standing(Packet.Request request) {
        Optional<Sha256> bytes = request.sha256().or(() -> current(request.href()));
        if (bytes.isEmpty()) {
            // The catalogue itself, as long as it says something.
            return request.href().equals(backend().toString()) && vetting.held().isPresent()
                    ? Standing.HOLDS
                    : Standing.COULD;
        }
        if (store.has(bytes.get()) && isListed(bytes.get())) {
            return Standing.HOLDS;
        }
        return passages.find(bytes.get())
                .map(passage -> switch (passage.stage()) {
                    case MEANT -> Standing.INTENDS;
                    case FROM_NEIGHBOURS -> Standing.PASSES_ON;
                    case FROM_ORIGIN -> Standing.HOLDS;
                })
                .orElse(Standing.COULD);
    }

    /** What is here and no catalogue that holds names is not given. */
    private boolean isListed(Sha256 digest) {
        return index().map(now -> now.contents().containsKey(digest)).orElse(false)
                || before.filter(one -> vetting.holds(one.catalogue()))
                        .map(one -> one.contents().containsKey(digest))
                        .orElse(false);
    }

    private Optional<Sha256> current(String href) {
        try {
            FileName name = FileUrl.parse(href).name();
            return vetting.held()
                    .flatMap(catalogue -> catalogue.list().find(name))
                    .map(CatalogueList.Entry::sha256);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * How many hops lie before what is asked for, if this relay offers it: 0 where it holds it. What comes from neighbours is
     * offered to relays as if it were only meant to come, so that those alone take it who are behind this one in the order: else
     * relays that found each other could wait for each other in a circle. Never waits.
     *
     * @param network the interface that is asked on
     * @param relay whether another relay asks
     */
    public Optional<Integer> offer(Packet.Request request, String network, boolean relay) {
        return switch (standing(request)) {
            case HOLDS -> Optional.of(0);
            case PASSES_ON -> Optional.of(relay ? 1 : 0);
            case INTENDS -> Optional.of(1);
            // Who knows the bytes asks only for those who have them.
            case COULD ->
                request.sha256().isEmpty() && sources.areOpen(network, relay) ? Optional.of(1) : Optional.empty();
        };
    }

    @Override
    public byte[] catalogue() throws ProblemException, IOException, InterruptedException {
        return fresh().catalogue().cms().clone();
    }

    @Override
    public byte[] release(FileName name) throws ProblemException, IOException, InterruptedException {
        CatalogueList.Entry entry = entry(name);
        Optional<byte[]> kept = kept(name, entry);
        return kept.isPresent() ? kept.get() : asked(name, entry);
    }

    private Optional<byte[]> kept(FileName name, CatalogueList.Entry entry) throws IOException {
        return vetting.kept(name)
                .map(Vetting.Release::cms)
                .filter(cms -> Sha256.of(cms).equals(entry.signed()))
                .map(byte[]::clone);
    }

    private byte[] asked(FileName name, CatalogueList.Entry entry)
            throws ProblemException, IOException, InterruptedException {
        FileUrl file = FileUrl.of(backend(), name);
        try (OneByOne.Turn _ = small.turn(entry.signed());
                Sources.Source everybody = sources.of(file.toString(), 0, Optional.empty())) {
            Optional<byte[]> brought = kept(name, entry); // by one who was before this one
            if (brought.isPresent()) {
                return brought.get();
            }
            for (List<Giver> givers = everybody.next(); !givers.isEmpty(); givers = everybody.next()) {
                Optional<Vetting.Release> release =
                        words.release(name, givers, FetchWatch.SILENT).best();
                if (release.isPresent()) {
                    return release.get().cms().clone();
                }
            }
        }
        throw new ProblemException(Problem.BUSY, "its release is not to be had now", Optional.of(LATER));
    }

    @Override
    public Named named(FileName name) throws ProblemException, IOException, InterruptedException {
        CatalogueList.Entry entry = entry(name);
        return new Named(entry.sha256(), entry.published());
    }

    private CatalogueList.Entry entry(FileName name) throws ProblemException, IOException, InterruptedException {
        return fresh().catalogue()
                .list()
                .find(name)
                .orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "the backend publishes no such file"));
    }

    @Override
    public Content content(Sha256 digest) throws ProblemException, IOException, InterruptedException {
        Optional<Listed.Item> listed = index().map(now -> now.contents().get(digest));
        if (listed.isEmpty()) {
            // It may be of a publication that was not heard of yet; or of the one before, which somebody is still at.
            listed = Optional.ofNullable(fresh().contents().get(digest))
                    .or(() -> before.filter(one -> vetting.holds(one.catalogue()))
                            .map(one -> one.contents().get(digest)));
        }
        return switch (listed.orElseThrow(
                () -> new ProblemException(Problem.NOT_FOUND, "no release that holds names these bytes"))) {
            case Listed.Item.File(Wanted wanted) -> file(wanted);
            case Listed.Item.Small(int size, String href) -> small(digest, size, href);
        };
    }

    private Content file(Wanted wanted) throws ProblemException, IOException, InterruptedException {
        // What came whole between the two questions is here the second time.
        for (int attempt = 0; attempt < 2; attempt++) {
            Optional<Content> here = here(wanted.sha256());
            if (here.isPresent()) {
                return here.get();
            }
            if (wanted.size() > store.limits().size()) {
                throw new ProblemException(Problem.TOO_LARGE, "larger than the cache");
            }
            if (!sources.fetch()) {
                throw new ProblemException(
                        Problem.BUSY, "it is not here, and nothing is fetched for others", Optional.of(LATER));
            }
            Optional<Passage> passage = passages.join(
                    wanted, what -> sources.of(what.file().toString(), what.size(), Optional.of(what.sha256())));
            if (passage.isPresent()) {
                return passage.get();
            }
        }
        throw new ProblemException(Problem.BUSY, "it went while it was asked for", Optional.of(LATER));
    }

    /** A disk that rots must not make a forger of this relay: what was here before it started is looked at once. */
    private Optional<Content> here(Sha256 digest) throws IOException {
        if (!store.has(digest)) {
            return Optional.empty();
        }
        if (!looked.isSound(digest, () -> store.isSound(digest))) {
            LOG.warn("the content {} was damaged on this disk; it is fetched anew", digest);
            store.drop(digest);
            return Optional.empty();
        }
        Optional<SeekableByteChannel> channel = store.open(digest);
        return channel.isPresent() ? Optional.of(new Holding(channel.get())) : Optional.empty();
    }

    private Content small(Sha256 digest, int size, String href)
            throws ProblemException, IOException, InterruptedException {
        try (OneByOne.Turn _ = small.turn(digest);
                Sources.Source everybody = sources.of(href, size, Optional.empty())) {
            return new InMemory(supply.small(digest, size, everybody, FetchWatch.SILENT));
        } catch (NobodyGivesException e) {
            throw new ProblemException(Problem.BUSY, "nobody gives it now", Optional.of(LATER));
        }
    }

    private record InMemory(byte[] bytes) implements Content {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public InputStream open(long from, long length) {
            return new ByteArrayInputStream(bytes, (int) from, (int) length);
        }

        @Override
        public void close() {
            // Nothing to give back.
        }
    }

    /** The catalogue that is held; the origin or another relay is asked for a younger one now and then. */
    private Listed fresh() throws ProblemException, IOException, InterruptedException {
        Optional<Listed> held = index();
        if (held.isEmpty()) {
            asking.lockInterruptibly();
        } else if (askedLately() || !asking.tryLock()) {
            return held.get(); // where somebody asks just now, what is held is good enough not to wait for that
        }
        try {
            if (!askedLately()) {
                ask();
                asked = Optional.of(nanos.getAsLong());
            }
        } finally {
            asking.unlock();
        }
        return index().orElseThrow(() -> new ProblemException(
                Problem.BUSY, "no catalogue that verifies and has not expired is to be had now", Optional.of(LATER)));
    }

    private boolean askedLately() {
        return asked.isPresent() && nanos.getAsLong() - asked.get() < FRESH.toNanos();
    }

    private void ask() throws IOException, InterruptedException {
        try (Sources.Source everybody = sources.of(backend().toString(), 0, Optional.empty())) {
            for (List<Giver> givers = everybody.next(); !givers.isEmpty(); givers = everybody.next()) {
                Words.Heard<Words.Title> heard = words.catalogue(givers, FetchWatch.SILENT);
                if (heard.best().isEmpty()) {
                    LOG.info("no catalogue from {}: {}", givers, heard.trouble());
                } else if (hold(heard.best().get(), givers)) {
                    return;
                }
            }
        }
    }

    /** Who gives a catalogue and keeps its list back must not keep the next from being asked. */
    private boolean hold(Words.Title title, List<Giver> givers) throws IOException, InterruptedException {
        try {
            byte[] list = supply.small(
                    title.packet().sha256(), (int) title.packet().size(), Hands.only(givers), FetchWatch.SILENT);
            var _ = vetting.hold(title.cms(), title.packet(), list);
            return true;
        } catch (UpdateFault | NobodyGivesException e) {
            LOG.warn("the catalogue of {} cannot be taken from {}: {}", backend(), givers, e.getMessage());
            return false;
        }
    }

    /** What the catalogue that is held names, unless it has expired. */
    private Optional<Listed> index() {
        Optional<Vetting.Catalogue> held = vetting.held();
        Optional<Listed> now = index;
        if (held.isEmpty()) {
            return Optional.empty();
        }
        if (now.isEmpty() || !now.get().catalogue().packet().equals(held.get().packet())) {
            before = now;
            now = Optional.of(Listed.of(held.get(), backend()));
            index = now;
        }
        return now;
    }
}
