package waybill.store.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;

/** An arrival on its way into {@code incoming/}. */
final class LocalIntake implements Intake {
    /** The channel copies each piece into memory of its own and keeps that; so pieces are small. */
    private static final int PIECE = 64 * 1024;

    private final LocalDeliveryStore store;
    private final Disk disk;
    private final Ledger ledger;
    private final Ledger.Reservation reservation;
    private final Path file;
    private final FileChannel channel;
    private final MessageDigest digest = Sha256.newDigest();
    /** Held by whoever works on it: its one thread, or the housekeeping that finds it stale. */
    private final ReentrantLock lock = new ReentrantLock();

    private long written;
    private Instant touched;
    private Optional<Sha256> sealed = Optional.empty();
    private boolean ended;

    LocalIntake(
            LocalDeliveryStore store,
            Disk disk,
            Ledger ledger,
            Ledger.Reservation reservation,
            Path file,
            FileChannel channel,
            Instant now) {
        this.store = store;
        this.disk = disk;
        this.ledger = ledger;
        this.reservation = reservation;
        this.file = file;
        this.channel = channel;
        this.touched = now;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        lock.lock();
        try {
            open();
            if (sealed.isPresent()) {
                throw new IOException("sealed already");
            }
            if (length > reservation.size() - written) {
                throw new IOException("more bytes than the " + reservation.size() + " declared");
            }
            for (int done = 0; done < length; ) {
                int piece = Math.min(PIECE, length - done);
                ByteBuffer next = ByteBuffer.wrap(bytes, offset + done, piece);
                store.space().orFull(() -> disk.write(file, channel, next));
                digest.update(bytes, offset + done, piece);
                written += piece;
                ledger.wrote(piece);
                done += piece;
            }
            touched = store.now();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long written() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Sha256 seal() throws IOException {
        lock.lock();
        try {
            open();
            if (sealed.isPresent()) {
                return sealed.get();
            }
            if (written < reservation.size()) {
                throw new IOException("ended after " + written + " of the " + reservation.size() + " bytes declared");
            }
            // Durable, step 2: the bytes are on the disk, before anything speaks of them.
            store.space().orFull(() -> disk.syncFile(file, channel));
            channel.close();
            touched = store.now();
            Sha256 result = Sha256.ofDigest(digest.digest());
            sealed = Optional.of(result);
            return result;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SeekableByteChannel arriving() throws IOException {
        lock.lock();
        try {
            open();
            return store.files().open(file);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SeekableByteChannel sealed() throws IOException {
        lock.lock();
        try {
            open();
            if (sealed.isEmpty()) {
                throw new IOException("not sealed yet");
            }
            return store.files().open(file);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Held commit(Label label, Optional<byte[]> outcome) throws IOException {
        lock.lock();
        try {
            open();
            if (sealed.isEmpty()) {
                throw new IOException("not sealed yet");
            }
            if (!label.key().sha256().equals(sealed.get()) || label.size() != written) {
                throw new IllegalArgumentException("the label is not that of the bytes sealed");
            }
            return store.accept(this, label, outcome);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!ended) {
                end();
                store.files().deleteQuietly(file);
                ledger.refund(reservation, written);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes it if nobody is at work on it and its last byte came before this time. */
    void closeIfStale(Instant before) {
        if (lock.tryLock()) {
            try {
                if (touched.isBefore(before)) {
                    close();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    Path file() {
        return file;
    }

    Ledger.Reservation reservation() {
        return reservation;
    }

    /** Marks it as done with: its room and its file are somebody else's business now. */
    void end() {
        ended = true;
        store.forget(this);
        try {
            channel.close();
        } catch (IOException e) {
            // Its bytes are either synced or given up; nothing depends on this.
            org.slf4j.LoggerFactory.getLogger(LocalIntake.class).debug("closing {}: {}", file, e.toString());
        }
    }

    private void open() throws IOException {
        if (ended) {
            throw new IOException("this arrival is over");
        }
    }
}
