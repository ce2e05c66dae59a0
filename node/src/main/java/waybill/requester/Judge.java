package waybill.requester;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.requester.Journey.Step;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.trust.Blacklist;
import waybill.trust.Verdicts;
import waybill.trust.Verdicts.Verdict;

/**
 * Verifies what carriers bring and sees to what follows from it: proof and suspicion go on the black list, what cannot be
 * decided is kept and blames nobody (sections 5 and 7). For one task and thread.
 */
final class Judge {
    private final Collaborators.Verifier verifier;
    private final Memory memory;
    private final Outbox.Held held;
    private final Journey journey;

    Judge(Collaborators.Verifier verifier, Memory memory, Outbox.Held held, Journey journey) {
        this.verifier = verifier;
        this.memory = memory;
        this.held = held;
        this.journey = journey;
    }

    /** What it turned out to be. */
    sealed interface Finding {
        /** The backend's receipt for this very delivery. */
        record Receipt(Signed<Packet.Receipt> signed) implements Finding {}

        /** The backend's refusal of this very delivery. */
        record Refusal(Signed<Packet.Refusal> signed) implements Finding {}

        /**
         * Neither.
         *
         * @param standing of whoever brought it
         */
        record Rejected(Verdict verdict, Standing standing, String detail) implements Finding {}
    }

    Finding judge(Carrier carrier, byte[] cms, OutboxTask task) throws IOException {
        Signed<Packet> signed;
        try {
            signed = verifier.outcome(cms, task.backend(), task.key(), task.size());
        } catch (SignatureFault e) {
            return reject(carrier, cms, task, e);
        }
        memory.backends().noteVerified(task.backend(), memory.anchors());
        return switch (signed.packet()) {
            case Packet.Receipt receipt ->
                new Finding.Receipt(new Signed<>(receipt, signed.signer(), signed.algorithm()));
            case Packet.Refusal refusal
            when provoked(refusal, task.recipient()) -> {
                String detail = "refused for a recipient that is not the parcel's";
                keep(carrier, cms, SignatureFault.Kind.WRONG_DELIVERY, Verdict.UNVERIFIABLE, detail);
                yield new Finding.Rejected(Verdict.UNVERIFIABLE, Standing.REJECTED, detail);
            }
            case Packet.Refusal refusal ->
                new Finding.Refusal(new Signed<>(refusal, signed.signer(), signed.algorithm()));
            default -> {
                SignatureFault fault = new SignatureFault(
                        SignatureFault.Kind.WRONG_DELIVERY,
                        "a " + signed.packet().type());
                yield reject(carrier, cms, task, fault);
            }
        };
    }

    /**
     * The recipient is the one thing a refusal may rest on that a hop can lie about. An honest hop may meet a refusal that
     * another one provoked, so nobody is blamed.
     */
    static boolean provoked(Packet.Refusal refusal, String recipient) {
        return refusal.problem() == Problem.UNKNOWN_RECIPIENT
                && !refusal.recipient().equals(Optional.of(recipient));
    }

    private Finding reject(Carrier carrier, byte[] cms, OutboxTask task, SignatureFault fault) throws IOException {
        Verdict verdict = verdict(carrier, task, fault);
        keep(carrier, cms, fault.kind(), verdict, fault.detail());
        if (verdict != Verdict.UNVERIFIABLE && carrier.subject().isPresent()) {
            journey.reached(new Step.Penalty(memory.blacklist()
                    .condemn(
                            carrier.subject().get(),
                            Blacklist.Reason.FORGED_RECEIPT,
                            fault.kind() + " " + task.id(),
                            Optional.of(cms))));
        }
        // Whether a signature by such a key holds is not looked at, so anybody can bring one. The backend signs a
        // delivery
        // once: if another relay's receipt can be checked, this one was made up.
        Standing standing =
                fault.kind() == SignatureFault.Kind.ALGORITHM_NOT_ALLOWED ? Standing.UNCHECKED : Standing.REJECTED;
        return new Finding.Rejected(verdict, standing, fault.kind() + ": " + fault.detail());
    }

    private Verdict verdict(Carrier carrier, OutboxTask task, SignatureFault fault) throws IOException {
        return switch (carrier) {
            // The backend itself is nobody's to black-list, and whose hand it was nothing proves.
            case Carrier.Direct _, Carrier.Hand _ -> Verdict.UNVERIFIABLE;
            case Carrier.Relay relay ->
                Verdicts.of(fault.kind(), relay.proved(), memory.backends().verified(task.backend(), memory.anchors()));
        };
    }

    private void keep(Carrier carrier, byte[] cms, SignatureFault.Kind kind, Verdict verdict, String detail)
            throws IOException {
        // What lies in a folder stays there, and need not be kept twice.
        Optional<Path> kept = carrier instanceof Carrier.Hand ? Optional.empty() : held.keep(cms);
        journey.reached(new Step.Unverified(carrier, kind, verdict, detail, kept));
    }

    /**
     * A receipt came by this carrier: who let the same task down is condemned now, and only now (section 7). For being late
     * only if this one was not, for then the way to the backend was open; a hand went another way and shows nothing of it.
     */
    void delivered(Carrier by, OutboxTask task) throws IOException {
        memory.delivered(by);
        boolean inTime = !(by instanceof Carrier.Hand) && !task.wasLate(by);
        for (OutboxTask.Acceptance late : task.acceptances()) {
            boolean blamed =
                    switch (late.standing()) {
                        case BROKEN, UNCHECKED -> true;
                        case LATE -> inTime;
                        case WAITING, DOUBTFUL, LEFT, REJECTED -> false;
                    };
            Optional<Blacklist.Subject> subject = late.carrier().subject();
            if (blamed && subject.isPresent() && !subject.equals(by.subject())) {
                journey.reached(new Step.Penalty(memory.blacklist()
                        .condemn(
                                subject.get(),
                                Blacklist.Reason.MISSED_DEADLINE,
                                late.standing() + " " + task.id(),
                                Optional.empty())));
            }
        }
    }

    /** Whether proof against this carrier is on the list. */
    boolean forger(Carrier carrier) {
        return carrier.subject()
                .flatMap(memory.blacklist()::barring)
                .filter(entry -> entry.reason().proof())
                .isPresent();
    }
}
