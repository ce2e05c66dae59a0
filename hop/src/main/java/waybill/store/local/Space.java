package waybill.store.local;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import waybill.store.DiskFullException;

/** What is free on the filesystem of the store, and whether a failure was for want of it. Safe for use by several threads. */
final class Space {
    /** With less than that free a write that failed is taken to have failed for it. */
    private static final long FULL = 256 * 1024;

    private final Disk disk;
    private final FileStore filesystem;

    Space(Path root, Disk disk) throws IOException {
        this.disk = disk;
        this.filesystem = Files.getFileStore(root);
    }

    /** The bytes that can still be written. */
    long usable() throws IOException {
        return disk.usableSpace(filesystem);
    }

    /** A step that needs room on the disk. */
    interface Step {
        /** Does it. */
        void run() throws IOException;
    }

    /** Runs it; if it fails on a full disk, says so by {@link DiskFullException}. */
    void orFull(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException e) {
            throw fullOr(e);
        }
    }

    /** What to throw in place of it. The system's own words for a full disk depend on its language; so the disk is asked. */
    IOException fullOr(IOException e) {
        if (e instanceof Database.UncertainException) {
            return e;
        }
        try {
            return usable() < FULL ? new DiskFullException(e) : e;
        } catch (IOException again) {
            e.addSuppressed(again);
            return e;
        }
    }
}
