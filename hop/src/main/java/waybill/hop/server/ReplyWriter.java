package waybill.hop.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Writes answers. Safe for use by several threads. */
final class ReplyWriter {
    private final QuietLog log;

    ReplyWriter(QuietLog log) {
        this.log = log;
    }

    /**
     * Writes one, and closes the download that it may have.
     *
     * @param headOnly whether the body stays away
     * @param last whether the connection ends with it
     */
    void write(ServerResponse response, Reply reply, boolean headOnly, boolean last) {
        if (reply.download().isPresent()) {
            stream(response, reply, reply.download().get(), headOnly, last);
        } else {
            small(response, reply, headOnly, last);
        }
    }

    private static void head(ServerResponse response, Reply reply, boolean last) {
        response.status(reply.status());
        response.header(HeaderValues.create(HeaderNames.CACHE_CONTROL, "no-store"));
        reply.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
        if (last) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
    }

    private void stream(ServerResponse response, Reply reply, Download download, boolean headOnly, boolean last) {
        try (download) {
            head(response, reply, last);
            response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, download.length()));
            if (headOnly || download.length() == 0) {
                response.send();
                return;
            }
            try (OutputStream out = response.outputStream()) {
                download.to(out);
            }
        } catch (Download.SourceException e) {
            // The length was said already: only a connection that breaks tells the peer that this is not all.
            log.failed("content could not be read", e);
            throw new CloseConnectionException("the content broke off", e);
        } catch (IOException | UncheckedIOException | ServerConnectionException e) {
            throw new CloseConnectionException("the peer is gone", e);
        }
    }

    private static void small(ServerResponse response, Reply reply, boolean headOnly, boolean last) {
        head(response, reply, last);
        if (headOnly) {
            response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, reply.body().length));
            response.send();
        } else if (reply.body().length == 0) {
            response.send();
        } else {
            response.send(reply.body());
        }
    }
}
