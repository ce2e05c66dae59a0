package waybill.update;

import java.time.Duration;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.DeliveryKey;

/** A client half that nobody delivers by. */
public abstract class UpdatesOnly implements HopClient {
    @Override
    public final HopAnswer put(Peer peer, Upload upload, Duration limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final HopAnswer profile(Peer peer) {
        throw new UnsupportedOperationException();
    }
}
