package waybill.discovery;

import java.util.Optional;
import waybill.protocol.AliasUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;

/**
 * What a relay says to a request, asked by the {@link Beacon} when the answer is due, so that the promise is fresh.
 *
 * <p>Called by the beacon's one thread: it must not wait for anything slow.
 */
@FunctionalInterface
public interface Answerer {
    /**
     * The answer on this LAN, or nothing: another backend is asked for, or the relay takes no work now.
     *
     * @param lan where the request was heard; the alias URL must be at this machine's own address on it
     */
    Optional<Answer> answer(Packet.Request request, Lan lan);

    /** When it is this relay's turn to answer, asked when the request is heard. */
    default Turn turn(Packet.Request request) {
        return new Turn.ByLot();
    }

    /** An answer: where to send, to whom, and what to expect. */
    record Answer(AliasUrl alias, NodeId node, Promise promise) {}
}
