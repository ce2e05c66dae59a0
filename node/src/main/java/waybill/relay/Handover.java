package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Upload;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.relay.onward.Neighbour;
import waybill.relay.onward.Neighbours;
import waybill.signature.SignatureFault;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;

/**
 * Hands deliveries to the next relay, and collects their receipts from there (sections 3 and 6). What was handed on stays
 * here until its receipt is: the next relay has a promise to keep, and another gets its turn if it does not.
 *
 * <p>Who has what is not kept on disk. After a restart the same delivery is handed over again, which whoever holds it
 * answers as before. Safe for use by several threads, each with another delivery.
 */
final class Handover {
    /** The most that are tried in one attempt. */
    private static final int MOST_TRIED = 3;

    private static final ReceiptDeadline.Clamp CLAMP = ReceiptDeadline.Clamp.DEFAULT;
    private static final Duration SOONEST = Duration.ofSeconds(1);
    private static final Duration LATEST = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

    private final BackendUrl backend;
    private final DeliveryStore store;
    private final HopClient client;
    private final Neighbours neighbours;
    private final Outcomes outcomes;
    private final OwnCopy copy;
    private final ProfileCache profile;
    private final Custody custody;
    private final LongSupplier nanos;

    Handover(
            BackendUrl backend,
            DeliveryStore store,
            HopClient client,
            Neighbours neighbours,
            Outcomes outcomes,
            Custody custody,
            ProfileCache profile,
            LongSupplier nanos) {
        this.backend = backend;
        this.store = store;
        this.client = client;
        this.neighbours = neighbours;
        this.outcomes = outcomes;
        this.custody = custody;
        this.copy = new OwnCopy(store, outcomes);
        this.profile = profile;
        this.nanos = nanos;
    }

    /**
     * One attempt: asks who has it, and if nobody's promise still runs gives it to another relay.
     *
     * @return empty if nobody has it and nobody took it; the delivery is as it was
     * @throws IOException if the store itself fails
     */
    Optional<Forwarder.Result> handOver(Held held) throws IOException {
        DeliveryKey key = held.label().key();
        try {
            return handOver(held, custody.of(key));
        } finally {
            custody.tidy(key);
        }
    }

    private Optional<Forwarder.Result> handOver(Held held, Custody.Of own) throws IOException {
        Optional<Duration> later = collect(held, own);
        if (later.isEmpty()) {
            return Optional.of(new Forwarder.Result.Ended());
        }
        long now = nanos.getAsLong();
        if (!own.isPromised(now)) {
            own.carriers().forEach(late -> neighbours.inVain(late.relay()));
            Optional<Forwarder.Result> given = give(held, own);
            if (given.isPresent() || own.carriers().isEmpty()) {
                return given;
            }
        }
        outcomes.await(held, "with " + own.carriers().getLast().relay() + ", no receipt yet", later.get());
        return Optional.of(new Forwarder.Result.Taken());
    }

    /**
     * Asks everybody who took it.
     *
     * @return when to ask again; empty if the outcome is there and kept
     */
    private Optional<Duration> collect(Held held, Custody.Of own) throws IOException {
        Duration later = LATEST;
        for (Custody.Carrier carrier : List.copyOf(own.carriers())) {
            HopAnswer answer;
            try {
                answer = client.collect(
                        carrier.relay().peer(backend), held.label().key(), Duration.ZERO);
            } catch (IOException e) {
                // It made the parcel durable: it may come back within its time.
                LOG.debug("{} is not asked now: {}", carrier.relay(), e.getMessage());
                later = shorter(later, Duration.ofSeconds(2));
                continue;
            }
            switch (answer) {
                case HopAnswer.Cms(byte[] cms) -> {
                    if (kept(held, carrier.relay(), cms)) {
                        return Optional.empty();
                    }
                    own.carriers().remove(carrier);
                }
                case HopAnswer.NotYet(Duration retryAfter) -> later = shorter(later, retryAfter);
                case HopAnswer.Failed failed when failed.retryable() -> {}
                case HopAnswer.Failed _, HopAnswer.Accepted _, HopAnswer.Nonsense _ -> {
                    own.carriers().remove(carrier);
                    neighbours.inVain(carrier.relay());
                }
            }
        }
        return Optional.of(later.compareTo(SOONEST) < 0 ? SOONEST : later);
    }

    private Optional<Forwarder.Result> give(Held held, Custody.Of own) throws IOException {
        for (int i = 0; i < MOST_TRIED; i++) {
            Optional<Neighbour> next = neighbours.best(held.label().size(), own.tried());
            if (next.isEmpty()) {
                own.beginAgain();
                return Optional.empty();
            }
            own.hadTurn(next.get());
            Optional<Forwarder.Result> given = give(held, own, next.get());
            if (given.isPresent()) {
                return given;
            }
        }
        return Optional.empty();
    }

    private Optional<Forwarder.Result> give(Held held, Custody.Of own, Neighbour relay) throws IOException {
        DeliveryKey key = held.label().key();
        long size = held.label().size();
        Upload upload = new Upload(
                key,
                size,
                held.label().recipient(),
                held.label().hops() + 1,
                () -> store.payload(key),
                Upload.Progress.NONE);
        Trace.event("forwarding", key);
        HopAnswer answer;
        try {
            answer = client.put(relay.peer(backend), upload, ReceiptDeadline.beforeAcceptance(size, CLAMP));
        } catch (HopClient.SourceException e) {
            // Who took it earlier has it still.
            return own.carriers().isEmpty() ? Optional.of(copy.unreadable(held, e)) : Optional.empty();
        } catch (IOException e) {
            LOG.debug("{} was not reached: {}", relay, e.getMessage());
            neighbours.gone(relay);
            return Optional.empty();
        }
        switch (answer) {
            case HopAnswer.Accepted(Promise promise) -> {
                ReceiptDeadline.Wait wait = ReceiptDeadline.maximumWait(promise, size, CLAMP);
                if (wait.total().compareTo(most(relay, size)) > 0) {
                    LOG.debug("{} took it, but promises {} only", relay, wait.total());
                    neighbours.inVain(relay);
                    return Optional.empty();
                }
                own.add(new Custody.Carrier(relay, nanos.getAsLong(), wait.total()));
                outcomes.await(held, "with " + relay + ", at most " + wait.total(), SOONEST);
                LOG.debug("{} is with {}, at most {}", key, relay, wait.total());
                return Optional.of(new Forwarder.Result.Taken());
            }
            case HopAnswer.Cms(byte[] cms) -> {
                if (kept(held, relay, cms)) {
                    return Optional.of(new Forwarder.Result.Ended());
                }
            }
            case HopAnswer.Failed failed
            when failed.problem().equals(Optional.of(Problem.DIGEST_MISMATCH))
                    && own.carriers().isEmpty()
                    && copy.spoilt(held) -> {
                return Optional.of(copy.setAside(held));
            }
            case HopAnswer.Failed failed -> {
                LOG.debug("{} declined: {} {}", relay, failed.status(), failed.detail());
                neighbours.inVain(relay);
            }
            case HopAnswer.NotYet _, HopAnswer.Nonsense _ -> neighbours.gone(relay);
        }
        return Optional.empty();
    }

    /** A promise may grow while others send too: twice what was offered, and a leg's allowance, is believed. */
    private static Duration most(Neighbour relay, long size) {
        Duration offered =
                ReceiptDeadline.maximumWait(relay.promise(), size, CLAMP).total();
        Duration most = offered.multipliedBy(2).plus(CLAMP.allowance());
        return shorter(most, CLAMP.cap());
    }

    private boolean kept(Held held, Neighbour relay, byte[] cms) throws IOException {
        try {
            if (outcomes.keep(held, cms) == Outcomes.Kept.PROVOKED) {
                return false;
            }
            neighbours.delivered(relay);
            return true;
        } catch (SignatureFault e) {
            neighbours.brought(relay, e, cms, profile.isKnown());
            return false;
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
