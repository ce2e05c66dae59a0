package waybill.discovery;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.TaskId;

/** Asks the LAN for relays, a round at a time (section 2). One of the two users of UDP. */
public interface RelayFinder extends Closeable {

    /** What a round asks for. */
    record Question(TaskId id, Packet.Method method, BackendUrl backend, long size, int relays, int maxHops) {}

    /** One round: its request was sent; answers come in until it is closed. For one thread. */
    interface Round extends Closeable {
        /**
         * Repeats the request as section 2 says and gathers answers until the window ends; returns early once
         * {@code enough} different nodes answered and a short grace has passed.
         *
         * @return every acceptable answer so far, one a node, in the order heard
         */
        List<Offer> gather(Duration window, int enough) throws IOException, InterruptedException;

        /** Tells all that this relay was chosen; the others fall silent. */
        void located(Offer chosen) throws IOException;

        @Override
        void close();
    }

    /** Starts a round with a fresh secret on every interface. */
    Round ask(Question question) throws IOException;

    @Override
    void close();
}
