package waybill.backend;

import java.nio.file.Path;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;

/** Reads what a packet that we signed ourselves says, without asking whether it still holds: the next one builds on it. */
final class OwnPacket {
    private OwnPacket() {}

    /** The packet of this type in a file of our own. */
    static <P extends Packet> P unverified(Path file, byte[] cms, Class<P> type) throws BackendSetupException {
        try {
            CMSSignedData data = new CMSSignedData(cms);
            if (data.getSignedContent() != null && data.getSignedContent().getContent() instanceof byte[] content) {
                Packet packet = PacketCodec.parse(content, PacketCodec.MAX_CMS);
                if (type.isInstance(packet)) {
                    return type.cast(packet);
                }
            }
        } catch (CMSException | PacketFault e) {
            throw new BackendSetupException(Kind.UNREADABLE, file + " is not a signed packet", e);
        }
        throw new BackendSetupException(
                Kind.UNREADABLE,
                file + " is signed, but no " + type.getSimpleName().toLowerCase(java.util.Locale.ROOT));
    }
}
