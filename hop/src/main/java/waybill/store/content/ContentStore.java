package waybill.store.content;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.store.DiskFullException;
import waybill.store.DurableFiles;
import waybill.store.DurableOutput;
import waybill.store.StoreFullException;
import waybill.store.local.Disk;

/**
 * Published contents by their SHA-256, on disk, within limits (section 10): what was fetched once is there for the next who
 * asks. A content is whole, durable and under its own digest, or it is arriving ({@link Arrival}); there is nothing between.
 *
 * <pre>
 * whole/7f/DIGEST    all of it, checked before it got this name
 * partial/DIGEST     the pieces that have come; which they are is found out by their digests
 * arriving           locked for each that is on its way in
 * </pre>
 *
 * <p>What is there is counted anew when it is opened. Where room is needed, the content goes that nobody asked for longest;
 * when it was asked for last is the file's time. Several processes may share a directory; a content arrives in one of them
 * at a time. Safe for use by several threads.
 */
public final class ContentStore {
    private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

    /** With less than that free a write that failed is taken to have failed for it. */
    private static final long FULL = 256 * 1024;

    /** The time of a file is written no more often than this. */
    private static final Duration COARSE = Duration.ofMinutes(1);

    private final Path directory;
    private final Path whole;
    private final Path partial;
    private final ContentLimits limits;
    private final InstantSource clock;
    private final Disk disk;
    private final FileStore filesystem;
    private final ArrivalLocks locks;
    private final Shelf shelf = new Shelf();
    private final Stock stock;
    private final Room room;

    private ContentStore(Path directory, ContentLimits limits, InstantSource clock, Disk disk) throws IOException {
        this.directory = directory;
        this.whole = directory.resolve("whole");
        this.partial = directory.resolve("partial");
        this.limits = limits;
        this.clock = clock;
        this.disk = disk;
        makeDirectories();
        this.filesystem = Files.getFileStore(directory);
        this.locks = ArrivalLocks.of(directory);
        this.stock = new Stock(shelf, clock, disk);
        this.room = new Room(limits, shelf, clock, disk, filesystem, this::drop);
    }

    /** Also where somebody took them away meanwhile: a cache may be emptied by hand. */
    private void makeDirectories() throws IOException {
        DurableFiles.directory(directory, true);
        DurableFiles.directory(whole, false);
        DurableFiles.directory(partial, false);
    }

    /**
     * Opens or makes a cache, counts what is there, and lets go of what is too old or too much.
     *
     * @throws IOException if the directory cannot be used
     */
    public static ContentStore open(Path directory, ContentLimits limits, InstantSource clock) throws IOException {
        return open(directory, limits, clock, new Disk());
    }

    static ContentStore open(Path directory, ContentLimits limits, InstantSource clock, Disk disk) throws IOException {
        ContentStore store = new ContentStore(directory, limits, clock, disk);
        store.stock.count(store.whole, store.partial);
        store.expire();
        return store;
    }

    /** What it may hold. */
    public ContentLimits limits() {
        return limits;
    }

    /** The bytes of all that is there, whole or not. */
    public long used() {
        return shelf.bytes();
    }

    /** Whether all of a content is there; never waits for the disk. */
    public boolean has(Sha256 digest) {
        return shelf.isWhole(digest);
    }

    /** Whether all of a content is there, be it that another process brought it. */
    public boolean isThere(Sha256 digest) throws IOException {
        Optional<SeekableByteChannel> channel = open(digest);
        if (channel.isPresent()) {
            channel.get().close();
        }
        return channel.isPresent();
    }

    /** Opens a content that is whole; it was asked for now. The caller closes. Whoever needs to be sure checks the bytes. */
    public Optional<SeekableByteChannel> open(Sha256 digest) throws IOException {
        Path file = wholeFile(digest);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            touch(digest, file, channel.size());
            return Optional.of(channel);
        } catch (NoSuchFileException e) {
            shelf.remove(digest);
            return Optional.empty();
        }
    }

    private void touch(Sha256 digest, Path file, long size) throws IOException {
        Instant now = clock.instant();
        boolean known = shelf.isWhole(digest);
        if (!known) {
            shelf.put(digest, size, now, true); // another process brought it
        }
        Optional<Instant> before = shelf.touch(digest, now);
        if (!known
                || before.isEmpty()
                || Duration.between(before.get(), now).abs().compareTo(COARSE) > 0) {
            try {
                Files.setLastModifiedTime(file, FileTime.from(now));
            } catch (NoSuchFileException e) {
                LOG.debug("{} went while it was opened", file);
            }
        }
    }

    /**
     * A small content as bytes, checked; one that was damaged is dropped.
     *
     * @param most bytes; a larger one is not read
     */
    public Optional<byte[]> read(Sha256 digest, int most) throws IOException {
        Optional<SeekableByteChannel> channel = open(digest);
        if (channel.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = Channels.newInputStream(channel.get())) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length <= most && Sha256.of(bytes).equals(digest)) {
                return Optional.of(bytes);
            }
        }
        LOG.warn("the content {} is damaged or too large, and is dropped", digest);
        drop(digest);
        return Optional.empty();
    }

    /** Keeps a small content, durable on return. */
    public Sha256 keep(byte[] bytes) throws IOException {
        Sha256 digest = Sha256.of(bytes);
        if (!has(digest)) {
            room.makeRoom(bytes.length, false);
            makeDirectories();
            Path aside = partial.resolve(UUID.randomUUID() + ".part");
            try {
                try (FileChannel channel = disk.open(aside)) {
                    disk.write(aside, channel, ByteBuffer.wrap(bytes), 0);
                    disk.syncFile(aside, channel);
                }
                settle(digest, aside, bytes.length);
            } finally {
                deleteQuietly(aside);
            }
        }
        return digest;
    }

    /**
     * Begins to take a content in, or goes on where an earlier attempt ended: pieces that came then and are whole count.
     *
     * @param pieces by which each piece is checked, and which say how large it is
     * @param within whether the size of this cache holds for it, and others go to make room. If not it is only passing
     *     through, only the floor of free space holds, and what is too much goes with the next {@link #expire}
     * @throws StoreFullException if there is no room for it; nothing is kept
     * @throws InterruptedException if the thread was interrupted while another process takes it in
     */
    public Arrival begin(Sha256 digest, Pieces pieces, boolean within)
            throws IOException, StoreFullException, InterruptedException {
        if (!shelf.hold(digest)) {
            throw new IllegalStateException("it is arriving already: " + digest);
        }
        Arrival arrival = null;
        try {
            if (within) {
                room.couldHold(digest, pieces.size());
            }
            makeDirectories();
            Path file = partialFile(digest);
            long there = Files.exists(file) ? Files.size(file) : 0;
            room.onDisk(Math.max(0, pieces.size() - there), within);
            if (within) {
                shelf.put(digest, pieces.size(), clock.instant(), false);
                room.makeRoom(0, true);
            }
            arrival = Arrival.open(this, locks, disk, file, digest, pieces);
            return arrival;
        } finally {
            if (arrival == null) {
                ended(digest);
            }
        }
    }

    /** Gives a file its content's name, durable on return. */
    void settle(Sha256 digest, Path from, long size) throws IOException {
        Path to = wholeFile(digest);
        Path folder = DurableFiles.parentOf(to);
        disk.createDirectory(folder);
        disk.syncDirectory(whole);
        disk.rename(from, to);
        disk.syncDirectory(folder);
        shelf.put(digest, size, clock.instant(), true);
    }

    /** An arrival has ended, one way or the other; what is left of it counts. */
    void ended(Sha256 digest) {
        if (!shelf.isWhole(digest)) {
            try {
                Path file = partialFile(digest);
                shelf.remove(digest);
                if (Files.exists(file)) {
                    stock.count(file, digest, false);
                }
            } catch (IOException e) {
                LOG.warn("what is left of {} is not counted now: {}", digest, e.toString());
            }
        }
        shelf.letGo(digest);
    }

    /**
     * Writes a whole content to a file outside, which takes its name only when all of it is there, durable and checked once
     * more.
     *
     * @throws DamagedContentException if it is not what it was; it is dropped, and nothing was written
     * @throws FileNotFoundException if there is no such content here
     */
    public void copyTo(Sha256 digest, Path target) throws IOException {
        Optional<SeekableByteChannel> channel = open(digest);
        if (channel.isEmpty()) {
            throw new FileNotFoundException("no such content: " + digest);
        }
        MessageDigest found = Sha256.newDigest();
        try (InputStream in = new DigestInputStream(Channels.newInputStream(channel.get()), found);
                DurableOutput out = DurableFiles.create(target, false)) {
            copy(in, out);
            if (!Sha256.ofDigest(found.digest()).equals(digest)) {
                drop(digest);
                throw new DamagedContentException("the disk does not give back what was written of " + digest);
            }
            out.commit();
        }
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }

    /**
     * As {@link #copyTo}, but it leaves the cache: where both are on one filesystem, no byte is written twice. For a content
     * that became whole just now, and so was checked.
     */
    public void moveTo(Sha256 digest, Path target) throws IOException {
        try {
            DurableFiles.rename(wholeFile(digest), target);
        } catch (AtomicMoveNotSupportedException e) {
            copyTo(digest, target);
        }
        drop(digest);
    }

    /** Forgets a content, whole or partial, unless it is arriving just now. */
    public void drop(Sha256 digest) {
        if (shelf.leave(digest)) {
            try {
                deleteQuietly(wholeFile(digest));
                dropPartial(digest);
            } finally {
                shelf.left(digest);
            }
        }
    }

    private void dropPartial(Sha256 digest) {
        try {
            Optional<FileLock> lock = locks.take(digest);
            if (lock.isPresent()) {
                try {
                    deleteQuietly(partialFile(digest));
                } finally {
                    lock.get().release();
                }
            }
        } catch (IOException e) {
            LOG.warn("what is partial of {} cannot be deleted now: {}", digest, e.toString());
        }
    }

    /**
     * Lets go of what nobody asked for as long as the age allows, and of what is too much. What is partial goes by its age
     * alone: an interrupted fetch is to go on where it was.
     */
    public void expire() {
        room.expire();
    }

    private Path partialFile(Sha256 digest) {
        return partial.resolve(digest.hex());
    }

    private Path wholeFile(Sha256 digest) {
        return whole.resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    /** Whether the bytes on the disk are still those of the digest; they are not, where there are none. */
    public boolean isSound(Sha256 digest) throws IOException {
        Optional<SeekableByteChannel> channel = open(digest);
        if (channel.isEmpty()) {
            return false;
        }
        try (SeekableByteChannel in = channel.get()) {
            return digestOf(in).equals(digest);
        }
    }

    static Sha256 digestOf(SeekableByteChannel channel) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[64 * 1024];
        ByteBuffer view = ByteBuffer.wrap(buffer);
        while (channel.read(view.clear()) >= 0) {
            digest.update(buffer, 0, view.position());
        }
        return Sha256.ofDigest(digest.digest());
    }

    /** What to throw in place of it: a full disk is nobody's fault but the disk's. */
    IOException fullOr(IOException e) {
        try {
            return disk.usableSpace(filesystem) < FULL ? new DiskFullException(e) : e;
        } catch (IOException again) {
            e.addSuppressed(again);
            return e;
        }
    }

    private void deleteQuietly(Path file) {
        try {
            disk.delete(file);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted now: {}", file, e.toString());
        }
    }
}
