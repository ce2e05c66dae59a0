package waybill.hop.server;

import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.Haul;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.UpdateService;
import waybill.hop.resume.ResumableUploads;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.Preference;
import waybill.hop.wire.ReprDigest;
import waybill.hop.wire.Tus;
import waybill.protocol.BackendUrl;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Reads one request of the hop API, has the service do it, and writes the answer. */
final class HopHandler implements Handler {
    private static final Logger TRACE = LoggerFactory.getLogger("waybill.trace");
    private static final Duration SOON = Duration.ofSeconds(5);

    private final HopLimits limits;
    private final Function<String, Optional<HopService>> mounts;
    private final Function<String, Optional<UpdateService>> updates;
    private final Turns uploads;
    private final TusCalls tus;
    private final UpdateCalls updateCalls;
    private final QuietLog log = new QuietLog(LoggerFactory.getLogger(HopServer.class), System::nanoTime);
    private final ReplyWriter writer = new ReplyWriter(log);

    HopHandler(
            HopLimits limits,
            Function<String, Optional<HopService>> mounts,
            Function<String, Optional<UpdateService>> updates,
            ResumableUploads resumable) {
        this.limits = limits;
        this.tus = new TusCalls(resumable, limits);
        this.updateCalls = new UpdateCalls(limits, InstantSource.system());
        this.mounts = mounts;
        this.updates = updates;
        this.uploads = new Turns("uploads", limits.maxUploads(), limits.maxUploadsPerPeer());
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        Guard guard = Guard.CURRENT.get();
        guard.headRead();
        Exchange exchange = new Exchange(request, guard);
        Reply reply = Haul.get(exchange.brings(), exchange::answer);
        if (exchange.peerIsGone()) {
            throw new CloseConnectionException("the peer broke off");
        }
        boolean unread = !exchange.bodyFinished();
        boolean last = unread || exchange.in.asksToClose();
        writer.write(response, reply, exchange.in.isHead(), last);
        if (reply.accepts()) {
            exchange.trace("answered", " status=" + reply.status());
        }
        if (!unread) {
            guard.requestDone();
        }
        if (last) {
            // Helidon would say that it closes, and then wait for the next request.
            throw new CloseConnectionException("the last answer");
        }
    }

    @FunctionalInterface
    private interface TusCall {
        Reply make() throws ProblemException, IOException, InterruptedException;
    }

    /** One request and its answer. */
    private final class Exchange {
        private final ServerRequest request;
        private final Incoming in;
        private final Guard guard;
        private String method;
        private String subject = "";
        private boolean byTus;
        /** Whether nothing of the upload was there before. */
        private boolean first;

        private Optional<ArrivalBody> body = Optional.empty();
        private boolean peerIsGone;

        Exchange(ServerRequest request, Guard guard) {
            this.request = request;
            this.in = new Incoming(request);
            this.guard = guard;
            this.method = in.method();
        }

        boolean peerIsGone() {
            return peerIsGone;
        }

        /** Bytes of a body that somebody wants. */
        long brings() {
            return method.equals("PUT") || method.equals("PATCH") || method.equals("POST")
                    ? in.contentLength().orElse(0)
                    : 0;
        }

        boolean bodyFinished() {
            return body.map(ArrivalBody::finished).orElseGet(() -> !in.hasBody());
        }

        void trace(String event, String more) {
            if (!subject.isEmpty() && TRACE.isDebugEnabled()) {
                TRACE.debug("event={}{}{}", event, subject, more);
            }
        }

        /** Whatever happens, an answer; every one of tus names its version, those that say no among them. */
        Reply answer() {
            Reply reply = attempt();
            return byTus ? reply.with(Tus.RESUMABLE, Tus.VERSION) : reply;
        }

        private Reply attempt() {
            try {
                return dispatch();
            } catch (ProblemException e) {
                return problem(e);
            } catch (InterruptedException e) {
                return Reply.problem(Problem.BUSY, "going down", Optional.of(SOON));
            } catch (IOException | RuntimeException e) {
                Optional<ProblemException> limit = body.flatMap(ArrivalBody::fault);
                if (limit.isPresent()) {
                    return problem(limit.get());
                }
                peerIsGone = body.isPresent() && body.get().brokenOff();
                if (!peerIsGone) {
                    log.failed("a " + method + " failed inside" + subject, e);
                }
                return Reply.problem(
                        Problem.INTERNAL, "something failed inside; nothing was accepted", Optional.of(SOON));
            }
        }

        private Reply problem(ProblemException e) {
            Optional<Duration> retryAfter = e.retryAfter();
            if (retryAfter.isEmpty() && e.problem().retryable()) {
                retryAfter = Optional.of(SOON);
            }
            String detail = e.getMessage() == null ? e.problem().code() : e.getMessage();
            return Reply.problem(e.problem(), detail, retryAfter);
        }

        private Reply dispatch() throws ProblemException, IOException, InterruptedException {
            in.check(limits.maxHeader());
            String path = in.path();
            for (UpdateCall reading : UpdateCall.readings(path)) {
                Optional<UpdateService> publisher = updates.apply(reading.base());
                if (publisher.isPresent()) {
                    return update(reading, publisher.get());
                }
            }
            HopCall call = HopCall.parse(path).orElseThrow(Exchange::unknown);
            HopService service = mounts.apply(call.base()).orElseThrow(Exchange::unknown);
            checkBackend(service.backend());
            if (call instanceof HopCall.Resumption && method.equals("POST")) {
                // tus: for clients whose libraries know no PATCH.
                List<String> meant = in.values(Tus.METHOD);
                method = meant.size() == 1 ? meant.getFirst() : method;
            }
            byTus = call instanceof HopCall.Creation || call instanceof HopCall.Resumption;
            if (!call.takes(method)) {
                return notAllowed(call.allow());
            }
            return switch (call) {
                case HopCall.Upload upload -> upload(upload, service);
                case HopCall.Receipt receipt -> receipt(receipt, service);
                case HopCall.Profile _ -> Reply.cms(service.profile());
                case HopCall.Creation creation -> tus(() -> create(creation, service));
                case HopCall.Resumption resumption -> tus(() -> resume(resumption, service));
            };
        }

        private Reply update(UpdateCall call, UpdateService service)
                throws ProblemException, IOException, InterruptedException {
            checkBackend(service.backend());
            if (!method.equals("GET") && !method.equals("HEAD")) {
                return notAllowed(UpdateCall.ALLOW);
            }
            return updateCalls.answer(
                    call, service, new UpdateCalls.Asked(in.isHead(), in::values, guard.peer(), in.agent()));
        }

        private static Reply notAllowed(String allow) {
            return Reply.problem(Problem.METHOD_NOT_ALLOWED, "it has " + allow, Optional.empty())
                    .with("Allow", allow);
        }

        /** Whoever was led to the wrong alias hears it before he sends anything. */
        private void checkBackend(BackendUrl backend) throws ProblemException {
            try {
                Optional<String> meant = HopHeaders.backend(in.values(HopHeaders.BACKEND));
                if (meant.isPresent() && !meant.get().equals(backend.toString())) {
                    throw new ProblemException(Problem.NOT_FOUND, "this is not the way to that backend");
                }
            } catch (IllegalArgumentException e) {
                throw Incoming.badRequest(String.valueOf(e.getMessage()));
            }
        }

        private Reply upload(HopCall.Upload call, HopService service) throws ProblemException, IOException {
            OptionalLong length = in.contentLength();
            HopService.Arrival arrival = arrival(call, length);
            if (arrival.hops() > Promise.MAX_HOPS) {
                throw new ProblemException(Problem.TOO_MANY_HOPS, "a way has at most " + Promise.MAX_HOPS + " hops");
            }
            if (length.isPresent() && length.getAsLong() > limits.maxBody()) {
                throw new ProblemException(Problem.TOO_LARGE, "a body has at most " + limits.maxBody() + " bytes here");
            }
            try (Turns.Turn _ = uploads.begin(guard.peer())) {
                return switch (service.deliver(arrival)) {
                    case HopService.Answer.Accepted accepted -> Reply.accepted(call, arrival, accepted);
                    case HopService.Answer.Done done -> Reply.done(call, arrival, done);
                };
            }
        }

        private Reply create(HopCall.Creation call, HopService service)
                throws ProblemException, IOException, InterruptedException {
            return method.equals("OPTIONS")
                    ? tus.options(service)
                    : tus.create(
                            call.base(),
                            service,
                            in::values,
                            guard.peer(),
                            upload -> isAbout(upload.id(), upload.sha256()));
        }

        private Reply resume(HopCall.Resumption call, HopService service)
                throws ProblemException, IOException, InterruptedException {
            return switch (method) {
                case "HEAD" -> tus.offset(call, service, in::values, guard::shut);
                case "DELETE" -> tus.terminate(call, service, in::values);
                default -> append(call, service);
            };
        }

        private Reply append(HopCall.Resumption call, HopService service)
                throws ProblemException, IOException, InterruptedException {
            OptionalLong length = in.contentLength();
            ArrivalBody stream = new ArrivalBody(request, guard, limits.maxBody(), length, () -> {
                if (first) {
                    trace("arriving", "");
                }
            });
            body = Optional.of(stream);
            try (Turns.Turn _ = uploads.begin(guard.peer())) {
                return tus.append(call, service, in::values, guard.peer(), stream, length, guard::shut, upload -> {
                    isAbout(upload.id(), upload.sha256());
                    first = upload.offset() == 0;
                });
            }
        }

        /** Whoever speaks another version is told which one is spoken. */
        private Reply tus(TusCall call) throws ProblemException, IOException, InterruptedException {
            try {
                return call.make();
            } catch (ProblemException e) {
                if (e.problem() == Problem.TUS_VERSION) {
                    return problem(e).with(Tus.VERSIONS, Tus.VERSION);
                }
                throw e;
            }
        }

        private void isAbout(TaskId id, Optional<Sha256> sha256) {
            subject = " id=" + id + sha256.map(d -> " sha256=" + d).orElse("");
        }

        private HopService.Arrival arrival(HopCall.Upload call, OptionalLong length) throws ProblemException {
            try {
                Optional<Sha256> sha256 = ReprDigest.parse(in.values(HopHeaders.REPR_DIGEST));
                isAbout(call.id(), sha256);
                ArrivalBody stream =
                        new ArrivalBody(request, guard, limits.maxBody(), length, () -> trace("arriving", ""));
                body = Optional.of(stream);
                return new HopService.Arrival(
                        call.id(),
                        length,
                        sha256,
                        HopHeaders.contents(in.values(HopHeaders.CONTENTS)),
                        HopHeaders.recipient(in.values(HopHeaders.RECIPIENT)),
                        HopHeaders.hops(in.values(HopHeaders.HOPS)),
                        guard.peer(),
                        stream);
            } catch (IllegalArgumentException e) {
                throw Incoming.badRequest(String.valueOf(e.getMessage()));
            }
        }

        private Reply receipt(HopCall.Receipt call, HopService service)
                throws ProblemException, IOException, InterruptedException {
            HopCall.Query query = HopCall.Query.parse(in.query());
            Duration wish = Preference.parse(in.values(HopHeaders.PREFER));
            Duration hold = wish.compareTo(limits.maxHold()) < 0 ? wish : limits.maxHold();
            return switch (service.collect(call.id(), query.sha256(), query.contents(), hold)) {
                case HopService.Collected.Outcome outcome -> Reply.cms(outcome.cms());
                case HopService.Collected.NotYet notYet -> Reply.notYet(notYet.retryAfter(), notYet.promise());
            };
        }

        private static ProblemException unknown() {
            return new ProblemException(Problem.NOT_FOUND, "nothing here");
        }
    }
}
