package waybill.requester.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
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

    /**
     * What it is to whoever carries it by hand (section 9).
     *
     * @throws IllegalStateException if it claims no contents, which no sender of ours ever left out
     */
    public Packet.Label label() {
        return new Packet.Label(
                key.id(),
                backend,
                size,
                key.sha256(),
                key.contents().orElseThrow(() -> new IllegalStateException(key.id() + " claims no contents")),
                recipient);
    }

    /** A task that is sealed, and that nobody had yet. */
    public static OutboxTask sealed(
            DeliveryKey key, BackendUrl backend, long size, String recipient, Instant created, int files) {
        return new OutboxTask(
                key,
                backend,
                size,
                recipient,
                created,
                files,
                Phase.SEEKING,
                Optional.empty(),
                List.of(),
                0,
                List.of());
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
        /**
         * Past it, and nobody can say whose fault that is: by the wall clock alone, since the machine slept, was restarted
         * or its clock was set; or others were late as well.
         */
        DOUBTFUL,
        /** It broke its word: counted like late. */
        BROKEN,
        /** Left for another reason, without blame; a receipt it brings later still counts. */
        LEFT,
        /** It brought what does not hold. */
        REJECTED,
        /** It brought what this sender's policy cannot check: counted like late once another's can be. */
        UNCHECKED
    }

    /**
     * Somebody made it durable and promised.
     *
     * @param at by the wall clock, for after a restart
     * @param maximumWait from then on
     */
    public record Acceptance(Carrier carrier, Promise promise, Instant at, Duration maximumWait, Standing standing) {
        /** When the maximum wait is over, by the wall clock. */
        public Instant until() {
            return at.plus(maximumWait);
        }

        /** The same, standing otherwise now. */
        public Acceptance as(Standing now) {
            return new Acceptance(carrier, promise, at, maximumWait, now);
        }
    }

    /** One line of the history. */
    public record Entry(Instant at, String event, String who, String detail) {}

    /** The most lines of history that are kept. */
    public static final int MAX_HISTORY = 100;
    /** The most acceptances that are kept; of older ones a late receipt is no longer asked for. */
    public static final int MAX_ACCEPTANCES = 32;
    /** The most characters of one detail. */
    public static final int MAX_DETAIL = 300;

    /** In this phase, with whom it concerns. */
    public OutboxTask at(Phase now, Optional<Carrier> who) {
        return new OutboxTask(key, backend, size, recipient, created, files, now, who, acceptances, attempts, history);
    }

    /** Forwarded once more. */
    public OutboxTask attempted() {
        return new OutboxTask(
                key, backend, size, recipient, created, files, phase, carrier, acceptances, attempts + 1, history);
    }

    /** With this acceptance in place of an earlier one of the same carrier. */
    public OutboxTask with(Acceptance acceptance) {
        List<Acceptance> all = new ArrayList<>(acceptances);
        all.removeIf(a -> a.carrier().equals(acceptance.carrier()));
        all.add(acceptance);
        return new OutboxTask(
                key,
                backend,
                size,
                recipient,
                created,
                files,
                phase,
                carrier,
                all.subList(Math.max(0, all.size() - MAX_ACCEPTANCES), all.size()),
                attempts,
                history);
    }

    /** Whether this one let a maximum wait pass, whosever fault it was. */
    public boolean wasLate(Carrier who) {
        return acceptances.stream()
                .filter(a -> a.carrier().subject().equals(who.subject()))
                .anyMatch(a -> a.standing() == Standing.LATE || a.standing() == Standing.DOUBTFUL);
    }

    /** With nobody to blame for being late. */
    public OutboxTask excusing() {
        OutboxTask excused = this;
        for (Acceptance acceptance : acceptances) {
            if (acceptance.standing() == Standing.LATE) {
                excused = excused.with(acceptance.as(Standing.DOUBTFUL));
            }
        }
        return excused;
    }

    /** With one more line of history, its detail cut to {@link #MAX_DETAIL}; the oldest makes room. */
    public OutboxTask noting(Entry entry) {
        String detail = entry.detail().substring(0, Math.min(entry.detail().length(), MAX_DETAIL));
        List<Entry> all = new ArrayList<>(history);
        all.add(new Entry(entry.at(), entry.event(), entry.who(), detail));
        return new OutboxTask(
                key,
                backend,
                size,
                recipient,
                created,
                files,
                phase,
                carrier,
                acceptances,
                attempts,
                all.subList(Math.max(0, all.size() - MAX_HISTORY), all.size()));
    }
}
