package waybill.store.content;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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

    private final Path copies;
    private final Path aside;
    private final ContentLimits limits;
    private final InstantSource clock;
    private final Disk disk = new Disk();
    private final FileStore filesystem;
    private final Shelf shelf = new Shelf();
    /** Whose bytes were found to be what they should be since this start: a disk may rot. */
    private final Set<Sha256> sound = ConcurrentHashMap.newKeySet();

    private CopyStore(Path directory, ContentLimits limits, InstantSource clock) throws IOException {
        this.copies = directory.resolve("copies");
        this.aside = directory.resolve("aside");
        this.limits = limits;
        this.clock = clock;
        DurableFiles.directory(directory, true);
        DurableFiles.directory(copies, false);
        DurableFiles.directory(aside, false);
        this.filesystem = Files.getFileStore(directory);
    }

    /**
     * Opens or makes it, counts what is there, and lets go of what is too old or too much.
     *
     * @throws IOException if the directory cannot be used
     */
    public static CopyStore open(Path directory, ContentLimits limits, InstantSource clock) throws IOException {
        CopyStore store = new CopyStore(directory, limits, clock);
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
            good = copy.isPresent() && (sound.contains(key) || copy.get().isSound());
            if (good) {
                sound.add(key);
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
            if (!shelf.couldHold(size, limits.size(), key)) {
                throw new StoreFullException(StoreFullException.Limit.QUOTA);
            }
            if (disk.usableSpace(filesystem) - size < limits.freeFloor()) {
                throw new StoreFullException(StoreFullException.Limit.FREE_SPACE);
            }
            Path file = aside.resolve(UUID.randomUUID().toString());
            filing = new Filing(this, disk, file, key, size, notes);
            // Its room counts from now on, beside that of the one whose place it takes.
            shelf.hold(filing.room());
            shelf.put(filing.room(), size, clock.instant(), false);
            makeRoom();
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
        sound.add(key);
    }

    /** One has ended, one way or the other. */
    void ended(Sha256 key, Sha256 room) {
        shelf.remove(room);
        shelf.letGo(room);
        shelf.letGo(key);
        makeRoom();
    }

    /** Forgets a copy, unless another is on its way into its place. */
    public void drop(Sha256 key) {
        if (shelf.hold(key)) {
            try {
                disk.delete(copies.resolve(key.hex()));
                shelf.remove(key);
                sound.remove(key);
            } catch (IOException e) {
                LOG.warn("a copy could not be deleted now: {}", e.toString());
                shelf.remove(key);
            } finally {
                shelf.letGo(key);
            }
        }
    }

    /** Lets go of what nobody asked for as long as the age allows, and of what is too much. */
    public void expire() {
        for (Sha256 key : shelf.unusedSince(clock.instant().minus(limits.age()))) {
            drop(key);
        }
        makeRoom();
    }

    private void makeRoom() {
        Optional<Sha256> next = shelf.surplus(limits.size(), false);
        while (next.isPresent()) {
            drop(next.get());
            next = shelf.surplus(limits.size(), false);
        }
    }
}
