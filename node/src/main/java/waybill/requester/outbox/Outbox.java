package waybill.requester.outbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.parcel.Manifest;
import waybill.parcel.ManifestXml;
import waybill.parcel.ParcelFault;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DirectoryInUseException;
import waybill.store.DurableFiles;
import waybill.store.DurableOutput;
import waybill.store.FileMutex;
import waybill.store.LockedDirectory;

/**
 * The sender's outbox: a directory a task, named by its ID, with the sealed parcel, the copy of {@code waybill.xml} and
 * {@code task.json}, which is written last and makes it a task. Whoever works on a task holds its directory's lock.
 *
 * <p>Of a parcel that lies elsewhere and is carried on from there (section 9) it keeps the task alone, in a directory named by
 * the delivery's whole key.
 *
 * <p>What a crash left half-made is removed at the next start; a task that cannot be read is set aside under
 * {@code aside/}. Safe for use by several threads and processes.
 */
public final class Outbox {
    /** The most tasks that are listed. */
    public static final int MAX_LISTED = 10_000;
    /** The most files of unverifiable receipts that are kept with a task. */
    public static final int MAX_KEPT = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final String PARCEL = "parcel.age";
    private static final String WAYBILL = "waybill.xml";
    private static final String TASK = "task.json";

    private final Path directory;
    private final Path mutex;

    private Outbox(Path directory) {
        this.directory = directory;
        this.mutex = directory.resolve("outbox.lock");
    }

    /** Where it lies under a sender's data. */
    public static Path under(Path data) {
        return data.resolve("outbox");
    }

    /** Opens or makes it, and removes what was left half-made. */
    public static Outbox open(Path directory) throws IOException {
        DurableFiles.directory(directory, true);
        Outbox outbox = new Outbox(directory);
        outbox.sweep();
        return outbox;
    }

    /** Only to look into it, whatever state it is in: nothing is made and nothing removed. */
    public static Outbox lookInto(Path directory) {
        return new Outbox(directory);
    }

    /** A task's directory, held by this process; closing lets go of it. For one thread. */
    public final class Held implements Closeable {
        private final Path home;
        private final Path parcel;
        private final LockedDirectory lock;

        private Held(Path home, Path parcel, LockedDirectory lock) {
            this.home = home;
            this.parcel = parcel;
            this.lock = lock;
        }

        /** Begins the sealed parcel; it must be placed, and is durable with the task. */
        public DurableOutput parcel() throws IOException {
            return DurableFiles.create(home.resolve(PARCEL), true);
        }

        /** Keeps the copy of {@code waybill.xml}; durable with the task. */
        public void waybill(byte[] xml) throws IOException {
            DurableFiles.place(home.resolve(WAYBILL), xml, true);
        }

        /**
         * Gives that copy another name, durable when that directory is synced; not for a parcel that somebody else sealed.
         *
         * @return whether there is a copy
         */
        public boolean waybill(Path name) throws IOException {
            boolean ours = parcel.startsWith(home);
            if (ours) {
                DurableFiles.link(home.resolve(WAYBILL), name, true);
            }
            return ours;
        }

        /** Writes the task, durable on return; the first time makes it one. */
        public void save(OutboxTask task) throws IOException {
            DurableFiles.write(home.resolve(TASK), TaskFile.write(task), true);
        }

        /** Writes the task; after a crash it may be as it was before. */
        public void jot(OutboxTask task) throws IOException {
            DurableFiles.place(home.resolve(TASK), TaskFile.write(task), true);
        }

        /**
         * The task as it stands on disk.
         *
         * @throws NoSuchFileException if it is none yet, or ends just now
         * @throws IOException if it is damaged, or its parcel is missing or of another size
         */
        public OutboxTask task() throws IOException {
            return readTask(home, parcel);
        }

        /** Opens the sealed bytes. The caller closes them. */
        public SeekableByteChannel open() throws IOException {
            return FileChannel.open(parcel, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        }

        /**
         * Reads the sealed bytes once more.
         *
         * @throws DamagedParcelException if they cannot be read or are others than these
         */
        public void check(Sha256 sha256) throws DamagedParcelException {
            Sha256 found;
            try (InputStream in = Files.newInputStream(parcel, LinkOption.NOFOLLOW_LINKS)) {
                found = Sha256.of(in);
            } catch (IOException e) {
                throw new DamagedParcelException("the sealed parcel cannot be read: " + e.getMessage(), e);
            }
            if (!found.equals(sha256)) {
                throw new DamagedParcelException(
                        "the sealed parcel " + parcel + " is damaged: its bytes are not those that were sealed");
            }
        }

        /** Keeps a receipt that could not be verified; empty if there are enough already. */
        public Optional<Path> keep(byte[] cms) throws IOException {
            for (int i = 1; i <= MAX_KEPT; i++) {
                Path file = home.resolve("unverified-" + i + ".cms");
                if (!Files.exists(file)) {
                    DurableFiles.write(file, cms, true);
                    return Optional.of(file);
                }
            }
            return Optional.empty();
        }

        /** Removes the task with all its files; a crash in the middle leaves what the next start removes. */
        public void remove() throws IOException {
            // From here on it is no task, and should the rest be there again after a crash, it is swept away.
            DurableFiles.delete(home.resolve(TASK));
            try (FileMutex _ = FileMutex.take(mutex)) {
                empty(home);
                lock.close();
                DurableFiles.discard(home.resolve("lock"));
                DurableFiles.discard(home);
            }
        }

        @Override
        public void close() throws IOException {
            lock.close();
        }
    }

    /** Makes the directory of a new task and holds it. It is no task before {@link Held#save}. */
    public Held create(TaskId id) throws IOException {
        Path home = directory.resolve(id.toString());
        // Synced before the mutex, at which others wait; whoever sweeps there may take it away once more.
        DurableFiles.directory(home, true);
        try (FileMutex _ = FileMutex.take(mutex)) {
            DurableFiles.directory(home, true);
            return new Held(home, home.resolve(PARCEL), LockedDirectory.lock(home));
        }
    }

    /**
     * Holds a task to work on it.
     *
     * @throws NoSuchFileException if there is none
     * @throws DirectoryInUseException if somebody else holds it
     */
    public Held take(TaskId id) throws IOException {
        Path home = directory.resolve(id.toString());
        try (FileMutex _ = FileMutex.take(mutex)) {
            if (!Files.exists(home.resolve(TASK))) {
                throw new NoSuchFileException(home.toString(), null, "there is no such task in the outbox");
            }
            return new Held(home, home.resolve(PARCEL), LockedDirectory.lock(home));
        }
    }

    /**
     * Holds the task of a parcel that lies elsewhere: as an earlier run left it, or as it begins.
     *
     * @throws DirectoryInUseException if somebody else holds it
     */
    public Held adopt(OutboxTask begun, Path parcel) throws IOException {
        Path home = directory.resolve(begun.key().toString());
        Held held;
        try (FileMutex _ = FileMutex.take(mutex)) {
            DurableFiles.directory(home, true);
            held = new Held(home, parcel, LockedDirectory.lock(home));
        }
        boolean done = false;
        try {
            if (!goesOn(held, begun)) {
                held.save(begun);
            }
            done = true;
            return held;
        } finally {
            if (!done) {
                held.close();
            }
        }
    }

    private static boolean goesOn(Held held, OutboxTask begun) throws IOException {
        try {
            OutboxTask kept = held.task();
            return kept.backend().equals(begun.backend())
                    && kept.size() == begun.size()
                    && kept.recipient().equals(begun.recipient());
        } catch (NoSuchFileException | TaskFile.DamagedException _) {
            // New, or of no use: what is lost is who was asked before.
            return false;
        }
    }

    /** Forgets what an earlier run left of parcels that lie elsewhere, if nothing was written since then. */
    public void forgetAdopted(Instant then) throws IOException {
        List<Path> old = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, Outbox::isAdopted)) {
            for (Path home : all) {
                if (Files.getLastModifiedTime(home).toInstant().isBefore(then)) {
                    old.add(home);
                }
            }
        }
        try (FileMutex _ = FileMutex.take(mutex)) {
            for (Path home : old) {
                removeUnheld(home);
            }
        }
    }

    /** Opens a task's sealed bytes, whoever works on it. The caller closes them. */
    public InputStream read(TaskId id) throws IOException {
        return Files.newInputStream(directory.resolve(id.toString()).resolve(PARCEL), LinkOption.NOFOLLOW_LINKS);
    }

    /** The tasks, oldest first, at most {@link #MAX_LISTED}. What cannot be read is set aside. */
    public List<OutboxTask> list() throws IOException {
        List<OutboxTask> tasks = new ArrayList<>();
        for (Path home : homes()) {
            if (tasks.size() == MAX_LISTED) {
                break;
            }
            look(home).ifPresent(tasks::add);
        }
        return tasks;
    }

    /** The IDs of all tasks, oldest first. What cannot be read is set aside. */
    public List<TaskId> ids() throws IOException {
        List<TaskId> ids = new ArrayList<>();
        for (Path home : homes()) {
            look(home).map(OutboxTask::id).ifPresent(ids::add);
        }
        return ids;
    }

    /** The IDs of all directories of tasks, oldest first, unread: what one of them holds {@link #find} says. */
    public List<TaskId> named() throws IOException {
        return homes().stream()
                .map(home -> TaskId.parse(home.getFileName().toString()))
                .toList();
    }

    /**
     * A task, whoever works on it; changes nothing.
     *
     * @return empty if there is none: half-made, or it ends just now
     * @throws IOException if it cannot be read, or is damaged
     */
    public Optional<OutboxTask> find(TaskId id) throws IOException {
        Path home = directory.resolve(id.toString());
        try {
            return Optional.of(readTask(home, home.resolve(PARCEL)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /**
     * What a task's parcel has inside; empty if the task ends just now.
     *
     * @throws IOException if that cannot be read
     */
    public Optional<Manifest> manifest(TaskId id) throws IOException {
        Path xml = directory.resolve(id.toString()).resolve(WAYBILL);
        try (InputStream in = Files.newInputStream(xml, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(ManifestXml.parse(in.readNBytes(ManifestXml.MAX_BYTES + 1)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (ParcelFault e) {
            throw new IOException("its " + WAYBILL + " is damaged", e);
        }
    }

    private Optional<OutboxTask> look(Path home) throws IOException {
        try {
            return Optional.of(readTask(home, home.resolve(PARCEL)));
        } catch (NoSuchFileException _) {
            // Half-made or just ended: no task.
        } catch (TaskFile.DamagedException e) {
            setAside(home, e);
        }
        return Optional.empty();
    }

    private OutboxTask readTask(Path home, Path parcel) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(home.resolve(TASK))) {
            bytes = in.readNBytes(TaskFile.MAX_BYTES);
        }
        OutboxTask task = TaskFile.read(bytes);
        if (!home.endsWith(
                parcel.startsWith(home) ? task.id().toString() : task.key().toString())) {
            throw new TaskFile.DamagedException("it says it is " + task.id());
        }
        if (!Files.isRegularFile(parcel, LinkOption.NOFOLLOW_LINKS) || Files.size(parcel) != task.size()) {
            // Looked at again: a task that ends just now loses its task.json first.
            if (!Files.exists(home.resolve(TASK))) {
                throw new NoSuchFileException(home.toString());
            }
            throw new TaskFile.DamagedException("its parcel is missing or of another size");
        }
        return task;
    }

    /** The directories named by a task ID, the oldest first: the ID begins with the time. */
    private List<Path> homes() throws IOException {
        List<Path> homes = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, Outbox::isHome)) {
            all.forEach(homes::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        homes.sort(null);
        return homes;
    }

    private static boolean isHome(Path path) {
        try {
            TaskId.parse(path.getFileName().toString());
            return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean isAdopted(Path path) {
        try {
            DeliveryKey.parse(path.getFileName().toString());
            return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private void sweep() throws IOException {
        try (FileMutex _ = FileMutex.take(mutex)) {
            for (Path home : homes()) {
                if (!Files.exists(home.resolve(TASK)) && removeUnheld(home)) {
                    LOG.info("{} was left half-made and is removed", home);
                }
            }
        }
    }

    /** Removes a directory, under the mutex, unless somebody works in it. */
    private static boolean removeUnheld(Path home) throws IOException {
        try (LockedDirectory _ = LockedDirectory.lock(home)) {
            empty(home);
        } catch (DirectoryInUseException _) {
            return false;
        }
        DurableFiles.discard(home.resolve("lock"));
        DurableFiles.discard(home);
        return true;
    }

    private void setAside(Path home, TaskFile.DamagedException why) throws IOException {
        try (FileMutex _ = FileMutex.take(mutex)) {
            if (!Files.exists(home)) {
                return;
            }
            try (LockedDirectory _ = LockedDirectory.lock(home)) {
                Path aside = directory.resolve("aside");
                DurableFiles.directory(aside, true);
                Path there = aside.resolve(home.getFileName().toString());
                LOG.error("{} is damaged and is set aside as {}: {}", home, there, why.getMessage());
                DurableFiles.rename(home, there);
            } catch (DirectoryInUseException _) {
                // Who works on it sees for himself.
            }
        }
    }

    /** Deletes what is in it but for the lock. */
    private static void empty(Path home) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(home)) {
            for (Path file : files) {
                if (!file.endsWith("lock")) {
                    DurableFiles.discard(file);
                }
            }
        }
    }
}
