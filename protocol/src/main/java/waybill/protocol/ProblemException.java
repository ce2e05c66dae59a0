package waybill.protocol;

import java.time.Duration;
import java.util.Optional;

/** A {@link Problem} on its way to the peer, with what helps it on. The detail is for people and names no secret. */
public final class ProblemException extends Exception {
    private final Problem problem;
    private final transient Optional<Duration> retryAfter;

    /** A problem with a sentence on what happened. */
    public ProblemException(Problem problem, String detail) {
        this(problem, detail, Optional.empty());
    }

    /** A problem that may be gone after this time. */
    public ProblemException(Problem problem, String detail, Optional<Duration> retryAfter) {
        super(detail);
        this.problem = problem;
        this.retryAfter = retryAfter;
    }

    /** Which of the catalogue. */
    public Problem problem() {
        return problem;
    }

    /** When to ask again, if that helps. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
