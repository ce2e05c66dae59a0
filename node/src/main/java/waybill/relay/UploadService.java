package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.Haul;
import waybill.protocol.DeliveryKey;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;

/**
 * The HTTP upload service of the claims: takes what is due out of the upload directory, the longest due first, a few at
 * once, every period or at once. A run lasts until nothing is due. What failed is due again later; while the backend as a
 * whole cannot be reached, nothing is tried but now and then. Nothing begins without a {@link Pass} of the line.
 *
 * <p>{@link #step} does what is to be done now and says when it wants to be called again; the one thread that calls it is a
 * {@link StepLoop}'s, in tests the test's own. All else is safe for use by several threads.
 */
final class UploadService {
    /** Further ahead than any delay that is ever given: such a due time was written by another clock. */
    private static final Duration ABSURD = Backoff.LONGEST_RETRY_AFTER.plusMinutes(5);

    private static final Duration FAR = Duration.ofDays(1000);
    private static final int MOST_LOOKED_AT = 10_000;
    /** How often another relay is looked for while the line rests. */
    private static final Duration LOOK_ASIDE = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(UploadService.class);

    /** One attempt at one delivery. */
    @FunctionalInterface
    interface Attempt {
        /**
         * Makes it, and leaves the delivery settled or postponed.
         *
         * @throws IOException if the store failed, so that neither is sure
         */
        Forwarder.Result forward(Held held, Pass pass) throws IOException;

        /** Whether deliveries wait for the line now, and so for its limits, for no other way is known. */
        default boolean byLine() {
            return true;
        }

        /** Looks for another way while the line may not be used, if another one would help; never waits. */
        default boolean lookAside() {
            return false;
        }
    }

    private final DeliveryStore store;
    private final Attempt attempt;
    private final HealthLog health;
    private final Line line;
    private final MeasuredRate measured;
    private final Duration every;
    private final int concurrency;
    private final Backoff backoff;
    private final InstantSource clock;
    private final Executor executor;
    private final Runnable wake;

    private final Set<DeliveryKey> inFlight = new HashSet<>();
    /** Claimed, with nothing under way: they take no place. */
    private final Set<DeliveryKey> claimed = new HashSet<>();
    /** Deliveries whose failure the store could not note. */
    private final Map<DeliveryKey, Instant> resting = new HashMap<>();

    private Instant nextRun;
    private boolean running;
    private Instant pausedUntil = Instant.MIN;
    private int failures;
    private boolean stopped;

    /**
     * A service whose first run is at once.
     *
     * @param every the period, zero for at once
     * @param executor runs the attempts
     * @param wake asks the calling thread for a step
     */
    UploadService(
            DeliveryStore store,
            Attempt attempt,
            HealthLog health,
            Line line,
            MeasuredRate measured,
            Duration every,
            int concurrency,
            Backoff backoff,
            InstantSource clock,
            Executor executor,
            Runnable wake) {
        this.store = store;
        this.attempt = attempt;
        this.health = health;
        this.line = line;
        this.measured = measured;
        this.every = every;
        this.concurrency = concurrency;
        this.backoff = backoff;
        this.clock = clock;
        this.executor = executor;
        this.wake = wake;
        this.nextRun = clock.instant();
    }

    /** A delivery came in. */
    void arrived() {
        if (every.isZero()) {
            wake.run();
        }
    }

    /**
     * Takes one of the places for a delivery that somebody else sends just now, if uploads may begin now and one is free;
     * until {@link #release} no attempt at it is made.
     *
     * @return leave to use the line, to be closed when it is released
     */
    Optional<Pass> claim(DeliveryKey key, long size) {
        Instant now = clock.instant();
        synchronized (this) {
            if (!every.isZero() || idleUntil(now).isAfter(now) || free() <= 0 || isTaken(key)) {
                return Optional.empty();
            }
            Optional<Pass> pass = line.admit(size, measured.bytesPerSecond());
            pass.ifPresent(taken -> inFlight.add(key));
            return pass;
        }
    }

    /** Of what was claimed nothing is under way any more, though no attempt is to be made yet: others may have the place. */
    void rest(DeliveryKey key) {
        synchronized (this) {
            inFlight.remove(key);
            claimed.add(key);
        }
        wake.run();
    }

    /**
     * Gives up the claim, and the place.
     *
     * @param result how it went; empty if the next attempt is to be as if this one had not been
     */
    void release(DeliveryKey key, Optional<Forwarder.Result> result) {
        result.ifPresent(this::done);
        synchronized (this) {
            inFlight.remove(key);
            claimed.remove(key);
        }
        wake.run();
    }

    /** Starts no more attempts. */
    synchronized void stop() {
        stopped = true;
    }

    /** When a delivery that comes now is first tried, as far as the line allows; not in the future if that is at once. */
    synchronized Instant nextRun() {
        return every.isZero() ? pausedUntil : nextRun;
    }

    /**
     * Starts what is due and has room.
     *
     * @return when to call again, if nobody wakes before
     * @throws IOException if the store cannot be read
     */
    Instant step() throws IOException {
        while (true) {
            Instant now = clock.instant();
            Instant idleUntil = idleUntil(now);
            if (idleUntil.isAfter(now)) {
                return idleUntil;
            }
            Instant opens = limited() ? line.opens(now) : now;
            if (opens.isAfter(now)) {
                return restingUntil(opens, now);
            }
            int free = free();
            if (free <= 0) {
                return now.plus(FAR);
            }
            int looked = looked();
            List<Held> batch = available(store.due(now, looked), now);
            if (batch.isEmpty()) {
                List<Held> all = store.due(now.plus(FAR.multipliedBy(100)), looked);
                batch = available(
                        all.stream()
                                .filter(held -> held.due().isAfter(now.plus(ABSURD)))
                                .toList(),
                        now);
                if (batch.isEmpty()) {
                    return drained(now, all);
                }
            }
            if (!started(batch, free, now)) {
                return restingUntil(line.again(now), now);
            }
        }
    }

    /** The line may not be used until then; another relay may turn up before. */
    private Instant restingUntil(Instant opens, Instant now) throws IOException {
        Instant soon = now.plus(LOOK_ASIDE);
        return soon.isBefore(opens) && store.pending() > 0 && attempt.lookAside() ? soon : opens;
    }

    /** Starts those that the line has room for now; whether there were any. */
    private boolean started(List<Held> batch, int free, Instant now) {
        if (!limited()) {
            batch.subList(0, Math.min(free, batch.size())).forEach(held -> start(held, line.bypass()));
            return true;
        }
        boolean any = false;
        int left = free;
        for (Held held : batch) {
            Optional<Pass> pass =
                    left > 0 ? line.admit(held.label().size(), measured.bytesPerSecond()) : Optional.empty();
            if (pass.isPresent()) {
                start(held, pass.get());
                left--;
                any = true;
            } else if (held.label().size() > line.affordable()) {
                String reason = "larger than the bytes of a whole day or month";
                LOG.warn(
                        "{} is {} and is held until there are more",
                        held.label().key(),
                        reason);
                restUntil(held.label().key(), now.plus(Duration.ofHours(12)), reason);
                any = true;
            }
        }
        if (any) {
            return true;
        }
        for (Held held : batch) {
            Optional<Pass> pass = line.squeeze(held.label().size(), measured.bytesPerSecond());
            if (pass.isPresent()) {
                start(held, pass.get());
                return true;
            }
        }
        return false;
    }

    private synchronized Instant idleUntil(Instant now) {
        if (stopped) {
            return now.plus(FAR);
        }
        if (!every.isZero()) {
            if (nextRun.isAfter(now.plus(every))) {
                nextRun = now.plus(every); // the clock was put back
            }
            if (!nextRun.isAfter(now)) {
                running = true;
                long behind = Duration.between(nextRun, now).dividedBy(every);
                nextRun = nextRun.plus(every.multipliedBy(behind + 1));
            }
            if (!running) {
                return nextRun;
            }
        }
        if (pausedUntil.isAfter(now.plus(ABSURD))) {
            pausedUntil = now;
        }
        return pausedUntil;
    }

    /** Nothing is due: the run is over once the last attempt is. */
    private synchronized Instant drained(Instant now, List<Held> all) {
        if (!every.isZero()) {
            running = !inFlight.isEmpty();
            return nextRun;
        }
        Instant next = now.plus(FAR);
        for (Held held : all) {
            DeliveryKey key = held.label().key();
            Instant due = resting.getOrDefault(key, held.due());
            if (!isTaken(key) && due.isBefore(next)) {
                next = due;
            }
        }
        return next;
    }

    private synchronized boolean isTaken(DeliveryKey key) {
        return inFlight.contains(key) || claimed.contains(key);
    }

    private synchronized int free() {
        return concurrency - inFlight.size();
    }

    /** So many of the longest due are looked at that those under way, claimed or resting cannot hide the others. */
    private synchronized int looked() {
        return Math.min(MOST_LOOKED_AT, concurrency + claimed.size() + resting.size());
    }

    private synchronized List<Held> available(List<Held> held, Instant now) {
        resting.values().removeIf(until -> !until.isAfter(now));
        return held.stream()
                .filter(one -> !isTaken(one.label().key())
                        && !resting.containsKey(one.label().key()))
                .toList();
    }

    /** Whether the line's limits are of any concern now: what goes to a neighbour does not use it. */
    private boolean limited() {
        return line.limited() && attempt.byLine();
    }

    private void start(Held held, Pass pass) {
        synchronized (this) {
            if (stopped || pausedUntil.isAfter(clock.instant())) {
                pass.close();
                return;
            }
            inFlight.add(held.label().key());
        }
        executor.execute(() -> Haul.run(held.label().size(), () -> run(held, pass)));
    }

    private void run(Held held, Pass pass) {
        DeliveryKey key = held.label().key();
        try (pass) {
            done(attempt.forward(held, pass));
        } catch (IOException e) {
            LOG.warn("{}: the store failed, it is tried again: {}", key, e.toString());
            rest(key, "the store failed: " + e.getMessage());
        } catch (RuntimeException e) {
            // The outermost edge of an attempt: one odd delivery must not end the service.
            LOG.error("{}: an attempt failed unexpectedly, it is tried again", key, e);
            rest(key, "unexpected: " + e);
        } finally {
            synchronized (this) {
                inFlight.remove(key);
            }
            wake.run();
        }
    }

    private void done(Forwarder.Result result) {
        switch (result) {
            case Forwarder.Result.Ended ended -> answered();
            case Forwarder.Result.Taken taken -> answered();
            case Forwarder.Result.Failed(String reason) -> {
                answered();
                health.failedOnce(reason);
            }
            case Forwarder.Result.Unreached(String reason) -> pause(reason, Optional.empty());
            case Forwarder.Result.WayBlocked(String reason, Optional<Duration> retryAfter) -> pause(reason, retryAfter);
        }
    }

    private synchronized void answered() {
        failures = 0;
    }

    private void pause(String reason, Optional<Duration> retryAfter) {
        boolean news;
        synchronized (this) {
            Instant now = clock.instant();
            if (!pausedUntil.isAfter(now)) { // those that were under way together count once
                pausedUntil = now.plus(backoff.delay(failures, retryAfter));
                failures++;
            }
            news = !stopped; // else it is our own going down
        }
        if (news) {
            health.failed(reason);
        }
    }

    private void rest(DeliveryKey key, String reason) {
        restUntil(key, clock.instant().plus(backoff.most()), reason);
    }

    private void restUntil(DeliveryKey key, Instant until, String reason) {
        synchronized (this) {
            resting.put(key, until);
        }
        health.failedOnce(reason);
    }
}
