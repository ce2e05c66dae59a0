package waybill.hop.server;

import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import waybill.hop.FaceService;
import waybill.hop.HopLimits;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/** Answers clients that know nothing of this protocol: {@code GET} and {@code HEAD} of files, and nothing else. */
final class FaceHandler implements Handler {
    private static final String ALLOW = "GET, HEAD";
    private static final Duration SOON = Duration.ofSeconds(5);

    private final HopLimits limits;
    private final FaceService face;
    private final UpdateCalls calls;
    private final QuietLog log = new QuietLog(LoggerFactory.getLogger(HopServer.class), System::nanoTime);
    private final ReplyWriter writer = new ReplyWriter(log);

    FaceHandler(HopLimits limits, FaceService face) {
        this.limits = limits;
        this.face = face;
        this.calls = new UpdateCalls(limits, InstantSource.system());
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        Guard guard = Guard.CURRENT.get();
        guard.headRead();
        Incoming in = new Incoming(request);
        Reply reply = answer(in, guard);
        boolean unread = in.hasBody();
        boolean last = unread || in.asksToClose();
        writer.write(response, reply, in.isHead(), last);
        if (!unread) {
            guard.requestDone();
        }
        if (last) {
            throw new CloseConnectionException("the last answer");
        }
    }

    /** Whatever happens, an answer. */
    private Reply answer(Incoming in, Guard guard) {
        try {
            in.check(limits.maxHeader());
            if (!in.method().equals("GET") && !in.isHead()) {
                return Reply.problem(Problem.METHOD_NOT_ALLOWED, "it has " + ALLOW, Optional.empty())
                        .with("Allow", ALLOW);
            }
            if (!in.query().isEmpty()) {
                throw Incoming.badRequest("a file here has no query");
            }
            String path = FacePath.read(in.path());
            return calls.file(
                    face.file(path, in.agent()),
                    UpdateCalls.ASK_AGAIN,
                    new UpdateCalls.Asked(in.isHead(), in::values, guard.peer(), in.agent()));
        } catch (ProblemException e) {
            Optional<Duration> retryAfter = e.retryAfter();
            if (retryAfter.isEmpty() && e.problem().retryable()) {
                retryAfter = Optional.of(SOON);
            }
            String detail = e.getMessage() == null ? e.problem().code() : e.getMessage();
            return Reply.problem(e.problem(), detail, retryAfter);
        } catch (InterruptedException e) {
            return Reply.problem(Problem.BUSY, "going down", Optional.of(SOON));
        } catch (IOException | RuntimeException e) {
            log.failed("a request at the face failed inside", e);
            return Reply.problem(Problem.INTERNAL, "something failed inside", Optional.of(SOON));
        }
    }
}
