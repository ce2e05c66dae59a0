package waybill.hop;

import java.io.IOException;
import java.time.Duration;
import waybill.protocol.DeliveryKey;

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

    /** The peer could not be reached at all: no route, refused, no handshake in time. Nothing was sent. */
    final class UnreachableException extends IOException {
        /** Why. */
        public UnreachableException(String message, Throwable cause) {
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

    @Override
    void close();
}
