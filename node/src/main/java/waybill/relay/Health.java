package waybill.relay;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;

/**
 * How a relay fares, at one moment. Immutable.
 *
 * @param node who it is
 * @param backends one of each configured
 * @param warnings what an operator should see to, as sentences; empty if nothing
 */
public record Health(NodeId node, List<BackendHealth> backends, List<String> warnings) {
    /** Copies the lists. */
    public Health {
        backends = List.copyOf(backends);
        warnings = List.copyOf(warnings);
    }

    /** What is the case with the way to one backend. */
    public enum State {
        /** The last attempt succeeded, or there was none yet. */
        WORKING,
        /** The last attempt failed; what is held is kept and tried again. */
        FAILING
    }

    /**
     * The way to one backend.
     *
     * @param alias the path of its alias URL
     * @param pending deliveries that wait for their outcome
     * @param backlog their bytes
     * @param nextRun when the upload service runs next
     * @param lastSuccess when a receipt came last
     * @param lastFailure the latest failure, if it came after the latest success
     */
    public record BackendHealth(
            BackendUrl backend,
            String alias,
            State state,
            long pending,
            long backlog,
            Instant nextRun,
            Optional<Instant> lastSuccess,
            Optional<Failure> lastFailure) {}

    /**
     * Something went wrong.
     *
     * @param reason for people; names the backend's answer or the connection's fault
     */
    public record Failure(Instant at, String reason) {}
}
