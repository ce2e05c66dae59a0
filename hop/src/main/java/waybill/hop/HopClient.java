package waybill.hop;

import java.io.IOException;
import java.time.Duration;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;

/**
 * The client half of the hop API (section 3), used by requester and relay alike. Follows no redirect, bounds all it reads,
 * sees an early refusal while it still sends. Blocking; safe for use by several threads.
 */
public interface HopClient extends AutoCloseable {

    /** TLS did not prove whom the peer had to be: nothing was sent. */
    final class WrongPeerException extends IOException {
        /** What was found instead. */
        public WrongPeerException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The peer could not be reached at all: no route, refused, no tunnel, no handshake in time. Nothing was sent. */
    sealed class UnreachableException extends IOException permits LateException {
        /** Why. */
        public UnreachableException(String message, Throwable cause) {
            super(message, cause);
        }

        /** Whoever is on the way said no. */
        public UnreachableException(String message) {
            super(message);
        }
    }

    /** The peer did not answer in time when it was dialled: nobody may be there, or it is only busy. */
    final class LateException extends UnreachableException {
        /** Why. */
        public LateException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The bytes that were to be sent could not be had from their source: nothing is wrong with the peer. */
    final class SourceException extends IOException {
        /** Why. */
        public SourceException(String message, Throwable cause) {
            super(message, cause);
        }

        /** There are fewer of them than were announced. */
        public SourceException(String message) {
            super(message);
        }
    }

    /** What came could not be put away: nothing is wrong with the peer. */
    final class SinkException extends IOException {
        /** Why. */
        public SinkException(IOException cause) {
            super(cause.getMessage(), cause);
        }

        /** What the sink threw. */
        public IOException reason() {
            return getCause() instanceof IOException cause ? cause : this;
        }
    }

    /**
     * {@code PUT {base}/{ID}}: the whole body.
     *
     * @param limit the most time it may take in all
     * @throws SourceException if {@link Upload#source} failed
     * @throws IOException if the connection broke before an answer was read
     */
    HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException;

    /** {@code GET {base}/{ID}/receipt}, the answer held up to {@code hold} by the peer. */
    HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException;

    /** {@code GET {base}/profile}: a {@link HopAnswer.Cms} where all is well. */
    HopAnswer profile(Peer peer) throws IOException;

    /** {@code GET {base}/catalogue} (section 10.4): a {@link HopAnswer.Cms} where all is well. */
    HopAnswer catalogue(Peer peer) throws IOException;

    /** {@code GET {base}/releases/{name}} (section 10.4): a {@link HopAnswer.Cms} where all is well. */
    HopAnswer release(Peer peer, FileName name) throws IOException;

    /**
     * {@code GET {base}/content/{digest}} (section 10.4): bytes by their digest, from an offset on. They go to the sink as
     * they come, never more of them than were asked for; whether they are the right ones is for the sink to find out. Where
     * the connection breaks the sink has had all that came, and another call can go on behind it.
     *
     * @param from where to begin, 0 or more
     * @param length how many bytes, 1 or more
     * @param limit the most time it may take in all
     * @return {@link ContentAnswer.Whole} once the sink has had every byte
     * @throws SinkException if the sink failed, with what it threw
     * @throws IOException if the connection broke before all was there, or the time was up
     */
    ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit)
            throws IOException;

    @Override
    void close();
}
