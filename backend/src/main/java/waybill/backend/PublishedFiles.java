package waybill.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import waybill.protocol.Sha256;

/**
 * Where publications are in a backend's directory. Everything lies in {@code content/} under its own SHA-256, but for the
 * catalogue's CMS: that is the one file that changes, and with it everything (section 10.3).
 */
record PublishedFiles(Path path) {
    private static final int MOST_IN_MEMORY = 8 << 20;

    /** The catalogue that counts. */
    Path current() {
        return path.resolve("current.cms");
    }

    /** The one before, whose contents are still given. */
    Path previous() {
        return path.resolve("previous.cms");
    }

    /** Held while something is published. */
    Path lock() {
        return path.resolve("lock");
    }

    /** The folder of contents, with a folder for each first two digits. */
    Path contents() {
        return path.resolve("content");
    }

    /** Where bytes of this digest lie. */
    Path content(Sha256 digest) {
        return contents().resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    /** Whether there are so many bytes under this digest. */
    boolean holds(Sha256 digest, long size) throws IOException {
        try {
            return Files.size(content(digest)) == size;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** A list or a CMS, which are small. */
    byte[] read(Sha256 digest) throws IOException {
        Path file = content(digest);
        if (Files.size(file) > MOST_IN_MEMORY) {
            throw new IOException(file + " is no list and no CMS");
        }
        byte[] bytes = Files.readAllBytes(file);
        if (!Sha256.of(bytes).equals(digest)) {
            throw new IOException(file + " has other bytes than its name says");
        }
        return bytes;
    }
}
