package waybill.origin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import waybill.hop.UpdateService.Content;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.content.Filing;

/**
 * One question for a copy, and all who wait for its answer: that what is here is still right, that there is none, or new
 * bytes, which each reads as they come. Safe for use by several threads.
 */
final class Errand {
    /** Longer than that nobody waits: the other end would not either. */
    static final Duration LONGEST = Duration.ofSeconds(60);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Optional<Coming> coming = Optional.empty();
    private Optional<ProblemException> problem = Optional.empty();
    private boolean over;
    private boolean whole;
    private int readers;
    private boolean shut;

    /** A copy that comes. */
    record Coming(Filing filing, Noted noted) {}

    /** How it was answered. */
    sealed interface Outcome {
        /** New bytes come; there is a reader for them already. */
        record Bytes(Content content, Noted noted) implements Outcome {}

        /** What is here is as good as anybody can say. */
        record Here() implements Outcome {}
    }

    /** New bytes begin to come. */
    void begun(Filing filing, Noted noted) {
        lock.lock();
        try {
            coming = Optional.of(new Coming(filing, noted));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** More of them are there. */
    void grew() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * It is over.
     *
     * @param why it failed; none if all bytes are there, or what is here is right
     */
    void ended(Optional<ProblemException> why) throws IOException {
        lock.lock();
        try {
            over = true;
            whole = why.isEmpty();
            problem = why;
            changed.signalAll();
            shutIfUnread();
        } finally {
            lock.unlock();
        }
    }

    private void shutIfUnread() throws IOException {
        if (over && readers == 0 && !shut && coming.isPresent()) {
            shut = true;
            coming.get().filing().close();
        }
    }

    /** Waits for the answer. */
    Outcome outcome() throws ProblemException, InterruptedException {
        long left = LONGEST.toNanos();
        lock.lock();
        try {
            while (coming.isEmpty() && !over) {
                if (left <= 0) {
                    throw new ProblemException(Problem.BUSY, "it does not come", Optional.of(Duration.ofSeconds(5)));
                }
                left = changed.awaitNanos(left);
            }
            if (over && problem.isPresent()) {
                throw problem.get();
            }
            if (coming.isPresent() && !shut) {
                readers++;
                return new Outcome.Bytes(
                        new Reader(coming.get().filing()), coming.get().noted());
            }
            return new Outcome.Here();
        } finally {
            lock.unlock();
        }
    }

    /** One who reads along. */
    private final class Reader implements Content {
        private final Filing filing;
        private boolean closed;

        Reader(Filing filing) {
            this.filing = filing;
        }

        @Override
        public long size() {
            return filing.size();
        }

        /** Waits for the first of the bytes, so that a failure can still be said. */
        @Override
        public InputStream open(long from, long length) throws ProblemException, InterruptedException {
            if (length > 0) {
                await(filing, from);
            }
            return new Following(filing, from, from + length);
        }

        @Override
        public void close() throws IOException {
            lock.lock();
            try {
                if (!closed) {
                    closed = true;
                    readers--;
                    shutIfUnread();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits until the byte at this place is there. */
    private void await(Filing filing, long at) throws ProblemException, InterruptedException {
        long left = LONGEST.toNanos();
        lock.lock();
        try {
            while (filing.written() <= at) {
                if (over && !whole) {
                    throw problem.orElseThrow();
                }
                if (left <= 0) {
                    throw new ProblemException(Problem.BUSY, "it does not come", Optional.of(Duration.ofSeconds(5)));
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Reads bytes as they come. For one thread. */
    private final class Following extends InputStream {
        private final Filing filing;
        private final long end;
        private long at;

        Following(Filing filing, long from, long end) {
            this.filing = filing;
            this.at = from;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (at >= end) {
                return -1;
            }
            try {
                await(filing, at);
            } catch (ProblemException e) {
                throw new IOException(e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            int most = (int) Math.min(length, Math.min(filing.written(), end) - at);
            int count = filing.read(ByteBuffer.wrap(bytes, offset, most), at);
            if (count < 0) {
                throw new IOException("the copy ends early");
            }
            at += count;
            return count;
        }
    }
}
