package waybill.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Mutual exclusion of threads and processes by a lock file, for the moment a small shared file is read, changed and
 * written. The system lets go of it when the process ends. Not reentrant. The lock file stays: who deletes one lets two in.
 */
public final class FileMutex implements Closeable {
    /** One a file and JVM: the system's lock is the process's own, and closing any channel to the file loses it. */
    private static final Map<Path, ReentrantLock> WITHIN = new ConcurrentHashMap<>();

    private final ReentrantLock within;
    private final FileChannel channel;

    private FileMutex(ReentrantLock within, FileChannel channel) {
        this.within = within;
        this.channel = channel;
    }

    /** Waits for the lock and takes it; the file is created if it is missing, its directory must exist. */
    public static FileMutex take(Path file) throws IOException {
        Path real = DurableFiles.parentOf(file).toRealPath().resolve(file.getFileName());
        ReentrantLock within = WITHIN.computeIfAbsent(real, _ -> new ReentrantLock());
        within.lock();
        FileChannel channel = null;
        boolean held = false;
        try {
            if (within.getHoldCount() > 1) {
                throw new IllegalStateException("this thread holds " + file + " already");
            }
            channel = FileChannel.open(
                    real,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    DurableFiles.ownerOnly(DurableFiles.parentOf(real), false));
            channel.lock();
            held = true;
            return new FileMutex(within, channel);
        } finally {
            if (!held) {
                if (channel != null) {
                    channel.close();
                }
                within.unlock();
            }
        }
    }

    /** Lets go; to be called once, by the thread that took it. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            within.unlock();
        }
    }
}
