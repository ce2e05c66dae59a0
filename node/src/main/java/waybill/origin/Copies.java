package waybill.origin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.GivenFile;
import waybill.hop.UpdateService.Content;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.store.content.Copy;
import waybill.store.content.CopyStore;

/**
 * Copies of what origins give that have no releases (section 10.10). Each is asked for once, whoever wants it, and passed on
 * while it comes; what is here is asked about again before it is given, and given all the same where nobody can be asked. Whether
 * it is right, the client's own signatures say. Safe for use by several threads.
 */
public final class Copies {
    /** Nobody is asked about the same thing more often than this, whoever wants to know. */
    static final Duration FRESH = Duration.ofSeconds(15);
    /** The most questions at once. */
    static final int MOST = 64;
    /** Of so many it is remembered when they were asked about last. */
    private static final int REMEMBERED = 4096;

    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Copies.class);

    private final CopyStore store;
    private final Couriers couriers;
    private final Executor executor;
    private final InstantSource clock;
    private final LongSupplier nanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Sha256, Errand> errands = new HashMap<>();
    private final Map<Sha256, Asked> asked = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Sha256, Asked> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** When it was said last that something of an origin is not to be had. */
    private final Map<Sha256, Long> complained = new ConcurrentHashMap<>();

    /** When something was asked about last, and whether there was none. */
    private record Asked(long at, boolean missing) {}

    /** Which time a copy is given with. */
    public enum Dating {
        /** The origin's own, for another node. */
        ORIGIN,
        /** When it was taken in here, for a client that asks what changed since it downloaded. */
        TAKEN
    }

    /** Keeps copies in this store, and asks these for them. */
    public Copies(CopyStore store, Couriers couriers, Executor executor, InstantSource clock, LongSupplier nanos) {
        this.store = store;
        this.couriers = couriers;
        this.executor = executor;
        this.clock = clock;
        this.nanos = nanos;
    }

    /** Lets go of what is old. */
    public void expire() {
        store.expire();
    }

    /** The copy of what stands at a path. */
    public GivenFile get(Origin origin, OriginPath path, String agent, Dating dating)
            throws ProblemException, IOException, InterruptedException {
        Sha256 key = origin.keyOf(path);
        // What was here a moment ago may go meanwhile, once.
        for (int attempt = 0; attempt < 2; attempt++) {
            Optional<Errand> errand = join(key, origin, path, agent);
            if (errand.isPresent()
                    && errand.get().outcome() instanceof Errand.Outcome.Bytes(Content content, Noted noted)) {
                return given(content, noted, dating);
            }
            Optional<Copy> here = store.open(key);
            if (here.isPresent()) {
                return given(new Held(here.get()), Noted.of(here.get().notes()), dating);
            }
            forget(key);
        }
        throw new ProblemException(Problem.BUSY, "the copy went while it was asked for", Optional.of(LATER));
    }

    private static GivenFile given(Content content, Noted noted, Dating dating) {
        Optional<Instant> time = dating == Dating.ORIGIN ? noted.validators().time() : Optional.of(noted.taken());
        return new GivenFile(content, noted.validators().strong(), time, noted.mediaType());
    }

    /** The question that is under way, or a new one; none if it was asked a moment ago and the copy is here. */
    private Optional<Errand> join(Sha256 key, Origin origin, OriginPath path, String agent) throws ProblemException {
        lock.lock();
        try {
            Errand there = errands.get(key);
            if (there != null) {
                return Optional.of(there);
            }
            Asked last = asked.get(key);
            if (last != null && nanos.getAsLong() - last.at() < FRESH.toNanos()) {
                if (last.missing()) {
                    throw missing();
                }
                return Optional.empty();
            }
            if (errands.size() >= MOST) {
                throw new ProblemException(
                        Problem.BUSY, "as much is being fetched as may be at once", Optional.of(LATER));
            }
            Errand errand = new Errand();
            errands.put(key, errand);
            try {
                executor.execute(() -> run(errand, key, origin, path, agent));
            } catch (RejectedExecutionException e) {
                errands.remove(key);
                throw new ProblemException(Problem.BUSY, "it is going down here");
            }
            return Optional.of(errand);
        } finally {
            lock.unlock();
        }
    }

    private void run(Errand errand, Sha256 key, Origin origin, OriginPath path, String agent) {
        Optional<ProblemException> failure =
                Optional.of(new ProblemException(Problem.INTERNAL, "it could not be fetched", Optional.of(LATER)));
        try {
            Asking asking = new Asking(store, errand, key, origin, path, clock);
            failure = asking.ask(couriers.to(origin), agent);
            note(key, failure);
            if (failure.isPresent() && failure.get().problem() != Problem.NOT_FOUND) {
                complain(origin, path, asking.trouble());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} of {} could not be taken in", path, origin, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.lock();
            try {
                errands.remove(key);
            } finally {
                lock.unlock();
            }
            try {
                errand.ended(failure);
            } catch (IOException e) {
                LOG.warn("closing a copy: {}", e.toString());
            }
        }
    }

    private void note(Sha256 key, Optional<ProblemException> failure) {
        boolean missing = failure.isPresent() && failure.get().problem() == Problem.NOT_FOUND;
        if (failure.isEmpty() || missing) {
            lock.lock();
            try {
                asked.put(key, new Asked(nanos.getAsLong(), missing));
            } finally {
                lock.unlock();
            }
        }
    }

    /** Once in a while for each origin: whoever asks as often as he can must not fill a disk with it. */
    private void complain(Origin origin, OriginPath path, String trouble) {
        long now = nanos.getAsLong();
        Long last = complained.get(origin.key());
        if (last == null || now - last >= FRESH.toNanos()) {
            complained.put(origin.key(), now);
            LOG.info("{} of {} is not to be had now: {}", path, origin, trouble);
        } else {
            LOG.debug("{} of {} is not to be had now: {}", path, origin, trouble);
        }
    }

    private void forget(Sha256 key) {
        lock.lock();
        try {
            asked.remove(key);
        } finally {
            lock.unlock();
        }
    }

    static ProblemException missing() {
        return new ProblemException(Problem.NOT_FOUND, "the origin has no such thing");
    }

    /** A copy that is here whole. */
    private record Held(Copy copy) implements Content {
        @Override
        public long size() {
            try {
                return copy.size();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public InputStream open(long from, long length) {
            return new InputStream() {
                private long at = from;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int count) throws IOException {
                    int read = copy.read(ByteBuffer.wrap(bytes, offset, count), at);
                    at += Math.max(0, read);
                    return read;
                }
            };
        }

        @Override
        public void close() throws IOException {
            copy.close();
        }
    }
}
