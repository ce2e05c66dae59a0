package waybill.relay;

import java.time.Duration;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;

/** A hop of tests that are about deliveries alone: whoever asks it for an update fails, and it has nothing to close. */
public interface HopWithoutUpdates extends HopClient {
    @Override
    default HopAnswer catalogue(Peer peer) {
        throw new UnsupportedOperationException("it has no updates");
    }

    @Override
    default HopAnswer release(Peer peer, FileName name) {
        throw new UnsupportedOperationException("it has no updates");
    }

    @Override
    default ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit) {
        throw new UnsupportedOperationException("it has no updates");
    }

    @Override
    default void close() {}
}
