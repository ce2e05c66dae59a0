package waybill.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import waybill.parcel.ManifestXml;
import waybill.parcel.Parcel;

/**
 * The files of a parcel on their way into a directory: laid out as {@code tar x} would, {@code files/...} and
 * {@code waybill.xml}, in a folder aside until the whole parcel was verified, then put in place. Nothing is replaced, and
 * what was not committed is gone. For one thread.
 */
public final class Unpacking implements Parcel.Sink, Closeable {
    private static final String FILES = "files";

    private final Path directory;
    private final Path aside;
    private final List<Stamp> stamps = new ArrayList<>();
    private boolean committed;

    private record Stamp(Path file, Instant modified) {}

    private Unpacking(Path directory, Path aside) {
        this.directory = directory;
        this.aside = aside;
    }

    /**
     * Begins to unpack into a directory, which is created if it is missing.
     *
     * @throws FileAlreadyExistsException if it holds a {@code files} or {@code waybill.xml} already
     */
    public static Unpacking into(Path directory) throws IOException {
        DurableFiles.directory(directory, false);
        for (String name : List.of(FILES, ManifestXml.NAME)) {
            if (Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(directory.resolve(name).toString());
            }
        }
        return new Unpacking(directory, Files.createTempDirectory(directory, ".opening-"));
    }

    /** @throws IOException if the name, which the parcel's reader has checked, leads out of the folder all the same */
    @Override
    public OutputStream file(String name, long size, Instant modified) throws IOException {
        Path root = aside.resolve(FILES);
        Path file = root.resolve(name).normalize();
        if (!file.startsWith(root) || file.equals(root)) {
            throw new IOException("a name that leads out of its folder: " + name);
        }
        DurableFiles.directory(file.getParent() == null ? root : file.getParent(), false);
        stamps.add(new Stamp(file, modified));
        return new Committing(DurableFiles.create(file, false));
    }

    /** Puts everything in place, durable on return. */
    public void commit(byte[] waybillXml) throws IOException {
        DurableFiles.write(aside.resolve(ManifestXml.NAME), waybillXml, false);
        for (Stamp stamp : stamps) {
            Files.setLastModifiedTime(stamp.file(), FileTime.from(stamp.modified()));
        }
        DurableFiles.rename(aside.resolve(FILES), directory.resolve(FILES));
        DurableFiles.rename(aside.resolve(ManifestXml.NAME), directory.resolve(ManifestXml.NAME));
        DurableFiles.delete(aside);
        committed = true;
    }

    /** Where the files lie once they are in place. */
    public Path files() {
        return directory.resolve(FILES);
    }

    @Override
    public void close() throws IOException {
        if (committed) {
            return;
        }
        Files.walkFileTree(aside, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                    Path folder, @org.jspecify.annotations.Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A durable file that is committed when the parcel's reader closes it. */
    private static final class Committing extends OutputStream {
        private final DurableOutput out;
        private boolean closed;

        Committing(DurableOutput out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                try (out) {
                    out.commit();
                }
            }
        }
    }
}
