package waybill.hop.resume;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import waybill.hop.HopService;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * One upload whose bytes may come over several connections. For the service behind it is a delivery like any other, whose
 * body takes its time. Safe for use by several threads; one request at a time holds it.
 */
public final class ResumableUpload {
    /** A request that was told to end has so long to do so. */
    private static final Duration LEAVE = Duration.ofSeconds(5);

    /** No byte of it for so long, and a request that is to make way is ended. */
    private static final Duration STALLED = Duration.ofMillis(100);

    private static final int PIECE = 64 * 1024;

    private final String token;
    private final ResumableUploads.Description described;
    private final long length;
    private final Feed feed;
    private final CompletableFuture<HopService.Answer> outcome = new CompletableFuture<>();
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Optional<Runnable> holder = Optional.empty();

    ResumableUpload(String token, ResumableUploads.Description described, Feed feed) {
        this.token = token;
        this.described = described;
        this.length = described.length();
        this.feed = feed;
    }

    /** The last part of its URL: 128 random bits, known to its creator alone. */
    public String token() {
        return token;
    }

    /** Whose delivery it is. */
    public TaskId id() {
        return described.id();
    }

    /** The digest of its bytes, where its creator said it. */
    public Optional<Sha256> sha256() {
        return described.sha256();
    }

    /** Bytes in all. */
    public long length() {
        return length;
    }

    /** Hops made so far, as its creator said. */
    public int hops() {
        return described.hops();
    }

    /** Bytes received. All of them once the delivery is held, however that came. */
    public long offset() {
        return outcome.isDone() && !outcome.isCompletedExceptionally() ? length : feed.received();
    }

    /** How long it still lives without a byte. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, feed.left()));
    }

    /** Whether the service has said what becomes of it. */
    public boolean isDecided() {
        return outcome.isDone();
    }

    /** What its creator said of it. */
    ResumableUploads.Description described() {
        return described;
    }

    /** Whether a request holds it, so that bytes of it may be coming. */
    boolean isHeld() {
        return turn.isLocked();
    }

    /** Bytes that came, also where the delivery is held without them. */
    long received() {
        return feed.received();
    }

    /** Waits until the service has said what becomes of it and given its room back, but no longer than so. */
    void awaitDecided(Duration most) throws InterruptedException {
        try {
            outcome.get(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Either way there is nothing more to wait for.
        }
    }

    void decided(HopService.Answer answer) {
        outcome.complete(answer);
        feed.over();
    }

    void failed(Throwable why) {
        outcome.completeExceptionally(why);
        feed.over();
    }

    /** A request holds it; closing lets it go. */
    public final class Turn implements AutoCloseable {
        private Turn() {}

        /** The upload. */
        public ResumableUpload upload() {
            return ResumableUpload.this;
        }

        /**
         * Takes the bytes of one request.
         *
         * @throws IOException if the body broke off; what came before counts
         * @throws ProblemException if the service wants no more
         */
        public void receive(InputStream body) throws IOException, ProblemException, InterruptedException {
            byte[] buffer = new byte[PIECE];
            while (offset() < length) {
                int count = body.read(buffer, 0, (int) Math.min(PIECE, length - offset()));
                if (count < 0) {
                    return;
                }
                if (!feed.push(buffer, 0, count)) {
                    answer();
                    return;
                }
            }
        }

        /**
         * Ends the bytes and waits for the service: it is durable then.
         *
         * @throws ProblemException if it was not accepted
         */
        public HopService.Answer finish() throws ProblemException, IOException, InterruptedException {
            feed.complete();
            return answer();
        }

        @Override
        public void close() {
            holder = Optional.empty();
            turn.unlock();
        }
    }

    /**
     * Takes it over: a request that still holds it is told to end, for its connection is dead or its client has begun anew.
     * Bytes of it that have arrived are still taken, so that they need not be sent again: it has as long as they come.
     *
     * @param end ends this request's connection; called when another one takes it over
     * @throws ProblemException BUSY if the other does not end
     */
    public Turn take(Runnable end) throws ProblemException, InterruptedException {
        long until = System.nanoTime() + LEAVE.toNanos();
        boolean mine = turn.tryLock();
        long before = -1;
        while (!mine && feed.received() > before && System.nanoTime() < until) {
            before = feed.received();
            mine = turn.tryLock(STALLED.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (!mine) {
            holder.ifPresent(Runnable::run);
            mine = turn.tryLock(LEAVE.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (!mine) {
            throw new ProblemException(Problem.BUSY, "another request still holds this upload", Optional.of(LEAVE));
        }
        holder = Optional.of(end);
        return new Turn();
    }

    /**
     * Gives it up; its room goes back.
     *
     * @param why what a request that still holds it is answered
     */
    void abandon(ProblemException why) {
        feed.fail(why);
    }

    /** What became of it; waits for the service. */
    HopService.Answer answer() throws ProblemException, IOException, InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ProblemException problem -> throw problem;
                case IOException failure when failure.getCause() instanceof ProblemException problem -> throw problem;
                case IOException failure -> throw failure;
                case null, default -> throw new IOException("the upload failed inside", e);
            }
        }
    }

    /** Waits until the service asks for bytes, or has answered without. */
    public Optional<HopService.Answer> begun() throws ProblemException, IOException, InterruptedException {
        feed.awaitWanted();
        return outcome.isDone() ? Optional.of(answer()) : Optional.empty();
    }
}
