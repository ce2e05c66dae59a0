package waybill.store;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, or another part of this one, already runs on this data directory. */
public final class DirectoryInUseException extends IOException {
    private final transient Path directory;

    /** This directory is in use. */
    public DirectoryInUseException(Path directory) {
        super(directory + " is in use by another running process");
        this.directory = directory;
    }

    /** Which directory. */
    public Path directory() {
        return directory;
    }
}
