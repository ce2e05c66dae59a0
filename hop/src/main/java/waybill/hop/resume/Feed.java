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
 * pushes it in. There is room for some of it in between, so that neither waits for the other each time. One reads, one at a time
 * pushes.
 */
final class Feed extends InputStream {
    private static final int ROOM = 128 * 1024;

    /** Who brought nothing has so long, and as long as a piece takes that must be whole before a byte of it counts. */
    private static final Duration FIRST = Duration.ofMinutes(1);

    /** Every byte earns as much patience as so many bytes take at the slowest rate. */
    private static final int CREDIT = 16;

    private final long patience;
    private final double nanosPerByte;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    /** Received and not read yet: so many bytes from there on, and on from the beginning. */
    private byte[] room = new byte[0];

    private int at;
    private int filled;
    private long received;
    /** Nanoseconds spent waiting for bytes. */
    private long waited;

    private boolean waiting;
    private long since;
    private boolean wanted;
    private boolean complete;
    private Optional<ProblemException> fault = Optional.empty();
    private boolean over;

    /**
     * Nothing has come.
     *
     * @param patience the most that an upload can earn: no byte in the time that it earned, and it is given up. Whoever
     *     brought nothing has a minute and what {@link Checksum#MAX_BYTES} take at the slowest rate, and every byte that comes
     *     earns what {@value #CREDIT} take
     * @param slowest bytes per second; what it waits for bytes in all may be what it earned and what those that came take at
     *     this rate, or whoever sends a byte now and then would keep his room for ever
     */
    Feed(Duration patience, long slowest) {
        this.patience = patience.toNanos();
        this.nanosPerByte = 1e9 / slowest;
    }

    /** How many bytes were received. */
    long received() {
        lock.lock();
        try {
            return received;
        } finally {
            lock.unlock();
        }
    }

    /** Nanoseconds that it still waits for the next byte. */
    long left() {
        lock.lock();
        try {
            double credit = ((double) Checksum.MAX_BYTES + (double) CREDIT * received) * nanosPerByte;
            long earned = (long) Math.min((double) patience, (double) FIRST.toNanos() + credit);
            long inAll = (long) (earned + received * nanosPerByte - waited);
            return Math.min(earned, inAll) - (waiting ? System.nanoTime() - since : 0);
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
            int done = 0;
            while (done < length) {
                while (isFull() && !over && fault.isEmpty()) {
                    change.await();
                }
                if (over || fault.isPresent()) {
                    return false;
                }
                if (room.length == 0) {
                    room = new byte[ROOM];
                }
                int end = (at + filled) % ROOM;
                int count = Math.min(length - done, Math.min(ROOM - filled, ROOM - end));
                System.arraycopy(bytes, offset + done, room, end, count);
                filled += count;
                received += count;
                done += count;
                change.signalAll();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull() {
        return filled == ROOM;
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
            room = new byte[0];
            filled = 0;
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

    /** What is given up is not read to its end, even if that has come. */
    private void refuse() throws IOException {
        if (fault.isPresent()) {
            throw new IOException(fault.get().getMessage(), fault.get());
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int size) throws IOException {
        if (size == 0) {
            return 0;
        }
        lock.lock();
        try {
            if (!wanted) {
                wanted = true;
                change.signalAll();
            }
            long left = left();
            refuse();
            while (filled == 0) {
                refuse();
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
                since = System.nanoTime();
                waiting = true;
                left = change.awaitNanos(left);
                waiting = false;
                waited += before - left;
            }
            boolean full = isFull();
            int count = Math.min(size, Math.min(filled, ROOM - at));
            System.arraycopy(room, at, into, offset, count);
            at = (at + count) % ROOM;
            filled -= count;
            if (full) {
                change.signalAll();
            }
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // Whoever gave it up may have interrupted as well; what he said is the reason.
            throw fault.map(why -> new IOException(why.getMessage(), why))
                    .orElseGet(() -> new IOException("interrupted", e));
        } finally {
            waiting = false;
            lock.unlock();
        }
    }
}
