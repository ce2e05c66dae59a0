package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;
import waybill.signature.SignatureFault;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;

/**
 * One attempt to bring one delivery to the backend, and what it leaves in the store: settled by a verified receipt, refused,
 * or postponed. Nothing that does not verify is ever stored (section 3). Safe for use by several threads, each with another
 * delivery.
 */
final class Forwarder {
    /** A body that makes less than this on average is given up, as in section 6. */
    private static final long SLOWEST = 16 * 1024;

    private static final Duration ALLOWANCE = Duration.ofMinutes(1);

    /** An upload that spent more than this part of its time waiting for its own bytes says nothing of the line. */
    private static final int PATIENT = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

    /** How an attempt went. */
    sealed interface Result {
        /** It has its outcome; nothing is left to do. */
        record Ended() implements Result {}

        /** The backend has it and its receipt is still to come. */
        record Taken() implements Result {}

        /** In vain, for a reason of this delivery's own. */
        record Failed(String reason) implements Result {}

        /** Its time on the line was up; nothing is wrong with it, and it goes on after that, in its old place. */
        record BrokenOff(String reason, Instant until) implements Result {}

        /** In vain, for nobody was reached; others would fare no better now. */
        record Unreached(String reason) implements Result {}

        /** In vain, and others would fare no better now. */
        record WayBlocked(String reason, Optional<Duration> retryAfter) implements Result {}
    }

    private final DeliveryStore store;
    private final HopClient client;
    private final Peer backend;
    private final Outcomes outcomes;
    private final OwnCopy copy;
    private final MeasuredRate measured;
    private final HealthLog health;
    private final LongSupplier nanos;

    Forwarder(
            DeliveryStore store,
            HopClient client,
            Peer backend,
            Outcomes outcomes,
            MeasuredRate measured,
            HealthLog health,
            LongSupplier nanos) {
        this.store = store;
        this.client = client;
        this.backend = backend;
        this.outcomes = outcomes;
        this.copy = new OwnCopy(store, outcomes);
        this.measured = measured;
        this.health = health;
        this.nanos = nanos;
    }

    /**
     * Makes the attempt.
     *
     * @param pass until when and how fast it may go
     * @throws IOException if the store itself fails; the delivery is as it was
     */
    Result forward(Held held, Pass pass) throws IOException {
        try {
            // An earlier attempt may have succeeded without our hearing of it, and asking costs less than sending
            // again.
            if (held.attempts() > 0 && collected(held)) {
                return new Result.Ended();
            }
            return send(held, pass);
        } catch (HopClient.UnreachableException | HopClient.WrongPeerException e) {
            if (pass.over()) {
                return brokenOff(held, pass);
            }
            String reason = "not reached: " + e.getMessage();
            return unreached(held, reason);
        }
    }

    /** In vain, for there is no way at all. */
    Result unreached(Held held, String reason) throws IOException {
        outcomes.postpone(held, reason, Optional.empty());
        return new Result.Unreached(reason);
    }

    /** Whether a verified receipt was there to collect. A refusal is not looked for: sending again may end better. */
    private boolean collected(Held held) throws IOException {
        HopAnswer answer;
        try {
            answer = client.collect(backend, held.label().key(), Duration.ZERO);
        } catch (HopClient.UnreachableException | HopClient.WrongPeerException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug("{} not collected: {}", held.label().key(), e.getMessage());
            return false;
        }
        if (answer instanceof HopAnswer.Cms cms) {
            try {
                return outcomes.keepReceipt(held, cms.bytes());
            } catch (SignatureFault e) {
                LOG.debug("{} collected, but {}", held.label().key(), e.getMessage());
            }
        }
        return false;
    }

    private Result send(Held held, Pass pass) throws IOException {
        DeliveryKey key = held.label().key();
        if (copy.missing(held)) {
            return copy.setAside(held);
        }
        HopAnswer answer;
        try {
            answer = exchange(held.label(), () -> store.payload(key), pass, () -> 0);
        } catch (HopClient.UnreachableException | HopClient.WrongPeerException e) {
            throw e;
        } catch (HopClient.SourceException e) {
            if (Thread.currentThread().isInterrupted()) {
                return new Result.Failed("broken off: going down"); // which says nothing against the copy
            }
            return copy.unreadable(held, e);
        } catch (IOException e) {
            if (pass.over()) {
                return brokenOff(held, pass);
            }
            String reason = "the connection broke: " + e.getMessage();
            outcomes.postpone(held, reason, Optional.empty());
            return new Result.WayBlocked(reason, Optional.empty());
        }
        return conclude(held, answer);
    }

    /**
     * The upload itself; nothing is kept.
     *
     * @param source its bytes, which may still be arriving
     * @param pass until when and how fast it may go
     * @param waited nanoseconds that the source kept the line waiting so far
     * @throws IOException if the backend was not reached, or the connection or the source broke off
     */
    HopAnswer exchange(Label label, Upload.Source source, Pass pass, LongSupplier waited) throws IOException {
        Trace.event("forwarding", label.key());
        AtomicLong sent = new AtomicLong();
        long begun = nanos.getAsLong();
        HopAnswer answer = client.put(
                backend,
                new Upload(
                        label.key(),
                        label.size(),
                        label.recipient(),
                        label.hops() + 1,
                        () -> pass.paced(source.open()),
                        bytes -> {
                            sent.set(bytes);
                            pass.sent(bytes);
                        }),
                pass.atMost(ALLOWANCE.plusSeconds(label.size() / SLOWEST)));
        if (answer instanceof HopAnswer.Cms || answer instanceof HopAnswer.Accepted) {
            measure(sent.get(), nanos.getAsLong() - begun, waited.getAsLong());
        }
        return answer;
    }

    /** Who brings his bytes slowly makes the line look no slower than it is; that it is faster he may show. */
    private void measure(long bytes, long took, long waited) {
        if (waited <= took / PATIENT || bytes * 1e9 > (double) took * measured.bytesPerSecond()) {
            measured.sent(bytes, Duration.ofNanos(took));
        }
    }

    /** What the answer means for a delivery that is held here. */
    Result conclude(Held held, HopAnswer answer) throws IOException {
        return switch (answer) {
            case HopAnswer.Cms(byte[] cms) -> verified(held, cms);
            case HopAnswer.Accepted accepted -> {
                health.succeeded(Optional.empty());
                outcomes.postpone(held, "the backend has it and has not signed yet", Optional.empty());
                yield new Result.Taken();
            }
            case HopAnswer.NotYet notYet -> {
                outcomes.postpone(held, "the backend has not signed yet", Optional.of(notYet.retryAfter()));
                yield new Result.Taken();
            }
            case HopAnswer.Nonsense(String detail) -> {
                String reason = "not an answer of a backend: " + detail;
                outcomes.postpone(held, reason, Optional.empty());
                yield new Result.WayBlocked(reason, Optional.empty());
            }
            case HopAnswer.Failed failed -> refused(held, failed);
        };
    }

    private Result verified(Held held, byte[] cms) throws IOException {
        try {
            if (outcomes.keep(held, cms) == Outcomes.Kept.PROVOKED) {
                String reason = "refused for a recipient on which those who brought it differ";
                outcomes.postpone(held, reason, Optional.empty());
                return new Result.Failed(reason);
            }
            return new Result.Ended();
        } catch (SignatureFault e) {
            String reason = "the receipt does not verify: " + e.getMessage();
            if (!held.note().equals(reason)) {
                LOG.warn("{} from {}: {}", held.label().key(), backend.base(), reason);
            }
            outcomes.postpone(held, reason, Optional.empty());
            return new Result.Failed(reason);
        }
    }

    /** The backend answered with an error: its own last word on this delivery, or a failure that may pass. */
    private Result refused(Held held, HopAnswer.Failed failed) throws IOException {
        String reason = "the backend answered " + failed.status()
                + failed.problem().map(problem -> " " + problem.code()).orElse("")
                + (failed.detail().isEmpty() ? "" : ": " + failed.detail());
        if (failed.problem().isEmpty()) {
            // Not a word of the catalogue: a proxy, a portal, a wrong path. Nothing was decided about the delivery, and
            // others would meet the same.
            outcomes.postpone(held, reason, failed.retryAfter());
            return new Result.WayBlocked(reason, failed.retryAfter());
        }
        Problem problem = failed.problem().get();
        return switch (problem) {
            case BAD_REQUEST,
                    GONE,
                    LENGTH_REQUIRED,
                    TUS_VERSION,
                    MEDIA_TYPE,
                    TOO_LARGE,
                    CANNOT_OPEN,
                    BAD_CONTENTS,
                    UNKNOWN_RECIPIENT,
                    HEADERS_TOO_LARGE,
                    TOO_MANY_HOPS -> lastWord(held, reason);
            case DIGEST_MISMATCH -> copy.spoilt(held) ? copy.setAside(held) : again(held, reason, failed);
            case TIMED_OUT, INTERNAL, BACKEND_REFUSED, OFFSET_MISMATCH, RANGE_NOT_SATISFIABLE, CHECKSUM_MISMATCH ->
                again(held, reason, failed);
            case NOT_FOUND, METHOD_NOT_ALLOWED, TOO_MANY, BUSY, STORE_FULL -> {
                outcomes.postpone(held, reason, failed.retryAfter());
                yield new Result.WayBlocked(reason, failed.retryAfter());
            }
        };
    }

    private Result again(Held held, String reason, HopAnswer.Failed failed) throws IOException {
        outcomes.postpone(held, reason, failed.retryAfter());
        return new Result.Failed(reason);
    }

    /** The refusal is final for these bytes: with the backend's signature if it gives one, else by its bare word. */
    private Result lastWord(Held held, String reason) throws IOException {
        DeliveryKey key = held.label().key();
        HopAnswer answer;
        try {
            answer = client.collect(backend, key, Duration.ZERO);
        } catch (HopClient.UnreachableException | HopClient.WrongPeerException e) {
            throw e;
        } catch (IOException e) {
            String broke = reason + "; its signature could not be fetched: " + e.getMessage();
            outcomes.postpone(held, broke, Optional.empty());
            return new Result.Failed(broke);
        }
        if (answer instanceof HopAnswer.Cms(byte[] cms)) {
            return verified(held, cms);
        }
        outcomes.end(held, Problem.BACKEND_REFUSED, reason, false);
        return new Result.Failed(reason);
    }

    /**
     * Its time was up. It keeps its place, and counts as tried once only, so that it is asked for before it is sent again:
     * nothing is wrong with it or with the way, and no failure after it has to wait the longer for it.
     */
    private Result brokenOff(Held held, Pass pass) throws IOException {
        String reason = "broken off at the end of the window";
        if (held.attempts() == 0) {
            store.postpone(held.label().key(), held.due(), reason);
        } else {
            store.await(held.label().key(), held.due(), reason);
        }
        return new Result.BrokenOff(reason, pass.until());
    }
}
