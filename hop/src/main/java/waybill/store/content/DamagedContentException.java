package waybill.store.content;

import java.io.IOException;

/** A content whose bytes are not those of its digest, although each came as it should: it was dropped. */
public final class DamagedContentException extends IOException {
    /** What does not fit. */
    public DamagedContentException(String message) {
        super(message);
    }
}
