package waybill.requester.outbox;

import java.io.IOException;

/**
 * The sealed parcel in this machine's own outbox cannot be read, or is not what was sealed any more. Nobody else is at
 * fault, and nothing is deleted: the task stays as it was.
 */
public final class DamagedParcelException extends IOException {
    /** @param message what is wrong, with the file */
    public DamagedParcelException(String message) {
        super(message);
    }

    /** As before, with what the system said. */
    public DamagedParcelException(String message, Throwable cause) {
        super(message, cause);
    }
}
