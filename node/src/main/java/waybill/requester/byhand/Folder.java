package waybill.requester.byhand;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import waybill.protocol.BackendUrl;
import waybill.protocol.Sha256;
import waybill.requester.byhand.CarriedName.Kind;
import waybill.signature.SignedPackets;
import waybill.store.DurableFiles;
import waybill.store.LockedDirectory;

/**
 * A folder that is carried from one machine to another (section 9.1). Who had it meanwhile is not known: only names of our
 * own form are looked at, only regular files are opened, links never followed, and all that is read is bounded.
 *
 * <p>Safe for use by several threads; {@link #write} only while this process {@linkplain #alone has it alone}.
 */
final class Folder {
    /** The most names that are looked through. */
    static final int MAX_NAMES = 1_000_000;

    private static final String LOCK = ".waybill.lock";

    private final Path directory;

    private Folder(Path directory) {
        this.directory = directory;
    }

    /**
     * A folder that is there. It is not made: where it is missing, a stick is not mounted.
     *
     * @throws NoSuchFileException if there is none
     * @throws NotDirectoryException if it is something else
     */
    static Folder of(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory.toString());
        }
        return new Folder(directory);
    }

    /** Where it is. */
    Path path() {
        return directory;
    }

    /** A file of it. */
    Path path(CarriedName name) {
        return directory.resolve(name.toString());
    }

    /**
     * Has it alone for writing, and removes what a killed writer left half-written. The caller closes it.
     *
     * @throws waybill.store.DirectoryInUseException if another process writes there
     */
    Closeable alone() throws IOException {
        LockedDirectory lock = LockedDirectory.lockForAll(directory, LOCK);
        boolean swept = false;
        try {
            DurableFiles.sweep(directory);
            swept = true;
            return lock;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } finally {
            if (!swept) {
                lock.close();
            }
        }
    }

    /**
     * Some of the labels.
     *
     * @param names the oldest first
     * @param all how many labels the folder has
     * @param more whether there are others behind these
     */
    record Labels(List<CarriedName> names, int all, boolean more) {}

    /**
     * The oldest labels behind one of them, or of all.
     *
     * @param most how many; the folder is read through each time, and no more than these are held in memory
     * @throws IOException if it cannot be read, or has more than {@link #MAX_NAMES} entries of any kind
     */
    Labels labels(Optional<CarriedName> after, int most) throws IOException {
        TreeSet<CarriedName> oldest = new TreeSet<>();
        boolean more = false;
        int all = 0;
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path path : entries) {
                if (++seen > MAX_NAMES) {
                    throw new IOException(directory + " has more than " + MAX_NAMES + " entries");
                }
                Optional<CarriedName> label =
                        CarriedName.parse(path.getFileName().toString()).filter(name -> name.kind() == Kind.LABEL);
                all += label.isPresent() ? 1 : 0;
                label.filter(name -> after.isEmpty() || name.compareTo(after.get()) > 0)
                        .ifPresent(oldest::add);
                if (oldest.size() > most) {
                    oldest.pollLast();
                    more = true;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return new Labels(new ArrayList<>(oldest), all, more);
    }

    /**
     * The bytes of a small file; empty if there is none.
     *
     * @throws UnfitFileException if it is no regular file, or larger than it may be
     */
    Optional<byte[]> read(CarriedName name, int most) throws IOException {
        return read(path(name), most);
    }

    /** The profile of a backend, if somebody left it here; not verified. */
    Optional<byte[]> profile(BackendUrl backend) throws IOException {
        return read(profilePath(backend), SignedPackets.MAX_BYTES);
    }

    private Path profilePath(BackendUrl backend) {
        return directory.resolve(Sha256.of(backend.toString().getBytes(StandardCharsets.US_ASCII)) + ".profile");
    }

    /**
     * The size of a parcel; empty if there is none.
     *
     * @throws UnfitFileException if it is no regular file
     */
    Optional<Long> size(CarriedName name) throws IOException {
        return look(path(name)).map(BasicFileAttributes::size);
    }

    /** Opens a parcel that was {@linkplain #size looked at}. */
    InputStream open(CarriedName name) throws IOException {
        return Files.newInputStream(path(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Writes a small file, durable on return; readable by everybody, for everybody may have to carry it on. */
    void write(CarriedName name, byte[] bytes) throws IOException {
        DurableFiles.write(path(name), bytes, false);
    }

    /** Leaves a backend's profile here; false if this very one was there. */
    boolean writeProfile(BackendUrl backend, byte[] cms) throws IOException {
        Optional<byte[]> there;
        try {
            there = profile(backend);
        } catch (UnfitFileException _) {
            there = Optional.empty();
        }
        if (there.isPresent() && Arrays.equals(there.get(), cms)) {
            return false;
        }
        DurableFiles.write(profilePath(backend), cms, false);
        return true;
    }

    /** Removes files of a delivery, the label first: what is left of it is then no delivery. */
    void remove(CarriedName delivery, Kind... kinds) throws IOException {
        for (Kind kind : kinds) {
            DurableFiles.delete(path(delivery.as(kind)));
        }
    }

    private static Optional<byte[]> read(Path file, int most) throws IOException {
        Optional<BasicFileAttributes> found = look(file);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.get().size() > most) {
            throw new UnfitFileException(file, "is larger than " + most + " bytes");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            // What lies on a stranger's filesystem need not have the size that it says.
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new UnfitFileException(file, "is larger than " + most + " bytes");
            }
            return Optional.of(bytes);
        }
    }

    private static Optional<BasicFileAttributes> look(Path file) throws IOException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isRegularFile()) {
                throw new UnfitFileException(file, "is no regular file");
            }
            return Optional.of(found);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }
}
