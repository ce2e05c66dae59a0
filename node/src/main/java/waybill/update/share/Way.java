package waybill.update.share;

import java.util.Optional;
import waybill.update.Giver;

/** The relay's own way to the origin, as far as it may be used now. Safe for use by several threads. */
public interface Way {
    /** Leave to use it for something of this size, which is to be closed; none if it is closed or known not to work. */
    Optional<Leave> toOrigin(long size);

    /**
     * Whether something could be fetched by it, or by another relay; never waits.
     *
     * @param network the interface that is asked on
     * @param relay whether another relay asks
     */
    boolean isOpen(String network, boolean relay);

    /** The origin, for as long as this is open. */
    interface Leave extends AutoCloseable {
        /** Whom to ask. */
        Giver origin();

        @Override
        void close();
    }
}
