package waybill.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw new DirectoryInUseException(directory);
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(
                    real.resolve("lock"),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    DurableFiles.ownerOnly(real, false));
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
