package waybill.relay;

import java.io.IOException;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore.Held;

/** One attempt at one delivery. */
@FunctionalInterface
interface Attempt {
    /**
     * Makes it, and leaves the delivery settled or postponed.
     *
     * @throws IOException if the store failed, so that neither is sure
     */
    Forwarder.Result forward(Held held, Pass pass) throws IOException;

    /** Whether deliveries wait for the line now, and so for its limits, for no other way is known. */
    default boolean byLine() {
        return true;
    }

    /** Looks for another way while the line may not be used, if another one would help; never waits. */
    default boolean lookAside() {
        return false;
    }
}
