package waybill.hop.server;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import waybill.hop.HopService;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.ProblemDocument;
import waybill.hop.wire.RetryAfter;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;

/**
 * An answer ready to be written. Every field's value is made from checked values, never from text of a peer, so that no
 * peer can start a line in it.
 */
record Reply(int status, Map<String, String> headers, byte[] body, Optional<Download> download) {
    private static final byte[] EMPTY = new byte[0];
    private static final String LINK = "Link";
    private static final String TYPE = "Content-Type";
    private static final String RETRY_AFTER = "Retry-After";
    private static final String CMS = "application/cms";

    /** An answer whose body is at hand. */
    Reply(int status, Map<String, String> headers, byte[] body) {
        this(status, headers, body, Optional.empty());
    }

    /** An answer whose body is written as it comes; whoever writes it closes the download. */
    static Reply download(int status, Map<String, String> headers, Download download) {
        return new Reply(status, headers, EMPTY, Optional.of(download));
    }

    /** A receipt, refusal, profile, release or catalogue. */
    static Reply cms(byte[] der) {
        return new Reply(200, Map.of(TYPE, CMS), der);
    }

    /** 202 to an upload. */
    static Reply accepted(HopCall.Upload call, HopService.Arrival arrival, HopService.Answer.Accepted accepted) {
        Map<String, String> headers = describing(call.base(), call.id(), arrival.hops(), accepted);
        headers.put(HopHeaders.PROMISE, accepted.promise().header());
        return new Reply(202, headers, EMPTY);
    }

    /** 200 to an upload. */
    static Reply done(HopCall.Upload call, HopService.Arrival arrival, HopService.Answer.Done done) {
        Map<String, String> headers = describing(call.base(), call.id(), arrival.hops(), done);
        headers.put(TYPE, CMS);
        return new Reply(200, headers, done.receipt());
    }

    /** 202 to a collection. */
    static Reply notYet(Duration retryAfter, Promise promise) {
        return new Reply(
                202, Map.of(RETRY_AFTER, RetryAfter.of(retryAfter), HopHeaders.PROMISE, promise.header()), EMPTY);
    }

    /** An error. */
    static Reply problem(Problem problem, String detail, Optional<Duration> retryAfter) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(TYPE, ProblemDocument.MEDIA_TYPE);
        retryAfter.ifPresent(time -> headers.put(RETRY_AFTER, RetryAfter.of(time)));
        return new Reply(problem.status(), headers, ProblemDocument.encode(problem, detail));
    }

    /** The same with one more field. */
    Reply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, body, download);
    }

    /** Whether it accepts a delivery: such an answer says where the receipt is, and no other one does. */
    boolean accepts() {
        return status < 300 && headers.containsKey(LINK);
    }

    /** Where its receipt will be, and the hops it made: in every answer that accepts. */
    static Map<String, String> describing(String base, TaskId id, int hops, HopService.Answer answer) {
        Map<String, String> headers = new LinkedHashMap<>();
        String receipt = base + "/" + id + "/receipt?sha256=" + answer.key().sha256()
                + answer.key().contents().map(c -> "&contents=" + c).orElse("");
        headers.put(LINK, "<" + receipt + ">; rel=\"describedby\"");
        headers.put(HopHeaders.HOPS, Integer.toString(hops));
        return headers;
    }
}
