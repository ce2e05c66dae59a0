package waybill.requester.byhand;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A file in a carried folder that has the name of one of ours, and cannot be one. It was not opened, or not to its end. */
final class UnfitFileException extends FileSystemException {
    UnfitFileException(Path file, String reason) {
        super(file.toString(), null, reason);
    }
}
