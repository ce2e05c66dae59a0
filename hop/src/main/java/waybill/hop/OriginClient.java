package waybill.hop;

import java.io.IOException;
import java.time.Duration;

/**
 * Asks for copies of what has no release, an origin itself or a node that asks it for all (section 10.10). Follows no
 * redirect, bounds all it reads. Blocking; safe for use by several threads.
 */
public interface OriginClient {
    /** A copy that begins to come. */
    record Head(long size, Validators validators, String mediaType) {}

    /** Takes a copy in. */
    interface Sink extends ContentSink {
        /**
         * It begins; called once, before the first byte.
         *
         * @throws IOException ends the call; it reaches the caller as {@link HopClient.SinkException}
         */
        void begin(Head head) throws IOException;
    }

    /** What came of it. */
    sealed interface Answer {
        /** The sink has had all of it. */
        record Whole() implements Answer {}

        /** What is known already is still right. */
        record Unchanged() implements Answer {}

        /** An HTTP error; the sink had nothing. */
        record Failed(HopAnswer.Failed failure) implements Answer {}

        /** An answer that is of no use: a redirect, content without its length; the sink had nothing. */
        record Nonsense(String detail) implements Answer {}
    }

    /**
     * {@code GET} of a path.
     *
     * @param path behind the peer's base, beginning with a slash, as it stands in a URL
     * @param known what is had already
     * @param agent goes out as {@code User-Agent}; printable ASCII, empty for our own
     * @param limit the most time it may take in all
     * @throws HopClient.SinkException if the sink failed, with what it threw
     * @throws IOException if the connection broke before all was there, or the time was up
     */
    Answer copy(Peer peer, String path, Validators known, String agent, Sink sink, Duration limit) throws IOException;
}
