package waybill.relay;

import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.signature.SignedPackets;

/** Verifies what one backend signed, before a relay stores or offers it (section 3). Safe for use by several threads. */
interface Verifier {
    /** A receipt or refusal for these bytes. */
    Signed<Packet> outcome(byte[] cms, DeliveryKey key, long size) throws SignatureFault;

    /** The backend's profile. */
    Signed<Packet.Profile> profile(byte[] cms) throws SignatureFault;

    /** The real one. */
    static Verifier of(SignedPackets packets, BackendUrl backend) {
        return new Verifier() {
            @Override
            public Signed<Packet> outcome(byte[] cms, DeliveryKey key, long size) throws SignatureFault {
                return packets.outcome(cms, backend, key, size);
            }

            @Override
            public Signed<Packet.Profile> profile(byte[] cms) throws SignatureFault {
                return packets.profile(cms, backend);
            }
        };
    }
}
