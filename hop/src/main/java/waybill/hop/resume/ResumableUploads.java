package waybill.hop.resume;

import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.Haul;
import waybill.hop.HopService;
import waybill.hop.HopService.Arrival;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * The resumable uploads that are under way at one server. They live as long as the server does and as somebody cares:
 * without a byte for as long as it earned an upload is given up, and its reservation goes back. Safe for use by several threads.
 */
public final class ResumableUploads implements AutoCloseable {
    private static final int TOKEN_BYTES = 16;
    /** How long what became of an upload can be looked up. */
    private static final Duration KEPT = Duration.ofMinutes(2);

    /** So many of those, over all addresses. */
    private static final int MOST_DECIDED = 1024;

    private static final Duration SOON = Duration.ofSeconds(5);

    /** How long an upload that is replaced may take to give its room back. */
    private static final Duration LEAVE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ResumableUploads.class);

    private final int most;
    private final int mostOfPeer;
    private final Duration patience;
    private final long slowest;
    private final SecureRandom random = new SecureRandom();
    /** In the order they began. */
    private final Map<String, Entry> uploads = new LinkedHashMap<>();

    private final AtomicInteger threads = new AtomicInteger();
    private boolean closed;

    private record Entry(ResumableUpload upload, HopService service, InetAddress peer, Thread thread) {
        /** Whether nobody brings bytes of it and nothing was decided about it. */
        boolean isIdle() {
            return !upload.isHeld() && !upload.isDecided();
        }
    }

    /**
     * What an upload's creator says of it.
     *
     * @param hops made so far
     */
    public record Description(
            TaskId id,
            long length,
            Optional<Sha256> sha256,
            Optional<Sha256> contents,
            Optional<String> recipient,
            int hops) {
        /** Whether it is of the same delivery; of one without a digest nobody knows. */
        boolean isOfSameDelivery(Description other) {
            return sha256.isPresent()
                    && id.equals(other.id)
                    && sha256.equals(other.sha256)
                    && contents.equals(other.contents);
        }
    }

    /**
     * Without uploads.
     *
     * @param most at once
     * @param mostOfPeer the same of one address
     * @param patience how long an upload lives without a byte, at the most: what it brought earns it (section 3.9)
     * @param slowest bytes per second that its bytes must make on average once it has waited so long in all
     */
    public ResumableUploads(int most, int mostOfPeer, Duration patience, long slowest) {
        this.most = most;
        this.mostOfPeer = mostOfPeer;
        this.patience = patience;
        this.slowest = slowest;
    }

    /**
     * Begins an upload: the service reserves room for it and waits for its bytes. It takes the place of an older one of the
     * same delivery from the same address that no request holds: whoever began that was killed, or gave it up. If there are
     * too many over all addresses, the one that no request holds and that brought the fewest bytes is given up for it.
     *
     * @throws ProblemException TOO_MANY or BUSY if there are too many
     */
    public ResumableUpload create(HopService service, Description described, InetAddress peer)
            throws ProblemException, InterruptedException {
        endOlder(service, described, peer);
        byte[] secret = new byte[TOKEN_BYTES];
        random.nextBytes(secret);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Feed feed = new Feed(patience, slowest);
        ResumableUpload upload = new ResumableUpload(token, described, feed);
        Arrival arrival = new Arrival(
                described.id(),
                OptionalLong.of(described.length()),
                described.sha256(),
                described.contents(),
                described.recipient(),
                described.hops(),
                peer,
                feed);
        Thread thread = Thread.ofVirtual().name("resumable-upload").unstarted(() -> {
            try {
                deliver(service, arrival, upload);
            } finally {
                threads.decrementAndGet();
            }
        });
        synchronized (this) {
            List<Entry> all = underWay();
            long own = all.stream().filter(entry -> entry.peer().equals(peer)).count();
            if (own >= mostOfPeer) {
                throw new ProblemException(
                        Problem.TOO_MANY, "as many uploads of one address at once as there may be", Optional.of(SOON));
            }
            if (closed || (all.size() >= most && !makesWay(all))) {
                throw new ProblemException(Problem.BUSY, "as many uploads at once as there may be", Optional.of(SOON));
            }
            forgetBeyond(MOST_DECIDED);
            uploads.put(token, new Entry(upload, service, peer, thread));
        }
        threads.incrementAndGet();
        thread.start();
        return upload;
    }

    private void endOlder(HopService service, Description described, InetAddress peer) throws InterruptedException {
        List<Entry> older;
        synchronized (this) {
            older = uploads.values().stream()
                    .filter(entry -> entry.isIdle()
                            && entry.service() == service
                            && entry.peer().equals(peer)
                            && entry.upload().described().isOfSameDelivery(described))
                    .toList();
            older.forEach(entry -> uploads.remove(entry.upload().token()));
        }
        for (Entry entry : older) {
            entry.upload().abandon(new ProblemException(Problem.GONE, "its creator began it anew"));
            entry.upload().awaitDecided(LEAVE);
        }
    }

    /** Gives up the one that is the least loss; of those that brought as little, the oldest. */
    private boolean makesWay(List<Entry> all) {
        Optional<Entry> least = all.stream()
                .filter(Entry::isIdle)
                .min(Comparator.comparingLong(entry -> entry.upload().received()));
        least.ifPresent(entry -> {
            uploads.remove(entry.upload().token());
            entry.upload()
                    .abandon(new ProblemException(Problem.BUSY, "another upload needed its place", Optional.of(SOON)));
        });
        return least.isPresent();
    }

    /** How many threads there are for uploads, decided ones included. */
    int threads() {
        return threads.get();
    }

    /** Those of which it is not known yet what becomes of them: they hold room. */
    private List<Entry> underWay() {
        return uploads.values().stream()
                .filter(entry -> !entry.upload().isDecided())
                .toList();
    }

    /** Of those that are decided so many can be looked up, the latest; each is a thread that sleeps. */
    private void forgetBeyond(int count) {
        List<Entry> decided = uploads.values().stream()
                .filter(entry -> entry.upload().isDecided())
                .toList();
        decided.stream().limit(Math.max(0, decided.size() - count)).forEach(entry -> {
            uploads.remove(entry.upload().token());
            entry.thread().interrupt();
        });
    }

    private void deliver(HopService service, Arrival arrival, ResumableUpload upload) {
        Haul.run(upload.length(), () -> decide(service, arrival, upload));
        if (find(service, upload.token()).isEmpty()) {
            return; // its creator ended it
        }
        try {
            // Whoever lost the last answer can still learn what became of it.
            Thread.sleep(KEPT);
        } catch (InterruptedException e) {
            // The server closes, or it was ended.
        } finally {
            forget(upload.token());
        }
    }

    private static void decide(HopService service, Arrival arrival, ResumableUpload upload) {
        try {
            upload.decided(service.deliver(arrival));
        } catch (ProblemException | IOException | RuntimeException e) {
            if (e instanceof RuntimeException) {
                LOG.error("an upload failed inside", e); // the outermost edge of this thread
            }
            upload.failed(e);
        }
    }

    private synchronized void forget(String token) {
        uploads.remove(token);
    }

    /** The upload of this name at this service. */
    public synchronized Optional<ResumableUpload> find(HopService service, String token) {
        return Optional.ofNullable(uploads.get(token))
                .filter(entry -> entry.service() == service)
                .map(Entry::upload);
    }

    /** Ends it: its bytes are thrown away, unless the delivery is held already. */
    public void terminate(ResumableUpload upload) {
        Optional<Entry> entry;
        synchronized (this) {
            entry = Optional.ofNullable(uploads.remove(upload.token()));
        }
        upload.abandon(new ProblemException(Problem.GONE, "its creator ended it"));
        if (upload.isDecided()) {
            entry.ifPresent(one -> one.thread().interrupt());
        }
    }

    /** Gives all up; who still waits for one is told to come again. */
    @Override
    public void close() {
        Map<String, Entry> all;
        synchronized (this) {
            closed = true;
            all = Map.copyOf(uploads);
        }
        all.values().forEach(entry -> {
            // Nothing that ends a delivery: the next server takes it.
            entry.upload().abandon(new ProblemException(Problem.BUSY, "this server is going down", Optional.of(SOON)));
            entry.thread().interrupt();
        });
    }
}
