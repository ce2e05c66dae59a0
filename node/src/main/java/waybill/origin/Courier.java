package waybill.origin;

import java.io.IOException;
import waybill.hop.OriginClient;
import waybill.hop.Validators;
import waybill.protocol.OriginPath;

/** One who can be asked for a copy: the origin itself, or a node that asks it for all. Safe for use by several threads. */
@FunctionalInterface
public interface Courier {
    /** As {@link OriginClient#copy}. */
    OriginClient.Answer copy(OriginPath path, Validators known, String agent, OriginClient.Sink sink)
            throws IOException;

    /** Whether it is the origin itself, which alone can say that something is no more. */
    default boolean isOrigin() {
        return false;
    }
}
