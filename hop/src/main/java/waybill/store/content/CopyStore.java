package waybill.store.content;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;
import waybill.store.StoreFullException;
import waybill.store.local.Disk;

/**
 * Copies of what has no release, on disk, within limits (section 10.10): each under a key that is no name from elsewhere, with
 * notes about it, and durable as a whole or not there at all.
 *
 * <pre>
 * copies/KEY        a head with the notes and the digest of the bytes, then the bytes
 * aside/NUMBER      on its way in; emptied at every start
 * </pre>
 *
 * <p>Where room is needed, the copy goes that nobody asked for longest. One process at a time; safe for use by several
 * threads.
 */
public final class CopyStore {
    private static final Duration COARSE = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(CopyStore.class);

    private final Path directory;
    private final Path copies;
    private final Path aside;
    private final ContentLimits limits;
    private final InstantSource clock;
    private final Disk disk;
    private final Shelf shelf = new Shelf();
    private final Room room;
    private final Looked looked = new Looked();

    private CopyStore(Path directory, ContentLimits limits, InstantSource clock, Disk disk) throws IOException {
        this.directory = directory;
        this.copies = directory.resolve("copies");
        this.aside = directory.resolve("aside");
        this.limits = limits;
        this.clock = clock;
        this.disk = disk;
        makeDirectories();
        this.room = new Room(limits, shelf, clock, disk, Files.getFileStore(directory), this::drop);
    }

    /** Also where somebody took them away meanwhile: a cache may be emptied by hand. */
    private void makeDirectories() throws IOException {
        DurableFiles.directory(directory, true);
        DurableFiles.directory(copies, false);
        DurableFiles.directory(aside, false);
    }

    /**
     * Opens or makes it, counts what is there, and lets go of what is too old or too much.
     *
     * @throws IOException if the directory cannot be used
     */
    public static CopyStore open(Path directory, ContentLimits limits, InstantSource clock) throws IOException {
        return open(directory, limits, clock, new Disk());
    }

    static CopyStore open(Path directory, ContentLimits limits, InstantSource clock, Disk disk) throws IOException {
        CopyStore store = new CopyStore(directory, limits, clock, disk);
        store.recount();
        store.expire();
        return store;
    }

    private void recount() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(aside)) {
            for (Path file : files) {
                disk.delete(file);
            }
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(copies)) {
            for (Path file : files) {
                try {
                    Sha256 key = new Sha256(String.valueOf(file.getFileName()));
                    Instant used = Files.getLastModifiedTime(file).toInstant();
                    Instant now = clock.instant();
                    // After the clock was set back what is of the future would stay for ever.
                    shelf.put(key, Files.size(file), used.isAfter(now) ? now : used, true);
                } catch (IllegalArgumentException e) {
                    LOG.debug("{} is no copy", file);
                }
            }
        }
    }

    /** What it may hold. */
    public ContentLimits limits() {
        return limits;
    }

    /** The bytes of all that is there. */
    public long used() {
        return shelf.bytes();
    }

    /** Opens a copy, which was asked for now; one that was damaged is dropped. The caller closes it. */
    public Optional<Copy> open(Sha256 key) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(copies.resolve(key.hex()), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            shelf.remove(key);
            return Optional.empty();
        }
        boolean good = false;
        try {
            Optional<Copy> copy = Copy.read(channel);
            good = copy.isPresent() && looked.isSound(key, copy.get()::isSound);
            if (good) {
                touch(key);
                return copy;
            }
        } finally {
            if (!good) {
                channel.close();
            }
        }
        LOG.warn("a copy was damaged on this disk, and is dropped");
        drop(key);
        return Optional.empty();
    }

    private void touch(Sha256 key) throws IOException {
        Instant now = clock.instant();
        Optional<Instant> before = shelf.touch(key, now);
        if (before.isPresent() && Duration.between(before.get(), now).abs().compareTo(COARSE) > 0) {
            try {
                Files.setLastModifiedTime(copies.resolve(key.hex()), FileTime.from(now));
            } catch (NoSuchFileException e) {
                LOG.debug("a copy went while it was opened");
            }
        }
    }

    /**
     * Begins to take one in. It takes the place of an older one only when it is {@linkplain Filing#commit committed}.
     *
     * @param size in bytes
     * @param notes about it: a few, of printable ASCII
     * @throws StoreFullException if there is no room for it; nothing is kept
     */
    public Filing begin(Sha256 key, long size, Map<String, String> notes) throws IOException, StoreFullException {
        if (!shelf.hold(key)) {
            throw new IllegalStateException("it is on its way in already");
        }
        Filing filing = null;
        try {
            room.couldHold(key, size);
            makeDirectories();
            room.onDisk(size, false);
            Path file = aside.resolve(UUID.randomUUID().toString());
            filing = new Filing(this, disk, file, key, size, notes);
            // Its room counts from now on, beside that of the one whose place it takes.
            shelf.hold(filing.room());
            shelf.put(filing.room(), size, clock.instant(), false);
            room.makeRoom(0, false);
            return filing;
        } finally {
            if (filing == null) {
                shelf.letGo(key);
            }
        }
    }

    /** Gives a file its key's name, durable on return. */
    void settle(Sha256 key, Path from, long size) throws IOException {
        disk.rename(from, copies.resolve(key.hex()));
        disk.syncDirectory(copies);
        shelf.put(key, size, clock.instant(), true);
        looked.came(key);
    }

    /** One has ended, one way or the other. */
    void ended(Sha256 key, Sha256 taken) {
        shelf.remove(taken);
        shelf.letGo(taken);
        shelf.letGo(key);
        room.makeRoom(0, false);
    }

    /** Forgets a copy, unless another is on its way into its place. */
    public void drop(Sha256 key) {
        if (shelf.leave(key)) {
            try {
                disk.delete(copies.resolve(key.hex()));
                looked.forget(key);
            } catch (IOException e) {
                LOG.warn("a copy could not be deleted now: {}", e.toString());
            } finally {
                shelf.left(key);
            }
        }
    }

    /** Lets go of what nobody asked for as long as the age allows, and of what is too much. */
    public void expire() {
        room.expire();
    }
}
