package waybill.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Files written whole or not at all: written aside, synced, renamed, the directory synced. The only code beside the
 * stores that writes files. Every name comes from our own side, never from a peer. Safe for use by several threads; of
 * two that write the same file one wins, whole.
 */
public final class DurableFiles {
    private DurableFiles() {}

    /**
     * Replaces or creates a file; readable by its owner alone if {@code secret}, and so from its first moment. Durable on
     * return; after an exception the file is the old or the new one, whole.
     */
    public static void write(Path file, byte[] bytes, boolean secret) throws IOException {
        try (DurableOutput out = create(file, secret)) {
            out.write(bytes);
            out.commit();
        }
    }

    /**
     * As {@link #write}, but the name is durable only when the directory is synced the next time: for what comes before
     * something else in the same directory, or may be the old one after a crash.
     */
    public static void place(Path file, byte[] bytes, boolean secret) throws IOException {
        try (DurableOutput out = create(file, secret)) {
            out.write(bytes);
            out.place();
        }
    }

    /**
     * Gives a file a second name, in place of an older one; where the two cannot be one file, a copy. Durable when the
     * directory of the second name is synced the next time; the file itself must be durable already.
     *
     * @param secret whether a copy is readable by its owner alone
     */
    public static void link(Path file, Path second, boolean secret) throws IOException {
        try {
            Files.createLink(second, file);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isSameFile(file, second)) {
                place(second, Files.readAllBytes(file), secret);
            }
        } catch (UnsupportedOperationException | FileSystemException _) {
            // Another file system, or one without links, as on many a stick.
            place(second, Files.readAllBytes(file), secret);
        }
    }

    /**
     * Begins a file too large for memory. It takes its name, in place of an older one, only when it is committed; closed
     * without that, nothing stays.
     */
    public static DurableOutput create(Path file, boolean secret) throws IOException {
        return new DurableOutput(file, secret);
    }

    /**
     * Creates a directory and those above it that are missing, durable on return; one that is there stays as it is.
     *
     * @param secret whether the last one, if it is created, is open to its owner alone
     * @throws FileAlreadyExistsException if there is something else of this name
     */
    public static void directory(Path directory, boolean secret) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            return;
        }
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new NoSuchFileException(directory.toString());
        }
        directory(parent, false);
        try {
            Files.createDirectory(absolute, ownerOnly(parent, true, secret));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(absolute)) {
                throw e;
            }
            // Somebody else made it just now; it is synced below in any case.
        }
        syncDirectory(parent);
    }

    /**
     * Deletes a file or an empty directory, durable on return.
     *
     * @return whether there was one
     */
    public static boolean delete(Path file) throws IOException {
        boolean deleted = Files.deleteIfExists(file);
        if (deleted) {
            syncDirectory(parentOf(file));
        }
        return deleted;
    }

    /** Deletes a file or an empty directory that does no harm if it is there again after a crash. */
    public static void discard(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /**
     * Removes what writers left half-written when they were killed. Only for a directory in which nobody else writes now.
     */
    public static void sweep(Path directory) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, DurableOutput::isAside)) {
            for (Path file : left) {
                delete(file);
            }
        }
    }

    /**
     * Gives a file another name, in place of an older one, durable on return. Both names must be on one filesystem.
     */
    public static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(parentOf(to));
        if (!parentOf(from).equals(parentOf(to))) {
            syncDirectory(parentOf(from));
        }
    }

    /** Makes the bytes of a file durable that somebody else wrote. Its name is not. */
    public static void sync(Path file) throws IOException {
        // Other systems sync only what is open for writing; here it may be somebody else's.
        StandardOpenOption how = POSIX ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(file, how, LinkOption.NOFOLLOW_LINKS)) {
            channel.force(true);
        }
    }

    /** Makes the entries of a directory durable. Systems that cannot open one keep them in order by themselves. */
    public static void syncDirectory(Path directory) throws IOException {
        if (!POSIX) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Writes all that is in the buffer. */
    public static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** The attributes with which something secret is created; none where the system has no such permissions. */
    public static FileAttribute<?>[] ownerOnly(Path directory, boolean isDirectory) {
        return ownerOnly(directory, isDirectory, true);
    }

    static FileAttribute<?>[] ownerOnly(Path near, boolean isDirectory, boolean secret) {
        if (!secret || !near.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString(isDirectory ? "rwx------" : "rw-------"))
        };
    }

    /**
     * The directory a file lies in.
     *
     * @throws NoSuchFileException for a root, which lies in none
     */
    public static Path parentOf(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new NoSuchFileException(file.toString());
        }
        return parent;
    }

    private static final boolean POSIX =
            Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix");
}
