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
import waybill.store.FollowingChannel;

/**
 * Opens a large parcel while it arrives, so that its receipt need not wait for a pass over all of it once it is here. It reads
 * the bytes that are stored, and what it finds counts only when they are sealed: the digest is not known before. Where it
 * cannot begin, or breaks off, or finds anything wrong, the parcel is opened when it is here, as every small one is.
 *
 * <p>For the thread that receives it.
 */
final class OpeningAhead implements AutoCloseable {
    /** Smaller ones are opened in milliseconds, which is not worth a thread; in bytes. */
    static final long LEAST = Opener.LARGE;

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
    private Optional<FollowingChannel> source = Optional.empty();
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
    void written(long total) {
        if (!tried && total >= BEGUN) {
            tried = true;
            Optional<Runnable> turn = opener.ahead();
            if (turn.isPresent()) {
                begin(turn.get());
            }
        }
        source.ifPresent(following -> following.written(total));
    }

    private void begin(Runnable giveBack) {
        boolean begun = false;
        Optional<FollowingChannel> following = Optional.empty();
        try {
            FollowingChannel parcel = new FollowingChannel(intake.arriving(), size, PATIENCE);
            following = Optional.of(parcel);
            FutureTask<Opener.Opened> opening = new FutureTask<>(() -> Opener.open(claimed, identities, parcel));
            Thread.ofPlatform().daemon().name("waybill-open").start(() -> {
                try {
                    opening.run();
                } finally {
                    giveBack.run();
                    release(parcel);
                }
            });
            begun = true;
            source = following;
            task = Optional.of(opening);
        } catch (IOException | OutOfMemoryError e) {
            // No file or no thread can be had: that is no reason to refuse it.
            LOG.debug("it is opened when it is here: {}", e.toString());
        } finally {
            if (!begun) {
                giveBack.run();
                following.ifPresent(OpeningAhead::release);
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
            if (e.getCause() instanceof IOException) {
                LOG.debug("not opened while it arrived: {}", String.valueOf(e.getCause()));
            } else {
                LOG.warn("a parcel that arrives cannot be opened; it is opened when it is here", e.getCause());
            }
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while it was opened");
        }
    }

    /** Nothing more comes of it: whoever still opens it ends, at the next byte that he waits for or reads. */
    @Override
    public void close() {
        source.ifPresent(FollowingChannel::over);
        source.ifPresent(OpeningAhead::release);
    }

    private static void release(FollowingChannel following) {
        try {
            following.release();
        } catch (IOException e) {
            LOG.debug("closing: {}", e.toString());
        }
    }
}
