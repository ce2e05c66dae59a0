package waybill.update.share;

import java.util.List;
import java.util.Optional;
import waybill.protocol.Sha256;
import waybill.update.Giver;
import waybill.update.Hands;

/** Whom one who gives updates turns to for what is not here. Safe for use by several threads. */
public interface Sources {
    /** Nobody: what is here is given, and nothing is fetched for others. */
    Sources NONE = new Sources() {
        @Override
        public Source of(String href, long size, Optional<Sha256> bytes) {
            return new Source() {
                @Override
                public List<Giver> next() {
                    return List.of();
                }

                @Override
                public void close() {
                    // There was nobody.
                }
            };
        }

        @Override
        public boolean areOpen(String network, boolean relay) {
            return false;
        }

        @Override
        public boolean fetch() {
            return false;
        }
    };

    /**
     * Those who have something.
     *
     * @param href of the file, or the backend's for its catalogue
     * @param size in bytes; 0 where it is small or not known
     * @param bytes where they are known
     */
    Source of(String href, long size, Optional<Sha256> bytes);

    /**
     * Whether something could be fetched for somebody else; never waits.
     *
     * @param network the interface that is asked on
     * @param relay whether another relay asks
     */
    boolean areOpen(String network, boolean relay);

    /** Whether anything is ever fetched for somebody else. */
    default boolean fetch() {
        return true;
    }

    /** They, batch by batch; for one thread. */
    interface Source extends Hands, AutoCloseable {
        @Override
        void close();
    }
}
