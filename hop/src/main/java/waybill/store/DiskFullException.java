package waybill.store;

import java.io.IOException;

/** The filesystem had no room left, whatever had been reserved: somebody else filled it. Nothing was accepted. */
public final class DiskFullException extends IOException {
    /** The write that failed says the rest. */
    public DiskFullException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
