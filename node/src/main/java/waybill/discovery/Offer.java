package waybill.discovery;

import java.net.InetAddress;
import waybill.protocol.AliasUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;

/**
 * A relay's answer as it was heard. It only helps to choose: nothing in it is proved.
 *
 * @param source the packet's own source, equal to the alias URL's address
 * @param asked to whom the request was addressed that it answers
 */
public record Offer(NodeId node, AliasUrl alias, Promise promise, InetAddress source, Addressee asked) {
    /** Where the relay is to be dialled: at its source, on the link where it was heard. */
    public LinkZone zone() {
        return LinkZone.of(source);
    }
}
