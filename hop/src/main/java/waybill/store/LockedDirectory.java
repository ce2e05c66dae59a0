package waybill.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A data directory that this process alone runs on, for as long as this is open; the system lets go of it when the
 * process ends, however it ends. Safe for use by several threads.
 */
public final class LockedDirectory implements Closeable {
    /**
     * The directories this JVM holds. The system's lock belongs to the process and is lost as soon as any channel to the
     * file is closed, so a second attempt from within must not so much as open it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private LockedDirectory(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the directory, which must exist; the file {@code lock} in it stays there.
     *
     * @throws DirectoryInUseException if somebody else holds it
     */
    public static LockedDirectory lock(Path directory) throws IOException {
        return lock(directory, "lock");
    }

    /**
     * Takes the directory by a lock file of this name.
     *
     * @throws DirectoryInUseException if somebody else holds it
     * @throws IOException if there is something of that name that is no regular file
     */
    public static LockedDirectory lock(Path directory, String name) throws IOException {
        return lock(directory, name, false);
    }

    /**
     * As {@link #lock(Path, String)}, for a directory that several people carry on with: whoever may write there may lock
     * it, whoever made the lock file.
     */
    public static LockedDirectory lockForAll(Path directory, String name) throws IOException {
        return lock(directory, name, true);
    }

    private static LockedDirectory lock(Path directory, String name, boolean forAll) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw new DirectoryInUseException(directory);
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            Path file = real.resolve(name);
            // A link would lead elsewhere, and a pipe's opening never ends.
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileSystemException(file.toString(), null, "is no regular file");
            }
            channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    DurableFiles.ownerOnly(real, false));
            if (forAll) {
                openToAll(file);
            }
            locked = channel.tryLock() != null;
            if (!locked) {
                throw new DirectoryInUseException(directory);
            }
            return new LockedDirectory(real, channel);
        } finally {
            if (!locked) {
                HELD.remove(real);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private static void openToAll(Path file) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view != null) {
            try {
                // With a second name it could be any file of ours that somebody linked to here.
                if (!Integer.valueOf(1).equals(Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS))) {
                    return;
                }
                view.setPermissions(PosixFilePermissions.fromString("rw-rw-rw-"));
            } catch (FileSystemException e) {
                // Somebody else's, who did the same; or a filesystem without permissions.
            }
        }
    }

    /** The directory, as the system names it. */
    public Path directory() {
        return directory;
    }

    /** Lets go of the directory; a second call does nothing. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            HELD.remove(directory);
        }
    }
}
