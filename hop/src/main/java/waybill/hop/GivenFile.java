package waybill.hop;

import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import waybill.hop.UpdateService.Content;

/**
 * A file as HTTP gives it: its bytes, and by what a client knows it again. Whoever was given it closes it.
 *
 * @param content its bytes, here or arriving
 * @param tag the strong entity tag in its double quotes, where it has one
 * @param modified when it became what it is
 * @param mediaType of the bytes
 */
public record GivenFile(Content content, Optional<String> tag, Optional<Instant> modified, String mediaType)
        implements Closeable {
    /** The media type of bytes of which nothing is known. */
    public static final String BYTES = "application/octet-stream";

    @Override
    public void close() throws IOException {
        content.close();
    }
}
