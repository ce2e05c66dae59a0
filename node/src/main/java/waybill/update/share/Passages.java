package waybill.update.share;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.FileUrl;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.StoreFullException;
import waybill.update.FetchWatch;
import waybill.update.Giver;
import waybill.update.NobodyGivesException;
import waybill.update.Supply;
import waybill.update.Wanted;

/** The contents that are being fetched now, each once, whoever asks for it. Safe for use by several threads. */
final class Passages {
    /** The most at once. */
    static final int MOST = 32;

    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final Duration LATER = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Passages.class);

    private final Supply supply;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Sha256, Passage> all = new HashMap<>();

    Passages(Supply supply, Executor executor) {
        this.supply = supply;
        this.executor = executor;
    }

    /** Says whom to fetch something from. */
    @FunctionalInterface
    interface Suppliers {
        Sources.Source of(Wanted wanted);
    }

    /** The one under way, if there is one. */
    Optional<Passage> find(Sha256 sha256) {
        lock.lock();
        try {
            return Optional.ofNullable(all.get(sha256));
        } finally {
            lock.unlock();
        }
    }

    /** Those under way. */
    Collection<Passage> now() {
        lock.lock();
        try {
            return List.copyOf(all.values());
        } finally {
            lock.unlock();
        }
    }

    /** Joins the one under way, or begins one; empty if all of it came just now. */
    Optional<Passage> join(Wanted wanted, Suppliers suppliers) throws ProblemException, IOException {
        lock.lock();
        try {
            Passage there = all.get(wanted.sha256());
            if (there != null) {
                return Optional.of(there);
            }
            if (supply.store().isThere(wanted.sha256())) {
                return Optional.empty();
            }
            if (all.size() >= MOST) {
                throw new ProblemException(
                        Problem.BUSY, "as much is being fetched as may be at once", Optional.of(LATER));
            }
            Passage passage = new Passage(wanted, supply.store());
            all.put(wanted.sha256(), passage);
            try {
                executor.execute(() -> run(passage, suppliers));
            } catch (RejectedExecutionException e) {
                all.remove(wanted.sha256());
                throw new ProblemException(Problem.BUSY, "it is going down here");
            }
            return Optional.of(passage);
        } finally {
            lock.unlock();
        }
    }

    private void run(Passage passage, Suppliers suppliers) {
        Optional<ProblemException> failure =
                Optional.of(new ProblemException(Problem.INTERNAL, "it could not be fetched", Optional.of(LATER)));
        try (Sources.Source source = suppliers.of(passage.wanted())) {
            supply.bring(passage.wanted(), source, passage::begun, new Growth(passage), PATIENCE);
            failure = Optional.empty();
            LOG.info(
                    "fetched {}, {} bytes",
                    passage.wanted().file(),
                    passage.wanted().size());
        } catch (NobodyGivesException e) {
            failure = Optional.of(
                    new ProblemException(Problem.BUSY, "nobody gives it now: " + e.getMessage(), Optional.of(LATER)));
            LOG.info("{} could not be had: {}", passage.wanted().file(), e.getMessage());
        } catch (StoreFullException e) {
            failure = Optional.of(new ProblemException(
                    Problem.STORE_FULL, "no room in the cache: " + e.limit(), Optional.of(PATIENCE)));
        } catch (UpdateFault | IOException e) {
            LOG.warn("{} could not be taken in: {}", passage.wanted().file(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // First it is to be found whole, then not under way any more.
            lock.lock();
            try {
                all.remove(passage.wanted().sha256());
            } finally {
                lock.unlock();
            }
            passage.ended(failure);
        }
    }

    /** Tells those who wait, and the log. */
    private record Growth(Passage passage) implements FetchWatch {
        @Override
        public void takingFrom(FileUrl file, Giver giver) {
            passage.comesFrom(giver);
            LOG.info("fetching {} from {}", file, giver);
        }

        @Override
        public void progress(FileUrl file, long there, long size) {
            passage.grew();
        }

        @Override
        public void passedOver(Giver giver, Passing why, String detail) {
            passage.comesNoMoreFrom(giver);
            LOG.info("passed over {}: {} ({})", giver, why, detail);
        }
    }
}
