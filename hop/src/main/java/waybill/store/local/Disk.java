package waybill.store.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import waybill.store.DurableFiles;

/**
 * The few steps that make something durable, each on its own so that tests can make each of them fail, or succeed and be
 * reported failed. Safe for use by several threads.
 */
public class Disk {
    /** Creates a file that must not exist, open to its owner alone. */
    public FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                DurableFiles.ownerOnly(DurableFiles.parentOf(file), false));
    }

    /** Opens a file to be read and written in any order, created if it is missing, open to whom its directory is. */
    public FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Writes all that is in the buffer at this place of the file. */
    public void write(Path file, FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Writes all that is in the buffer. */
    public void write(Path file, FileChannel channel, ByteBuffer bytes) throws IOException {
        DurableFiles.writeFully(channel, bytes);
    }

    /** Makes the file's bytes and size durable. */
    public void syncFile(Path file, FileChannel channel) throws IOException {
        channel.force(true);
    }

    /** Creates a directory that is missing, open to its owner alone; not durable by itself. */
    public void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, DurableFiles.ownerOnly(DurableFiles.parentOf(directory), true));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /** Gives a file another name in one step, in place of an older one. */
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes a directory's entries durable. */
    public void syncDirectory(Path directory) throws IOException {
        DurableFiles.syncDirectory(directory);
    }

    /** Removes a file if it is there; not durable by itself. */
    public boolean delete(Path file) throws IOException {
        return Files.deleteIfExists(file);
    }

    /** Commits the open transaction, durable on return. */
    void commit(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("COMMIT");
        }
    }

    /** The bytes that can still be written to this filesystem. */
    public long usableSpace(FileStore filesystem) throws IOException {
        return filesystem.getUsableSpace();
    }
}
