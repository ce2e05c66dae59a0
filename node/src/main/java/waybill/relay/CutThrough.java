package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.Haul;
import waybill.hop.HopAnswer;
import waybill.protocol.DeliveryKey;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.FollowingChannel;

/**
 * Sends a delivery on to the backend while it still arrives. Custody is the same as ever: the sender is answered when the
 * copy here is durable, and not because of anything the backend said; what the backend said counts from then on. If the
 * second leg fails, the upload service takes the stored copy, as if nothing had been tried.
 *
 * <p>Whoever knows a delivery's key can say that he brings it, and then bring nothing. So the second leg begins only when a
 * piece of it has come; the way to the backend is free again as soon as the second leg ends, however long the first one
 * lasts; and a delivery that somebody else brings meanwhile is not kept waiting.
 *
 * <p>Nor does it begin where windows or budgets ration the line ({@link UploadService#claim}): what is announced would be taken
 * from all others, and need never come.
 *
 * <p>Safe for use by several threads.
 */
final class CutThrough {
    /**
     * Smaller ones arrive faster than a second connection is made, in bytes; and of larger ones so much has to be here first,
     * since the backend reserves room for all of it.
     */
    static final long LEAST = 256 * 1024;

    /** Who drips must not keep the way to the backend busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(CutThrough.class);

    private final Forwarder forwarder;
    private final UploadService uploads;
    private final Ways ways;
    private final Executor executor;
    private final Semaphore places;
    private final long least;
    private final Map<DeliveryKey, Passage> underWay = new ConcurrentHashMap<>();

    /**
     * @param concurrency how many uploads there are at once; at most half of them, and one, are of this kind
     * @param least smaller ones, in bytes, wait until they are here, and larger ones until so much of them is
     */
    CutThrough(Forwarder forwarder, UploadService uploads, Ways ways, Executor executor, int concurrency, long least) {
        this.forwarder = forwarder;
        this.uploads = uploads;
        this.ways = ways;
        this.executor = executor;
        this.least = least;
        this.places = new Semaphore(Math.max(1, concurrency / 2));
    }

    /** One delivery on both legs at once. For the thread that receives it. */
    final class Passage implements AutoCloseable {
        private final Label label;
        private final FollowingChannel source;
        private final CompletableFuture<Optional<Held>> fate = new CompletableFuture<>();

        private final Pass pass;

        private Passage(Label label, FollowingChannel source, Pass pass) {
            this.label = label;
            this.source = source;
            this.pass = pass;
        }

        /** So many bytes are written here. */
        void written(long total) {
            source.written(total);
        }

        /** Nothing more comes; unless it was committed it never was. */
        @Override
        public void close() {
            source.over();
            fate.complete(Optional.empty());
        }

        private void run() {
            Optional<Forwarder.Result> result = Optional.empty();
            try {
                Optional<HopAnswer> answer = exchange();
                if (answer.isPresent()) {
                    uploads.rest(label.key());
                    Optional<Held> held = fate.join();
                    if (held.isPresent() && isAbout(answer.get(), held.get())) {
                        result = Optional.of(forwarder.conclude(held.get(), answer.get()));
                    }
                }
            } catch (IOException e) {
                LOG.debug("{} is begun anew: {}", label.key(), e.getMessage());
            } finally {
                underWay.remove(label.key(), this);
                uploads.release(label.key(), result);
            }
        }

        /** The second leg; when it ends others may use the way. */
        private Optional<HopAnswer> exchange() {
            try {
                return Optional.of(forwarder.exchange(label, source::again, pass, source::waited));
            } catch (IOException e) {
                LOG.debug("{} is not sent on while it arrives: {}", label.key(), e.getMessage());
                return Optional.empty();
            } finally {
                places.release();
                pass.close();
                closeQuietly();
            }
        }

        /** Whoever brings it says its size and recipient; an error may be for those, and they need not be the held one's. */
        private boolean isAbout(HopAnswer answer, Held held) {
            return answer instanceof HopAnswer.Cms || held.label().equals(label);
        }

        private void closeQuietly() {
            try {
                source.release();
            } catch (IOException e) {
                LOG.debug("closing: {}", e.toString());
            }
        }
    }

    /** How many bytes have to be here before it begins. */
    long least() {
        return least;
    }

    /**
     * Begins, where a good piece has come, there is room on the way to the backend and it is open now.
     *
     * @param label as it will be committed
     */
    Optional<Passage> begin(Label label, Intake intake) throws IOException {
        DeliveryKey key = label.key();
        if (label.size() < least || intake.written() < least || !ways.isStraight() || !places.tryAcquire()) {
            return Optional.empty();
        }
        Optional<Pass> pass = uploads.claim(key, label.size());
        if (pass.isEmpty()) {
            places.release();
            return Optional.empty();
        }
        boolean begun = false;
        Passage passage = null;
        try {
            passage = new Passage(label, new FollowingChannel(intake.arriving(), label.size(), PATIENCE), pass.get());
            underWay.put(key, passage);
            Runnable secondLeg = passage::run;
            executor.execute(() -> Haul.run(label.size(), secondLeg));
            begun = true;
            return Optional.of(passage);
        } catch (RejectedExecutionException e) {
            return Optional.empty(); // going down
        } finally {
            if (!begun) {
                places.release();
                pass.get().close();
                uploads.release(key, Optional.empty());
                if (passage != null) {
                    underWay.remove(key, passage);
                    passage.closeQuietly();
                }
            }
        }
    }

    /** It is held here, durably, whoever brought it. Who still says that he brings it too is not waited for. */
    void committed(Held held) {
        Passage passage = underWay.get(held.label().key());
        if (passage != null) {
            passage.fate.complete(Optional.of(held));
            passage.source.over();
        }
    }
}
