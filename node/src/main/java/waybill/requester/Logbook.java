package waybill.requester;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Phase;

/** A task while it is worked on, and its copy on disk. For one thread. */
final class Logbook {
    private static final Logger TRACE = LoggerFactory.getLogger("waybill.trace");

    private final Outbox.Held held;
    private final Clocks clocks;
    private OutboxTask task;
    private String trouble = "";

    Logbook(Outbox.Held held, OutboxTask task, Clocks clocks) {
        this.held = held;
        this.task = task;
        this.clocks = clocks;
    }

    OutboxTask task() {
        return task;
    }

    /**
     * Writes the state before anything is done in it; a decision that was kept ends the task. All are durable but that it is
     * being forwarded: should a crash forget that, it is forwarded again, and stays one delivery.
     */
    State enter(State state) throws IOException {
        switch (state) {
            case State.Seeking _ -> save(task.at(Phase.SEEKING, Optional.empty()));
            case State.Forwarding(Carrier carrier) -> {
                OutboxTask now = task.attempted().at(Phase.FORWARDING, Optional.of(carrier));
                held.jot(now);
                task = now;
            }
            case State.Awaiting(OutboxTask.Acceptance acceptance) ->
                save(task.with(acceptance).at(Phase.AWAITING, Optional.of(acceptance.carrier())));
            case Decision.Delivered _, Decision.Refused _, Decision.Unproven _ -> held.remove();
            case Decision.Expired expired -> {
                note("expired", "", expired.reason() + " " + expired.detail());
                save(task.at(Phase.EXPIRED, Optional.empty()));
            }
        }
        return state;
    }

    /** Changes it, durable on return. */
    void save(OutboxTask changed) throws IOException {
        held.save(changed);
        task = changed;
    }

    /** Changes it; the next save makes it durable. */
    void change(OutboxTask changed) {
        task = changed;
    }

    /** Adds a line to its history; the next save makes it durable. */
    void note(String event, String who, String words) {
        task = task.noting(new OutboxTask.Entry(clocks.instant(), event, who, words));
    }

    /** What last stood in its way, for people; empty if nothing did. */
    String trouble() {
        return trouble;
    }

    /** This stands in its way. */
    void trouble(String words) {
        trouble = words;
    }

    /** For who watches deliveries one by one. */
    void trace(String event, Carrier carrier) {
        TRACE.debug(
                "event={} id={} sha256={} peer={}", event, task.id(), task.key().sha256(), carrier);
    }
}
