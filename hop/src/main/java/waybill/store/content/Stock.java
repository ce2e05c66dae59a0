package waybill.store.content;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Sha256;
import waybill.store.local.Disk;

/** Counts what lies in a cache's directories: nothing else says what is there. Safe for use by several threads. */
final class Stock {
    /** What was written aside that long ago was left by one who was killed. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(Stock.class);

    private final Shelf shelf;
    private final InstantSource clock;
    private final Disk disk;

    Stock(Shelf shelf, InstantSource clock, Disk disk) {
        this.shelf = shelf;
        this.clock = clock;
        this.disk = disk;
    }

    /**
     * All that is there.
     *
     * @param whole has a folder for each first two digits
     * @param partial has what is not whole
     */
    void count(Path whole, Path partial) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(whole)) {
            for (Path folder : folders) {
                count(folder, true);
            }
        }
        count(partial, false);
    }

    private void count(Path folder, boolean isWhole) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Optional<Sha256> digest = digestOf(file);
                if (digest.isEmpty()) {
                    sweep(file);
                } else if (isWhole || !shelf.isWhole(digest.get())) {
                    count(file, digest.get(), isWhole);
                }
            }
        } catch (NotDirectoryException e) {
            LOG.warn("{} is none of this cache's", folder);
        }
    }

    /** Away with what an interrupted write left aside, not with what another process writes just now. */
    private void sweep(Path file) {
        try {
            Instant written = Files.getLastModifiedTime(file).toInstant();
            if (written.isBefore(clock.instant().minus(ABANDONED))) {
                disk.delete(file);
            }
        } catch (IOException e) {
            LOG.debug("{} stays for now: {}", file, e.toString());
        }
    }

    /** One content. */
    void count(Path file, Sha256 digest, boolean isWhole) throws IOException {
        try {
            Instant used = Files.getLastModifiedTime(file).toInstant();
            Instant now = clock.instant();
            // After the clock was set back what is of the future would stay for ever.
            shelf.put(digest, Files.size(file), used.isAfter(now) ? now : used, isWhole);
        } catch (NoSuchFileException e) {
            LOG.debug("{} went while it was counted", file);
        }
    }

    private static Optional<Sha256> digestOf(Path file) {
        try {
            return Optional.of(new Sha256(String.valueOf(file.getFileName())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
