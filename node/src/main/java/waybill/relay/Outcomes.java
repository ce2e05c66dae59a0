package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;

/**
 * What an attempt leaves in the store, whichever way it went: settled by what verifies, ended without a signature, or
 * postponed. Nothing that does not verify is ever stored (section 3). Safe for use by several threads, each with another
 * delivery.
 */
final class Outcomes {
    private final DeliveryStore store;
    private final Verifier verifier;
    private final HealthLog health;
    private final Waiters waiters;
    private final Custody custody;
    private final Backoff backoff;
    private final InstantSource clock;

    Outcomes(
            DeliveryStore store,
            Verifier verifier,
            HealthLog health,
            Waiters waiters,
            Custody custody,
            Backoff backoff,
            InstantSource clock) {
        this.store = store;
        this.verifier = verifier;
        this.health = health;
        this.waiters = waiters;
        this.custody = custody;
        this.backoff = backoff;
        this.clock = clock;
    }

    /** What was made of signed bytes. */
    enum Kept {
        /** The receipt, for ever. */
        RECEIPT,
        /** The refusal. */
        REFUSAL,
        /** A refusal that rests on a claim which was withdrawn while it was on its way (section 5.5): not kept. */
        PROVOKED
    }

    /**
     * Verifies and keeps it.
     *
     * @throws SignatureFault if it is not the backend's word on this very delivery
     */
    Kept keep(Held held, byte[] cms) throws SignatureFault, IOException {
        DeliveryKey key = held.label().key();
        Signed<Packet> signed = verifier.outcome(cms, key, held.label().size());
        if (signed.packet() instanceof Packet.Refusal refusal && provoked(refusal, key)) {
            return Kept.PROVOKED;
        }
        boolean receipt = signed.packet() instanceof Packet.Receipt;
        store.settle(key, cms, receipt, false);
        Trace.event(receipt ? "settled" : "refused", key);
        health.succeeded(Optional.of(signed.signer()));
        ended(key);
        return receipt ? Kept.RECEIPT : Kept.REFUSAL;
    }

    /**
     * Verifies and keeps it if it is a receipt.
     *
     * @return whether it was one
     */
    boolean keepReceipt(Held held, byte[] cms) throws SignatureFault, IOException {
        DeliveryKey key = held.label().key();
        return verifier.outcome(cms, key, held.label().size()).packet() instanceof Packet.Receipt
                && keep(held, cms) == Kept.RECEIPT;
    }

    private boolean provoked(Packet.Refusal refusal, DeliveryKey key) throws IOException {
        return refusal.problem() == Problem.UNKNOWN_RECIPIENT
                && store.find(key)
                        .filter(now -> now.label().recipient().equals(refusal.recipient()))
                        .isEmpty();
    }

    /** Ends it without a signature. */
    void end(Held held, Problem problem, String reason, boolean keepPayload) throws IOException {
        DeliveryKey key = held.label().key();
        store.postpone(key, clock.instant(), reason);
        store.settle(key, Unsigned.ending(problem), false, keepPayload);
        Trace.event("refused", key);
        ended(key);
    }

    private void ended(DeliveryKey key) {
        custody.forget(key);
        waiters.wake(key);
    }

    /** It failed: tried again, the later the oftener it did. */
    void postpone(Held held, String reason, Optional<Duration> retryAfter) throws IOException {
        store.postpone(held.label().key(), clock.instant().plus(backoff.delay(held.attempts(), retryAfter)), reason);
    }

    /** Somebody has it: looked at again after this time. */
    void await(Held held, String reason, Duration time) throws IOException {
        store.await(held.label().key(), clock.instant().plus(time), reason);
    }
}
