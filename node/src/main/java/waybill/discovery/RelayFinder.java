package waybill.discovery;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Asks the LAN for relays, a round at a time (section 2). */
public interface RelayFinder extends Closeable {
    /** How long others may still answer once enough have. */
    Duration GRACE = Duration.ofMillis(50);

    /**
     * What a round asks for.
     *
     * @param size bytes to be sent, 0 or more
     * @param relays how many different relays answered lately ({@link RelaysSeen#count()}), 0 if that is not known
     * @param maxHops the most hops accepted, 1 to 4
     * @param sha256 the bytes that are looked for, where they are known; then only those answer who hold them
     */
    record Question(
            TaskId id,
            Packet.Method method,
            BackendUrl backend,
            long size,
            int relays,
            int maxHops,
            Optional<Sha256> sha256) {
        /** A question that names no bytes. */
        public Question(TaskId id, Packet.Method method, BackendUrl backend, long size, int relays, int maxHops) {
            this(id, method, backend, size, relays, maxHops, Optional.empty());
        }
    }

    /** One round: its request was sent; answers come in until it is closed. For one thread. */
    interface Round extends Closeable {
        /**
         * Repeats the request as section 2 says and gathers answers until the window ends; returns early once
         * {@code enough} different nodes answered and {@link #GRACE} has passed.
         *
         * <p>Can be called again to listen on. One node's answers at two addresses are two offers, for one of them may
         * be forged.
         *
         * @param window how long to listen from now; a relay waits up to half a second before it answers
         * @param enough different nodes, at least 1
         * @return every acceptable answer so far, one a node and alias URL, in the order heard
         */
        List<Offer> gather(Duration window, int enough) throws IOException, InterruptedException;

        /** Tells all, on every interface, that this relay was chosen; the others fall silent. */
        void located(Offer chosen) throws IOException;

        /** Ends the round. Best left until the delivery is on its way, so that late answers are counted. */
        @Override
        void close();
    }

    /** Starts a round, with a fresh secret, on every interface: on return its request was sent. */
    Round ask(Question question) throws IOException;

    @Override
    void close();
}
