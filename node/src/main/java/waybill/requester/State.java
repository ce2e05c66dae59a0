package waybill.requester;

import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.OutboxTask;

/**
 * Where a task stands (section 3.6 names the states): on its way, or at its {@link Decision}.
 *
 * <pre>
 * Seeking ----chosen----> Forwarding ---accepted---> Awaiting
 *    ^ \                    |  \                       |  \
 *    |  \ decided           |   \ receipt, refusal     |   \ receipt, refusal
 *    |   v                  |    v                     |    v
 *    |  Decision            |   Decision               |   Decision
 *    +-----turned away------+                          |
 *    +-----let down------------------------------------+
 * </pre>
 */
public sealed interface State permits State.Seeking, State.Forwarding, State.Awaiting, Decision {

    /** Nobody has the parcel, or nobody who is within his word. */
    record Seeking() implements State {}

    /** It goes to this one. */
    record Forwarding(Carrier carrier) implements State {}

    /** It is durable there, and the receipt is due within the maximum wait. */
    record Awaiting(OutboxTask.Acceptance acceptance) implements State {}

    /** What happened to a task. */
    sealed interface Event {
        /** This one is to have it. */
        record Chosen(Carrier carrier) implements Event {}

        /** He made it durable and promised. */
        record Accepted(OutboxTask.Acceptance acceptance) implements Event {}

        /** He did not take it. */
        record TurnedAway() implements Event {}

        /** He took it and brought nothing in time, or nothing that holds. */
        record LetDown() implements Event {}

        /** A receipt or refusal verified, from whomever, or the time to look for somebody is over. */
        record Decided(Decision decision) implements Event {}
    }

    /**
     * The next state.
     *
     * @throws IllegalStateException if the event cannot happen in this state
     */
    static State next(State state, Event event) {
        return switch (state) {
            case Seeking _ ->
                switch (event) {
                    case Event.Chosen(Carrier carrier) -> new Forwarding(carrier);
                    case Event.Decided(Decision decision) -> decision;
                    case Event.Accepted _, Event.TurnedAway _, Event.LetDown _ -> throw impossible(state, event);
                };
            case Forwarding _ ->
                switch (event) {
                    case Event.Accepted(OutboxTask.Acceptance acceptance) -> new Awaiting(acceptance);
                    case Event.TurnedAway _ -> new Seeking();
                    case Event.Decided(Decision decision) -> signed(state, event, decision);
                    case Event.Chosen _, Event.LetDown _ -> throw impossible(state, event);
                };
            case Awaiting _ ->
                switch (event) {
                    case Event.LetDown _ -> new Seeking();
                    case Event.Decided(Decision decision) -> signed(state, event, decision);
                    case Event.Chosen _, Event.Accepted _, Event.TurnedAway _ -> throw impossible(state, event);
                };
            case Decision _ -> throw impossible(state, event);
        };
    }

    /** Only who seeks gives up: a promise always runs to its end, unless the operator lets go of the parcel. */
    private static Decision signed(State state, Event event, Decision decision) {
        return switch (decision) {
            case Decision.Delivered _, Decision.Refused _, Decision.Unproven _ -> decision;
            case Decision.Expired _ -> throw impossible(state, event);
        };
    }

    private static IllegalStateException impossible(State state, Event event) {
        return new IllegalStateException(event + " in " + state);
    }
}
