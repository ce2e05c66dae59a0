package waybill.update.share;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import waybill.hop.UpdateService;
import waybill.protocol.Pieces;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.content.Arrival;
import waybill.store.content.ContentStore;
import waybill.update.Giver;
import waybill.update.Wanted;

/**
 * A content that is being fetched, and all who wait for it: each gets a piece as soon as it is here and checked (section
 * 10.9). Safe for use by several threads.
 */
final class Passage implements UpdateService.Content {
    /** Longer than that nobody waits for a piece: the other end would not either. */
    static final Duration LONGEST = Duration.ofSeconds(60);

    private final Wanted wanted;
    private final ContentStore store;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Optional<Arrival> arrival = Optional.empty();
    private Stage stage = Stage.MEANT;
    private boolean ended;
    private Optional<ProblemException> failure = Optional.empty();

    /** @param store where it comes to */
    Passage(Wanted wanted, ContentStore store) {
        this.wanted = wanted;
        this.store = store;
    }

    Wanted wanted() {
        return wanted;
    }

    /** Whence it comes. */
    enum Stage {
        /** It is only meant to come. */
        MEANT,
        /** From neighbours. */
        FROM_NEIGHBOURS,
        /** From the origin, alone or beside neighbours. */
        FROM_ORIGIN
    }

    /** This one gives it. */
    void comesFrom(Giver giver) {
        lock.lock();
        try {
            if (stage != Stage.FROM_ORIGIN) {
                stage = giver.isOrigin() ? Stage.FROM_ORIGIN : Stage.FROM_NEIGHBOURS;
            }
        } finally {
            lock.unlock();
        }
    }

    /** This one is left. */
    void comesNoMoreFrom(Giver giver) {
        lock.lock();
        try {
            if (giver.isOrigin() && stage == Stage.FROM_ORIGIN) {
                stage = Stage.FROM_NEIGHBOURS;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whence it comes. */
    Stage stage() {
        lock.lock();
        try {
            return stage;
        } finally {
            lock.unlock();
        }
    }

    /** Its pieces are known and begin to come. */
    void begun(Arrival begun) {
        lock.lock();
        try {
            arrival = Optional.of(begun);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A piece has come. */
    void grew() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** All is here, or will not come. */
    void ended(Optional<ProblemException> why) {
        lock.lock();
        try {
            ended = true;
            failure = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long size() {
        return wanted.size();
    }

    /** Waits for the first of the pieces, so that a failure can still be said. */
    @Override
    public InputStream open(long from, long length) throws ProblemException, IOException, InterruptedException {
        if (length == 0) {
            return InputStream.nullInputStream();
        }
        Optional<Arrival> coming = await((int) (from / Pieces.LENGTH));
        return coming.isPresent()
                ? new Following(coming.get(), coming.get().open(), from, from + length)
                : Channels.newInputStream(whole().position(from)); // who asked reads no further than the length
    }

    /** Another process that shares the cache brought it, all of it. */
    private SeekableByteChannel whole() throws ProblemException, IOException {
        return store.open(wanted.sha256()).orElseThrow(Passage::late);
    }

    private static ProblemException late() {
        return new ProblemException(Problem.BUSY, "it does not come", Optional.of(Duration.ofSeconds(1)));
    }

    @Override
    public void close() {
        // The fetching goes on: it is for all.
    }

    /** Waits until a piece is here; none comes piece by piece where all of it was brought by another process. */
    private Optional<Arrival> await(int piece) throws ProblemException, InterruptedException {
        long left = LONGEST.toNanos();
        lock.lock();
        try {
            while (arrival.isEmpty() || !arrival.get().has(piece)) {
                if (failure.isPresent()) {
                    throw failure.get();
                }
                if (ended && arrival.isEmpty()) {
                    return arrival;
                }
                if (ended || left <= 0) {
                    throw late();
                }
                left = changed.awaitNanos(left);
            }
            return arrival;
        } finally {
            lock.unlock();
        }
    }

    /** Reads pieces as they come. For one thread. */
    private final class Following extends InputStream {
        private final Arrival here;
        private final SeekableByteChannel channel;
        private final long end;
        private long at;

        Following(Arrival here, SeekableByteChannel channel, long from, long end) throws IOException {
            this.here = here;
            this.channel = channel;
            this.end = end;
            this.at = from;
            channel.position(from);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (at >= end) {
                return -1;
            }
            int piece = (int) (at / Pieces.LENGTH);
            if (!here.has(piece)) {
                try {
                    var _ = await(piece);
                } catch (ProblemException e) {
                    throw new IOException(e.getMessage(), e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
            }
            long pieceEnd = here.pieces().offset(piece) + here.pieces().length(piece);
            int count =
                    channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, Math.min(pieceEnd, end) - at)));
            if (count < 0) {
                throw new IOException("the content ends early");
            }
            at += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
