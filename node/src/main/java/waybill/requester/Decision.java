package waybill.requester;

import java.nio.file.Path;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Carrier;
import waybill.signature.Signed;

/** What a task ended in, its final state. There is always one: a missing receipt ends in {@link Expired}. Immutable. */
public sealed interface Decision extends State {
    /** The task. */
    TaskId task();

    /**
     * The backend signed for it.
     *
     * @param receipt the file of the receipt, CMS in DER
     * @param waybill the copy of {@code waybill.xml} beside it; empty where this side never had it, as who delivers what
     *     another sealed
     * @param proof what was verified
     * @param carrier who brought the receipt
     */
    record Delivered(TaskId task, Path receipt, Optional<Path> waybill, Signed<Packet.Receipt> proof, Carrier carrier)
            implements Decision {}

    /**
     * Nobody decided in time. Not lost: unless {@code kept} is false, the parcel stays in the outbox for
     * {@link Requester#resume}.
     *
     * @param kept false if there was never a parcel, for want of a profile
     * @param detail the last thing that stood in the way, for people
     */
    record Expired(TaskId task, Reason reason, boolean kept, String detail) implements Decision {}

    /**
     * The backend will not take it.
     *
     * @param problem why, where the answer said so by the catalogue
     * @param proof the signed refusal, or empty where the backend itself said it over an authenticated connection
     * @param file the signed refusal's file, CMS in DER
     * @param detail what the backend said, for people
     */
    record Refused(
            TaskId task,
            Optional<Problem> problem,
            Optional<Signed<Packet.Refusal>> proof,
            Optional<Path> file,
            String detail)
            implements Decision {}

    /**
     * It was handed over one way (section 9.4): nothing comes back, nothing is proved, and its operator wanted it so.
     *
     * @param label what was handed over, for a receipt that comes after all
     * @param waybill the copy of {@code waybill.xml} beside it
     */
    record Unproven(TaskId task, Path label, Optional<Path> waybill) implements Decision {}

    /** Why a task expired. */
    enum Reason {
        /** No profile of the backend was to be had, so nothing was sealed. */
        NO_PROFILE,
        /** Nobody took the parcel. */
        NO_CARRIER,
        /** Whoever took it brought no receipt within the maximum wait. */
        ALL_LATE,
        /** What was brought cannot be verified, for reasons that may lie with the sender or the backend. */
        UNVERIFIABLE
    }
}
