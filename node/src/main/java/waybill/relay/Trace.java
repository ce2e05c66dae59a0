package waybill.relay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.DeliveryKey;

/** One line a step of a delivery's journey, for tests and operators: logger {@code waybill.trace} at DEBUG. */
final class Trace {
    private static final Logger LOG = LoggerFactory.getLogger("waybill.trace");

    private Trace() {}

    static void event(String name, DeliveryKey key) {
        LOG.debug("event={} id={} sha256={}", name, key.id(), key.sha256());
    }
}
