package waybill.store;

import java.io.IOException;
import java.nio.file.Path;

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
}
