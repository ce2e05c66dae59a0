package waybill.store.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.local.Disk;

/**
 * A content that is on its way in, piece by piece, in any order and from several hands at once (section 10). A piece that is
 * not the one it should be is never written, so what is read here is what was published. It is worked on until it is
 * {@linkplain #complete() complete} or closed; what came stays, and counts when it is begun again.
 *
 * <p>Which pieces an earlier attempt left is found by their digests alone: there is no second record that could be wrong.
 * Safe for use by several threads.
 */
public final class Arrival implements Closeable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final ContentStore store;
    private final Disk disk;
    private final Path file;
    private final Sha256 digest;
    private final Pieces pieces;
    private final FileChannel channel;
    private final FileLock lock;
    private final BitSet there = new BitSet();
    private boolean complete;
    private boolean closed;

    private Arrival(
            ContentStore store,
            Disk disk,
            Path file,
            Sha256 digest,
            Pieces pieces,
            FileChannel channel,
            FileLock lock) {
        this.store = store;
        this.disk = disk;
        this.file = file;
        this.digest = digest;
        this.pieces = pieces;
        this.channel = channel;
        this.lock = lock;
    }

    /** Takes the partial file for this process alone, waits where another one has it, and looks what is in it. */
    static Arrival open(ContentStore store, ArrivalLocks locks, Disk disk, Path file, Sha256 digest, Pieces pieces)
            throws IOException, InterruptedException {
        Optional<FileLock> lock = locks.take(digest);
        while (lock.isEmpty()) {
            Thread.sleep(POLL);
            lock = locks.take(digest);
        }
        FileChannel channel = null;
        boolean kept = false;
        try {
            channel = disk.open(file);
            Arrival arrival = new Arrival(store, disk, file, digest, pieces, channel, lock.get());
            arrival.look();
            kept = true;
            return arrival;
        } finally {
            if (!kept) {
                lock.get().release();
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private void look() throws IOException {
        byte[] bytes = new byte[Pieces.LENGTH];
        long size = channel.size();
        for (int piece = 0; piece < pieces.count() && pieces.offset(piece) < size; piece++) {
            if (fits(piece, bytes)) {
                there.set(piece);
            }
        }
    }

    private boolean fits(int piece, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, pieces.length(piece));
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, pieces.offset(piece) + buffer.position()) < 0) {
                return false;
            }
        }
        try {
            pieces.check(piece, bytes, 0, buffer.position());
            return true;
        } catch (UpdateFault e) {
            return false;
        }
    }

    /** What it will be. */
    public Sha256 digest() {
        return digest;
    }

    /** Its pieces. */
    public Pieces pieces() {
        return pieces;
    }

    /** Whether a piece is there. */
    public synchronized boolean has(int piece) {
        return there.get(piece);
    }

    /** How many pieces are missing. */
    public synchronized int missing() {
        return pieces.count() - there.cardinality();
    }

    /** The first missing piece at or behind this one, or the number of pieces. */
    public synchronized int nextMissing(int from) {
        return Math.min(there.nextClearBit(from), pieces.count());
    }

    /** Bytes that are there. */
    public synchronized long bytes() {
        long bytes = (long) there.cardinality() * Pieces.LENGTH;
        int last = pieces.count() - 1;
        return last >= 0 && there.get(last) ? bytes - Pieces.LENGTH + pieces.length(last) : bytes;
    }

    /**
     * Takes a piece. One that is there already is not written again.
     *
     * @param bytes from its beginning on
     * @throws UpdateFault WRONG_CONTENT if it is not that piece; nothing was written
     * @throws ClosedChannelException if it was closed or completed meanwhile
     */
    public void put(int piece, byte[] bytes, int length) throws UpdateFault, IOException {
        pieces.check(piece, bytes, 0, length);
        synchronized (this) {
            if (there.get(piece)) {
                return;
            }
            if (closed) {
                throw new ClosedChannelException();
            }
        }
        try {
            disk.write(file, channel, ByteBuffer.wrap(bytes, 0, length), pieces.offset(piece));
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw store.fullOr(e);
        }
        synchronized (this) {
            there.set(piece);
        }
    }

    /** Opens what is there; only pieces that are there may be read. It stays readable when the rest has come. The caller closes. */
    public SeekableByteChannel open() throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return store.open(digest).orElseThrow(() -> e);
        }
    }

    /**
     * All pieces are there: checks the whole once more and gives it its name, durable on return.
     *
     * @throws DamagedContentException if the whole is not what its digest says although each piece is: the publisher signed
     *     for two different things, or the disk does not keep what it is given. It is dropped
     * @throws IllegalStateException if a piece is missing
     */
    public void complete() throws IOException {
        synchronized (this) {
            if (closed || missing() > 0) {
                throw new IllegalStateException("not all is there");
            }
        }
        // By its name, for that is what gets the other one.
        try (SeekableByteChannel whole = open()) {
            if (whole.size() != pieces.size() || !ContentStore.digestOf(whole).equals(digest)) {
                disk.delete(file);
                throw new DamagedContentException("all pieces are there, and together they are not " + digest);
            }
        }
        try {
            disk.syncFile(file, channel);
            store.settle(digest, file, pieces.size());
        } catch (IOException e) {
            throw store.fullOr(e);
        }
        synchronized (this) {
            complete = true;
        }
        close();
    }

    /** Whether it was completed. */
    public synchronized boolean isComplete() {
        return complete;
    }

    /** Ends it; what came stays for the next attempt. A second call does nothing. */
    @Override
    public void close() throws IOException {
        boolean nothingCame;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            nothingCame = !complete && there.isEmpty();
        }
        try {
            channel.close();
            if (nothingCame) {
                disk.delete(file); // another process brought all of it meanwhile, or nobody anything
            }
        } finally {
            try {
                lock.release();
            } finally {
                store.ended(digest);
            }
        }
    }
}
