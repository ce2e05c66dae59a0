package waybill.requester;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;

/**
 * A task as the outbox keeps it. Immutable.
 *
 * @param key identity of the delivery, contents included
 * @param size bytes of the sealed parcel
 * @param recipient the age recipient it is sealed to
 * @param created when it was sealed
 * @param files how many files are inside
 * @param phase where it stands
 * @param carrier who is concerned by the phase, if anybody
 * @param acceptances who accepted it so far, in order
 * @param attempts how often it was forwarded
 * @param history what happened, the latest last, bounded
 */
public record OutboxTask(
        DeliveryKey key,
        BackendUrl backend,
        long size,
        String recipient,
        Instant created,
        int files,
        Phase phase,
        Optional<Carrier> carrier,
        List<Acceptance> acceptances,
        int attempts,
        List<Entry> history) {

    /** Takes copies of the lists. */
    public OutboxTask {
        acceptances = List.copyOf(acceptances);
        history = List.copyOf(history);
    }

    /** The task's ID. */
    public TaskId id() {
        return key.id();
    }

    /** The open states, and the one that can be taken up again. */
    public enum Phase {
        /** Nobody has it now. */
        SEEKING,
        /** It was going to somebody. */
        FORWARDING,
        /** Somebody has it and promised. */
        AWAITING,
        /** A run ended without a decision. */
        EXPIRED
    }

    /** How an acceptance stands. */
    public enum Standing {
        /** Within its maximum wait. */
        WAITING,
        /** Past it, witnessed by this machine's monotonic clock. */
        LATE,
        /** Past it by the wall clock alone: the machine slept, was restarted or its clock was set. */
        DOUBTFUL,
        /** It broke its word: counted like late. */
        BROKEN,
        /** Left for another reason, without blame. */
        LEFT
    }

    /**
     * Somebody made it durable and promised.
     *
     * @param at by the wall clock, for after a restart
     * @param maximumWait from then on
     */
    public record Acceptance(Carrier carrier, Promise promise, Instant at, Duration maximumWait, Standing standing) {
        Acceptance as(Standing now) {
            return new Acceptance(carrier, promise, at, maximumWait, now);
        }
    }

    /** One line of the history. */
    public record Entry(Instant at, String event, String who, String detail) {}
}
