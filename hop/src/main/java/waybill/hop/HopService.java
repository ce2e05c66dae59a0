package waybill.hop;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * What a hop does behind the hop API (section 3): a relay's upload directory, or a backend's intake. The server half
 * speaks HTTP, this does the work. Called by many virtual threads at once.
 */
public interface HopService {

    /**
     * An upload on its way in.
     *
     * @param id of the task, as the path says
     * @param length declared bytes of the body, if declared
     * @param sha256 declared by {@code Repr-Digest} (RFC 9530), if given
     * @param contents the {@code Waybill-Contents} header, if given
     * @param recipient the {@code Waybill-Recipient} header, if given
     * @param hops the {@code Waybill-Hops} header: hops made so far, 0 from a sender
     * @param peer who connected
     * @param body the bytes; the first read asks the peer to go on where it sent {@code Expect: 100-continue}. It ends
     *     with an IOException where the peer broke off, and with a ProblemException's cause where a limit was hit
     */
    record Arrival(
            TaskId id,
            OptionalLong length,
            Optional<Sha256> sha256,
            Optional<Sha256> contents,
            Optional<String> recipient,
            int hops,
            InetAddress peer,
            InputStream body) {}

    /** What became of an upload. */
    sealed interface Answer {
        /** The key it is held under. */
        DeliveryKey key();

        /** Durable here, on its way: 202 with the promise. */
        record Accepted(DeliveryKey key, Promise promise) implements Answer {}

        /** The receipt is at hand: 200 with it. */
        record Done(DeliveryKey key, byte[] receipt) implements Answer {}
    }

    /** What is known of a receipt. */
    sealed interface Collected {
        /** The receipt or the signed refusal, CMS in DER. */
        record Outcome(byte[] cms) implements Collected {}

        /** Held, not yet: ask again after this time. */
        record NotYet(Duration retryAfter, Promise promise) implements Collected {}
    }

    /** Whose deliveries it takes; a call that names another backend is {@code not-found} and never comes here. */
    BackendUrl backend();

    /** The most bytes of one delivery it takes, as far as it knows beforehand. */
    default long largest() {
        return Long.MAX_VALUE;
    }

    /** The backend's signed profile, CMS in DER. */
    byte[] profile() throws ProblemException, IOException;

    /**
     * Takes an upload; returns only after it is durable. A delivery that is already held is answered as before; its body
     * need not be read.
     */
    Answer deliver(Arrival arrival) throws ProblemException, IOException;

    /**
     * Looks for the outcome of a delivery.
     *
     * @param contents narrows it to one claim, where given
     * @param hold how long to wait for it, already bounded by the server
     */
    Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException, IOException, InterruptedException;
}
