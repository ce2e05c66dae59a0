package waybill.store.local;

import java.time.Instant;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;

/**
 * A record of the index: what callers see, and what the store needs beside it.
 *
 * @param owner who sent it, for his share; empty if not known
 * @param payload whether its bytes are to be in {@code upload/}
 * @param changed when it came to its state
 */
record Row(Held held, String owner, boolean payload, Instant changed) {
    private static final int MAX_NOTE = 500;

    static Row accepted(Label label, String owner, Instant now, String note) {
        return new Row(new Held(label, State.ACCEPTED, now, 0, now, bounded(note), Optional.empty()), owner, true, now);
    }

    static Row refused(Label label, byte[] refusal, Instant now) {
        return new Row(new Held(label, State.REFUSED, now, 0, now, "", Optional.of(refusal)), "", false, now);
    }

    DeliveryKey key() {
        return held.label().key();
    }

    State state() {
        return held.state();
    }

    long size() {
        return held.label().size();
    }

    /** {@link DeliveryStore#reconcile}; itself where nothing changes. */
    Row reconciled(Label claim) {
        Label label = held.label();
        Label agreed = new Label(
                label.key(),
                label.size(),
                label.recipient().equals(claim.recipient()) ? label.recipient() : Optional.empty(),
                Math.min(label.hops(), claim.hops()));
        if (held.state() != State.ACCEPTED || agreed.equals(label)) {
            return this;
        }
        return new Row(
                new Held(
                        agreed,
                        held.state(),
                        held.accepted(),
                        held.attempts(),
                        held.due(),
                        held.note(),
                        held.outcome()),
                owner,
                payload,
                changed);
    }

    Row settled(byte[] outcome, boolean isFinal, boolean keepPayload, Instant now) {
        return new Row(
                new Held(
                        held.label(),
                        isFinal ? State.SETTLED : State.REFUSED,
                        held.accepted(),
                        held.attempts(),
                        held.due(),
                        held.note(),
                        Optional.of(outcome)),
                owner,
                payload && keepPayload,
                now);
    }

    Row postponed(Instant due, String note) {
        return due(due, note, held.attempts() + 1);
    }

    Row awaiting(Instant due, String note) {
        return due(due, note, held.attempts());
    }

    private Row due(Instant due, String note, int attempts) {
        return new Row(
                new Held(held.label(), held.state(), held.accepted(), attempts, due, bounded(note), held.outcome()),
                owner,
                payload,
                changed);
    }

    Row tombstone(Instant now) {
        return new Row(
                new Held(
                        held.label(),
                        State.TOMBSTONE,
                        held.accepted(),
                        held.attempts(),
                        held.due(),
                        held.note(),
                        Optional.empty()),
                owner,
                false,
                now);
    }

    Row withoutPayload(String note) {
        return new Row(
                new Held(
                        held.label(),
                        held.state(),
                        held.accepted(),
                        held.attempts(),
                        held.due(),
                        bounded(note),
                        held.outcome()),
                owner,
                false,
                changed);
    }

    private static String bounded(String note) {
        return note.length() <= MAX_NOTE ? note : note.substring(0, MAX_NOTE);
    }
}
