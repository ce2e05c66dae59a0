package waybill.hop.resume;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * A body that comes in pieces over several connections, as one stream: the service reads it, whoever receives a piece
 * pushes it in. What was read is what counts as received. One reads, one at a time pushes.
 */
final class Feed extends InputStream {
    private final long patience;
    private final double nanosPerByte;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private byte[] piece = new byte[0];
    private int at;
    private int end;
    private long taken;
    /** Nanoseconds spent waiting for bytes. */
    private long waited;

    private boolean wanted;
    private boolean complete;
    private Optional<ProblemException> fault = Optional.empty();
    private boolean over;

    /**
     * Nothing has come.
     *
     * @param patience no byte in this time, and the upload is given up
     * @param slowest bytes per second; what it waits for bytes in all may be its patience and what those that came take at
     *     this rate, or whoever sends a byte now and then would keep his room for ever
     */
    Feed(Duration patience, long slowest) {
        this.patience = patience.toNanos();
        this.nanosPerByte = 1e9 / slowest;
    }

    /** How many bytes were taken. */
    long taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Nanoseconds that it still waits for the next byte. */
    long left() {
        lock.lock();
        try {
            return Math.min(patience, (long) (patience + taken * nanosPerByte - waited));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands over a piece, which may be used again on return.
     *
     * @return whether it was taken; else nobody reads any more
     */
    boolean push(byte[] bytes, int offset, int length) throws InterruptedException {
        lock.lock();
        try {
            piece = bytes;
            at = offset;
            end = offset + length;
            change.signalAll();
            while (at < end && !over && fault.isEmpty()) {
                change.await();
            }
            boolean all = at == end;
            end = at;
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is to come. */
    void complete() {
        lock.lock();
        try {
            complete = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** It is given up: the reader gets this. */
    void fail(ProblemException why) {
        lock.lock();
        try {
            fault = fault.or(() -> Optional.of(why));
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The reader is gone. */
    void over() {
        lock.lock();
        try {
            over = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the first byte is asked for, or the reader is gone without. */
    void awaitWanted() throws InterruptedException {
        lock.lock();
        try {
            while (!wanted && !over) {
                change.await();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int size) throws IOException {
        lock.lock();
        try {
            wanted = true;
            change.signalAll();
            long left = left();
            while (at == end) {
                if (fault.isPresent()) {
                    throw new IOException(fault.get().getMessage(), fault.get());
                }
                if (complete) {
                    return -1;
                }
                if (left <= 0) {
                    ProblemException late = new ProblemException(Problem.TIMED_OUT, "the upload was abandoned");
                    fault = Optional.of(late);
                    change.signalAll();
                    throw new IOException(late.getMessage(), late);
                }
                long before = left;
                left = change.awaitNanos(left);
                waited += before - left;
            }
            int count = Math.min(size, end - at);
            System.arraycopy(piece, at, into, offset, count);
            at += count;
            taken += count;
            change.signalAll();
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // Whoever gave it up may have interrupted as well; what he said is the reason.
            throw fault.map(why -> new IOException(why.getMessage(), why))
                    .orElseGet(() -> new IOException("interrupted", e));
        } finally {
            lock.unlock();
        }
    }
}
