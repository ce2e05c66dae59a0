package waybill.update;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.signature.SignedPackets;
import waybill.store.DurableFiles;

/**
 * The signed words about updates of one backend as they came, on disk: its catalogue with the list, and releases by name.
 * Whoever takes one out verifies it anew, for it may have expired, and a disk may rot. Safe for use by several threads.
 */
public final class Kept {
    /** So long a list stays that is not the one kept last. */
    private static final Duration YOUNG = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(Kept.class);

    private final Path directory;

    private Kept(Path directory) {
        this.directory = directory;
    }

    /** Opens or makes it in this directory. */
    public static Kept open(Path directory) throws IOException {
        DurableFiles.directory(directory.resolve("releases"), true);
        return new Kept(directory);
    }

    /** A folder's name for a backend: no URL is a path. */
    public static String nameOf(BackendUrl backend) {
        return Sha256.of(backend.toString().getBytes(StandardCharsets.US_ASCII))
                .hex()
                .substring(0, 16);
    }

    /** The catalogue's CMS. */
    Optional<byte[]> catalogue() throws IOException {
        return read(directory.resolve("catalogue.cms"), SignedPackets.MAX_BYTES);
    }

    /** The list of this digest, not verified. */
    Optional<byte[]> list(Sha256 digest) throws IOException {
        return read(listFile(digest), CatalogueList.MAX_BYTES);
    }

    /** A release's CMS. */
    Optional<byte[]> release(FileName name) throws IOException {
        return read(file(name), SignedPackets.MAX_BYTES);
    }

    /**
     * The list first, under its digest: a catalogue is never there without its list, whenever somebody is killed or another
     * process keeps a younger one.
     *
     * @param digest of the list
     */
    void keep(byte[] catalogue, Sha256 digest, byte[] list) throws IOException {
        DurableFiles.write(listFile(digest), list, true);
        DurableFiles.write(directory.resolve("catalogue.cms"), catalogue, true);
        sweep(Files.getLastModifiedTime(listFile(digest)).toInstant().minus(YOUNG));
    }

    /** Away with lists of before; a younger one may be that of a catalogue which is kept just now. */
    private void sweep(Instant before) throws IOException {
        try (DirectoryStream<Path> lists = Files.newDirectoryStream(directory, "*.list")) {
            for (Path list : lists) {
                if (Files.getLastModifiedTime(list).toInstant().isBefore(before)) {
                    DurableFiles.discard(list);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("another process swept, too", e);
        }
    }

    private Path listFile(Sha256 digest) {
        return directory.resolve(digest + ".list");
    }

    void keep(FileName name, byte[] release) throws IOException {
        // Asked for again and again it is still the same, and nobody's question is to wear this disk.
        Optional<byte[]> before = release(name);
        if (before.isEmpty() || !Arrays.equals(before.get(), release)) {
            DurableFiles.write(file(name), release, true);
        }
    }

    /** By a digest: a name that came from elsewhere is no path. */
    private Path file(FileName name) {
        String digest =
                Sha256.of(name.text().getBytes(StandardCharsets.US_ASCII)).hex();
        return directory.resolve("releases").resolve(digest + ".cms");
    }

    private static Optional<byte[]> read(Path file, int most) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most + 1);
            return bytes.length <= most ? Optional.of(bytes) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
