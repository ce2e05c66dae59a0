package waybill.store.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import waybill.protocol.Sha256;

/**
 * Which contents of a cache are on their way in, in whichever process: a byte of one file is locked for each. The system lets
 * go of it when the process ends, however it ends. Safe for use by several threads.
 *
 * <p>It is never the partial file that is locked: a process loses its locks of a file as soon as it closes any channel to it,
 * and whoever follows an arrival opens and closes one. For the same reason the file of locks has one channel in a JVM, which is
 * never closed.
 */
final class ArrivalLocks {
    private static final Map<Path, FileChannel> CHANNELS = new HashMap<>();

    private final FileChannel channel;

    private ArrivalLocks(FileChannel channel) {
        this.channel = channel;
    }

    /** Those of the cache in this directory, which must exist. */
    static ArrivalLocks of(Path directory) throws IOException {
        Path file = directory.toRealPath().resolve("arriving");
        synchronized (CHANNELS) {
            FileChannel open = CHANNELS.get(file);
            if (open == null) {
                open = FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
                CHANNELS.put(file, open);
            }
            return new ArrivalLocks(open);
        }
    }

    /** The lock of one content, to be released; empty if somebody has it, here or in another process. */
    Optional<FileLock> take(Sha256 digest) throws IOException {
        // Two contents with one place only wait for each other.
        long place = ByteBuffer.wrap(digest.bytes()).getLong() >>> 2;
        try {
            return Optional.ofNullable(channel.tryLock(place, 1, false));
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }
}
