package waybill.requester;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import waybill.discovery.Offer;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Carrier;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.trust.Blacklist;
import waybill.trust.Verdicts;

/**
 * Hears of every step of a task, as facts. Called on the thread that runs the task, those about the bytes of an upload also on
 * the one that sends; it must return soon.
 */
@FunctionalInterface
public interface Journey {
    /** Nobody listens. */
    Journey SILENT = step -> {};

    /** This happened. */
    void reached(Step step);

    /** One step. */
    sealed interface Step {
        /** The task got its ID. */
        record Begun(TaskId task) implements Step {}

        /** A round of discovery begins. */
        record Asking(int round, Duration window) implements Step {}

        /**
         * A relay answered.
         *
         * @param maximumWait the maximum wait its offer makes; empty if that is over the cap
         * @param barred the entry of the black list that bars it
         * @param delivered whether a receipt came through it before
         */
        record Found(
                Offer offer,
                Optional<ReceiptDeadline.Wait> maximumWait,
                Optional<Blacklist.Entry> barred,
                boolean delivered)
                implements Step {}

        /** The backend's profile is at hand and verified; {@code from} is empty where it was kept from before. */
        record ProfileKnown(Packet.Profile profile, Optional<Carrier> from) implements Step {}

        /** Files were packed and sealed into the outbox. */
        record Sealed(TaskId task, int files, long size, Sha256 sha256, Sha256 contents) implements Step {}

        /** The parcel goes to this one now. */
        record Forwarding(Carrier carrier, long size) implements Step {}

        /** So many bytes of it are on their way. */
        record Progress(long sent, long size) implements Step {}

        /** The upload to this one broke off in the middle; it is looked for, to go on (section 3.9). */
        record Broke(Carrier carrier, String why) implements Step {}

        /** It is there again, and has so many bytes of it. */
        record GoingOn(Carrier carrier, long from, long size) implements Step {}

        /** It is durable there; the receipt is due within the maximum wait (section 6). */
        record Accepted(Carrier carrier, Promise promise, ReceiptDeadline.Wait maximumWait) implements Step {}

        /** This one is left for the next. */
        record PassedOver(Carrier carrier, Passing why, String detail) implements Step {}

        /**
         * What this one brought does not hold.
         *
         * @param kept where the bytes are kept
         */
        record Unverified(
                Carrier carrier, SignatureFault.Kind kind, Verdicts.Verdict verdict, String detail, Optional<Path> kept)
                implements Step {}

        /** Somebody was put on the black list, or his entry became worse. */
        record Penalty(Blacklist.Entry entry) implements Step {}

        /** The receipt was verified. */
        record Receipt(Carrier carrier, Signed<Packet.Receipt> receipt) implements Step {}

        /** Nobody is left to ask; the next round begins after this time. */
        record Pausing(Duration pause) implements Step {}

        /** The end. */
        record Decided(Decision decision) implements Step {}
    }

    /** Why a carrier is left for the next. */
    enum Passing {
        /** It could not be reached. */
        UNREACHABLE,
        /** TLS did not prove the node that the offer named: the offer is dropped, nobody is blamed. */
        WRONG_PEER,
        /** The connection broke before it accepted. */
        BROKEN,
        /** It said no before it accepted. */
        DECLINED,
        /** It brought a profile that does not verify. */
        BAD_PROFILE,
        /** It answered what the hop API does not know. */
        NONSENSE,
        /** It accepted, but with a promise over the cap. */
        OVER_CAP,
        /** It accepted and brought no receipt within the maximum wait. */
        LATE,
        /** It accepted and then did not know of it. */
        BROKE_PROMISE,
        /** It accepted, and says the backend refused without a signature. */
        BACKEND_REFUSED,
        /** It brought a receipt that does not hold. */
        UNVERIFIED
    }
}
