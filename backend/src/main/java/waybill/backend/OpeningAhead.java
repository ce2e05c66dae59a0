package waybill.backend;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.parcel.AgeKeys;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore;
import waybill.store.Following;

/**
 * Opens a large parcel while it arrives, so that its receipt need not wait for a pass over all of it once it is here. It reads
 * the bytes that are stored, and what it finds counts only when they are sealed: the digest is not known before. Where it
 * cannot begin, or breaks off, or finds anything wrong, the parcel is opened when it is here, as every small one is.
 *
 * <p>For the thread that receives it.
 */
final class OpeningAhead implements AutoCloseable {
    /** Smaller ones are opened in less time than a thread takes to start; in bytes. */
    static final long LEAST = 1 << 20;

    /** Of larger ones so many bytes have to be here first: who announces much and brings nothing gets no turn. */
    static final long BEGUN = 256 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(OpeningAhead.class);

    private final Opener opener;
    private final Optional<String> claimed;
    private final List<AgeKeys> identities;
    private final DeliveryStore.Intake intake;
    private final long size;
    private boolean tried;
    private Optional<Following> source = Optional.empty();
    private Optional<FutureTask<Opener.Opened>> task = Optional.empty();

    /**
     * Nothing is here yet.
     *
     * @param claimed the recipient it claims to be sealed to, tried first
     * @param identities at hand; with none, nothing is opened
     * @param size what will come, in bytes
     */
    OpeningAhead(
            Opener opener, Optional<String> claimed, List<AgeKeys> identities, DeliveryStore.Intake intake, long size) {
        this.opener = opener;
        this.claimed = claimed;
        this.identities = List.copyOf(identities);
        this.intake = intake;
        this.size = size;
        this.tried = size < LEAST || identities.isEmpty();
    }

    /** So many bytes are stored. */
    void written(long total) throws IOException {
        if (!tried && total >= BEGUN) {
            tried = true;
            Optional<Runnable> turn = opener.ahead();
            if (turn.isPresent()) {
                begin(turn.get());
            }
        }
        source.ifPresent(following -> following.written(total));
    }

    private void begin(Runnable giveBack) throws IOException {
        boolean begun = false;
        Following following = null;
        try {
            following = new Following(intake.arriving(), size, PATIENCE);
            Following parcel = following;
            FutureTask<Opener.Opened> opening = new FutureTask<>(() -> Opener.open(claimed, identities, parcel));
            Thread thread = Thread.ofPlatform().daemon().name("waybill-open").unstarted(() -> {
                try {
                    opening.run();
                } finally {
                    giveBack.run();
                    release(parcel);
                }
            });
            thread.start();
            begun = true;
            source = Optional.of(following);
            task = Optional.of(opening);
        } catch (OutOfMemoryError e) {
            LOG.debug("the system gives no more threads: it is opened when it is here");
        } finally {
            if (!begun) {
                giveBack.run();
                if (following != null) {
                    release(following);
                }
            }
        }
    }

    /**
     * What was found, when all of it is stored and sealed.
     *
     * @param key with the digest of what was sealed
     * @return empty if it has to be looked at again, from its beginning
     * @throws InterruptedIOException if it was interrupted meanwhile
     */
    Optional<Opener.Finding> found(DeliveryKey key) throws InterruptedIOException {
        if (task.isEmpty()) {
            return Optional.empty();
        }
        try {
            // What is wrong with it is said by whoever sees all of it lie still, with the identities of that time.
            return Optional.of(Opener.judge(key, task.get().get())).filter(Opener.Finding.Sound.class::isInstance);
        } catch (ExecutionException e) {
            LOG.debug("not opened while it arrived: {}", String.valueOf(e.getCause()));
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while it was opened");
        }
    }

    /** Nothing more comes; whoever still opens it ends soon. */
    @Override
    public void close() {
        source.ifPresent(Following::over);
    }

    private static void release(Following following) {
        try {
            following.release();
        } catch (IOException e) {
            LOG.debug("closing: {}", e.toString());
        }
    }
}
