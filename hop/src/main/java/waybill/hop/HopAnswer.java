package waybill.hop;

import java.time.Duration;
import java.util.Optional;
import waybill.protocol.Problem;
import waybill.protocol.Promise;

/** What a hop answered to our client half. Nothing in it is trusted: a receipt is still to be verified. */
public sealed interface HopAnswer {
    /** 202 to an upload: durable at the hop, which promises this. */
    record Accepted(Promise promise) implements HopAnswer {}

    /** 200 with {@code application/cms}. */
    record Cms(byte[] bytes) implements HopAnswer {}

    /** 202 to a collection: not yet. */
    record NotYet(Duration retryAfter) implements HopAnswer {}

    /**
     * An HTTP error, whatever its status.
     *
     * @param problem where the body named one of the catalogue
     * @param detail the hop's own words, at most 200 printable characters, display data only
     */
    record Failed(int status, Optional<Problem> problem, Optional<Duration> retryAfter, String detail)
            implements HopAnswer {
        /**
         * Whether the same request may succeed later at the same hop (section 8): as the catalogue says of a problem it has,
         * else by the status, of which 408, 429 and 5xx are worth another try.
         */
        public boolean retryable() {
            return problem.map(Problem::retryable).orElse(status == 408 || status == 429 || status >= 500);
        }
    }

    /** An answer that the hop API does not know: a redirect, a wrong media type, a body too large, a broken header. */
    record Nonsense(String detail) implements HopAnswer {}
}
