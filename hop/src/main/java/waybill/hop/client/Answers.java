package waybill.hop.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import waybill.hop.HopAnswer;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.Printable;
import waybill.hop.wire.ProblemDocument;
import waybill.hop.wire.RetryAfter;
import waybill.protocol.Promise;

/** What the responses of HTTP mean in the hop API (section 3). Pure. */
final class Answers {
    /** The longest receipt, refusal, profile, release or catalogue, in bytes (section 5.1). */
    static final int MAX_CMS = 64 * 1024;

    private static final Duration DEFAULT_RETRY = Duration.ofSeconds(5);

    private Answers() {}

    /** How much of an answer's body is read. */
    static int most(int status) {
        return status >= 400 ? ProblemDocument.MAX_LENGTH : MAX_CMS;
    }

    /** To an upload. */
    static HopAnswer uploaded(Response response) {
        if (response.status() == 202) {
            try {
                Optional<Promise> promise = HopHeaders.promise(response.values(HopHeaders.PROMISE));
                return promise.<HopAnswer>map(HopAnswer.Accepted::new)
                        .orElseGet(() -> new HopAnswer.Nonsense("202 without a promise"));
            } catch (IllegalArgumentException e) {
                return new HopAnswer.Nonsense("202 with a promise that cannot be read");
            }
        }
        return cmsOrError(response);
    }

    /** To a question for the outcome of a delivery. */
    static HopAnswer collected(Response response) {
        if (response.status() == 202) {
            List<String> values = response.values("Retry-After");
            return new HopAnswer.NotYet(RetryAfter.parse(values).orElse(DEFAULT_RETRY));
        }
        return cmsOrError(response);
    }

    /** To a question for something signed. */
    static HopAnswer cmsOrError(Response response) {
        int status = response.status();
        if (status >= 400) {
            return failed(response);
        }
        if (status != 200) {
            return new HopAnswer.Nonsense(
                    status >= 300
                            ? "a redirect (" + status + ")"
                            : "a status that means nothing here (" + status + ")");
        }
        if (!response.mediaType().equals(Optional.of("application/cms"))) {
            return new HopAnswer.Nonsense("200 without application/cms");
        }
        return response.complete()
                ? new HopAnswer.Cms(response.body())
                : new HopAnswer.Nonsense("a CMS of more than " + MAX_CMS + " bytes");
    }

    /** What an error says. */
    static HopAnswer.Failed failed(Response response) {
        boolean document = response.mediaType().equals(Optional.of(ProblemDocument.MEDIA_TYPE));
        ProblemDocument problem = document
                ? ProblemDocument.decode(response.body())
                : new ProblemDocument(Optional.empty(), Printable.of(response.body()));
        return new HopAnswer.Failed(
                response.status(),
                problem.problem(),
                RetryAfter.parse(response.values("Retry-After")),
                problem.detail());
    }

    /** What the hop API does not know. */
    static HopAnswer nonsense(NonsenseException e) {
        return new HopAnswer.Nonsense(String.valueOf(e.getMessage()));
    }
}
