package waybill.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads a file that is still being written ({@link DeliveryStore.Intake#arriving}): at its end it waits for more. One thread
 * reads, as often as it needs to, another tells it how far the writing is.
 */
public final class FollowingChannel implements SeekableByteChannel {
    private static final long BATCH = 128 * 1024;
    private static final long SLOW = Duration.ofMillis(20).toNanos();

    private final SeekableByteChannel file;
    private final long size;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private long written;
    private long told;
    private long toldAt = System.nanoTime();
    private long waited;
    private boolean over;

    /**
     * Nothing is written yet.
     *
     * @param file of which no more is read than was said to be there; closed by {@link #release}
     * @param size what it will have, in bytes
     * @param patience no byte in this time is the end
     */
    public FollowingChannel(SeekableByteChannel file, long size, Duration patience) {
        this.file = file;
        this.size = size;
        this.patience = patience;
    }

    /** So many bytes are there. Who waits for them is woken for a number of them together, unless they come slowly. */
    public void written(long total) {
        lock.lock();
        try {
            written = total;
            long now = System.nanoTime();
            if (total == size || total - told >= BATCH || now - toldAt >= SLOW) {
                told = total;
                toldAt = now;
                news.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nanoseconds that it waited for more in all. */
    public long waited() {
        lock.lock();
        try {
            return waited;
        } finally {
            lock.unlock();
        }
    }

    /** No more will come. */
    public void over() {
        lock.lock();
        try {
            over = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException if the writing ended or stalled before all was there
     */
    @Override
    public int read(ByteBuffer to) throws IOException {
        long position = file.position();
        if (position >= size) {
            return -1;
        }
        long there = await(position);
        int limit = to.limit();
        to.limit((int) Math.min(limit, to.position() + (there - position)));
        try {
            return file.read(to);
        } finally {
            to.limit(limit);
        }
    }

    private long await(long position) throws IOException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (written <= position) {
                if (over) {
                    throw new IOException("it broke off after " + written + " of " + size + " bytes");
                }
                if (left <= 0) {
                    throw new IOException("it stalls after " + written + " of " + size + " bytes");
                }
                long look = Math.min(left, SLOW);
                long spent = look - news.awaitNanos(look);
                left -= spent;
                waited += spent;
            }
            return written;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int write(ByteBuffer from) {
        throw new java.nio.channels.NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long to) {
        throw new java.nio.channels.NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public SeekableByteChannel position(long to) throws IOException {
        file.position(to);
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    /** The same from its beginning, for whoever reads it once more. */
    public SeekableByteChannel again() throws IOException {
        file.position(0);
        return this;
    }

    /** A reading has ended; there may be {@linkplain #again another}. */
    @Override
    public void close() {
        // The file is closed when there will be none.
    }

    /** There will be no other reading; whoever still reads gets an exception, and who waits for more once it is {@link #over}. */
    public void release() throws IOException {
        file.close();
    }
}
