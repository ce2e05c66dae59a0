package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.Haul;
import waybill.protocol.DeliveryKey;
import waybill.relay.Waits.Moment;
import waybill.relay.Waits.Wait;
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
    private static final Duration FAR = Duration.ofDays(1000);
    /** An item larger than any budget is looked at again so often. */
    private static final Duration TOO_LARGE = Duration.ofHours(12);
    /** How often another relay is looked for while the line rests. */
    private static final Duration LOOK_ASIDE = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(UploadService.class);

    private final DeliveryStore store;
    private final Attempt attempt;
    private final HealthLog health;
    private final Line line;
    private final MeasuredRate measured;
    private final Duration every;
    private final int concurrency;
    private final Backoff backoff;
    private final Agenda agenda;
    private final Executor executor;
    private final Runnable wake;

    private final Set<DeliveryKey> inFlight = new HashSet<>();
    /** Claimed, with nothing under way: they take no place. */
    private final Set<DeliveryKey> claimed = new HashSet<>();

    private Instant nextRun;
    private boolean running;
    private Optional<Wait> paused = Optional.empty();
    private int failures;
    private boolean stopped;

    /**
     * A service whose first run is at once.
     *
     * @param every the period, zero for at once
     * @param nanos a clock that is never set
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
            LongSupplier nanos,
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
        this.agenda = new Agenda(store, clock, nanos);
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
     * until {@link #release} no attempt at it is made. Never where the line is rationed: whoever announces much and brings it
     * slowly, or not at all, would have the rest of a window or a day that all others wait for.
     *
     * @return leave to use the line, to be closed when it is released
     */
    Optional<Pass> claim(DeliveryKey key, long size) {
        synchronized (this) {
            Moment now = agenda.now();
            boolean mayBegin =
                    every.isZero() && !line.rationed() && !idleUntil(now).isAfter(now.wall());
            if (!mayBegin || free() <= 0 || isTaken(key)) {
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
        result.ifPresent(how -> done(key, how));
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
        return every.isZero() ? pausedUntil(agenda.now()) : nextRun;
    }

    /**
     * Starts what is due and has room.
     *
     * @return when to call again, if nobody wakes before
     * @throws IOException if the store cannot be read
     */
    Instant step() throws IOException {
        while (true) {
            Moment moment = agenda.now();
            Instant now = moment.wall();
            Instant idleUntil = idleUntil(moment);
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
            List<Held> batch = agenda.due(moment, taken(), concurrency);
            if (batch.isEmpty()) {
                return drained(moment);
            }
            if (!started(batch, free)) {
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
    private boolean started(List<Held> batch, int free) {
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
                rest(held.label().key(), TOO_LARGE, reason);
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

    private synchronized Instant idleUntil(Moment moment) {
        Instant now = moment.wall();
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
        return pausedUntil(moment);
    }

    private synchronized Instant pausedUntil(Moment now) {
        return paused.map(wait -> wait.end(now)).orElse(Instant.MIN);
    }

    /** Nothing is due: the run is over once the last attempt is. */
    private Instant drained(Moment now) throws IOException {
        if (every.isZero()) {
            return agenda.next(now, taken()).orElse(now.wall().plus(FAR));
        }
        synchronized (this) {
            running = !inFlight.isEmpty();
            return nextRun;
        }
    }

    private synchronized Set<DeliveryKey> taken() {
        Set<DeliveryKey> taken = new HashSet<>(inFlight);
        taken.addAll(claimed);
        return taken;
    }

    private synchronized boolean isTaken(DeliveryKey key) {
        return inFlight.contains(key) || claimed.contains(key);
    }

    private synchronized int free() {
        return concurrency - inFlight.size();
    }

    /** Whether the line's limits are of any concern now: what goes to a neighbour does not use it. */
    private boolean limited() {
        return line.limited() && attempt.byLine();
    }

    private void start(Held held, Pass pass) {
        DeliveryKey key = held.label().key();
        synchronized (this) {
            Moment now = agenda.now();
            // Somebody may have claimed it since it was looked at: it is tried by one at a time.
            if (stopped || pausedUntil(now).isAfter(now.wall()) || isTaken(key)) {
                pass.close();
                return;
            }
            inFlight.add(key);
            agenda.forget(key);
        }
        executor.execute(() -> Haul.run(held.label().size(), () -> run(held, pass)));
    }

    private void run(Held held, Pass pass) {
        DeliveryKey key = held.label().key();
        try (pass) {
            done(key, attempt.forward(held, pass));
        } catch (IOException e) {
            LOG.warn("{}: the store failed, it is tried again: {}", key, e.toString());
            rest(key, backoff.most(), "the store failed: " + e.getMessage());
        } catch (RuntimeException e) {
            // The outermost edge of an attempt: one odd delivery must not end the service.
            LOG.error("{}: an attempt failed unexpectedly, it is tried again", key, e);
            rest(key, backoff.most(), "unexpected: " + e);
        } finally {
            synchronized (this) {
                inFlight.remove(key);
            }
            wake.run();
        }
    }

    /** Draws the conclusions, and remembers when the next attempt is due. */
    private void done(DeliveryKey key, Forwarder.Result result) {
        conclude(key, result);
        if (result instanceof Forwarder.Result.Ended) {
            return;
        }
        try {
            agenda.remember(key);
        } catch (IOException e) {
            LOG.warn("{}: the store failed, it is tried again: {}", key, e.toString());
            rest(key, backoff.most(), "the store failed: " + e.getMessage());
        }
    }

    private void conclude(DeliveryKey key, Forwarder.Result result) {
        switch (result) {
            case Forwarder.Result.Ended ended -> answered();
            case Forwarder.Result.Taken taken -> answered();
            case Forwarder.Result.Failed(String reason) -> {
                answered();
                health.failedOnce(reason);
            }
            case Forwarder.Result.BrokenOff(String reason, Instant until) -> {
                answered();
                rest(key, Duration.between(agenda.now().wall(), until), reason);
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
            Moment now = agenda.now();
            if (!pausedUntil(now).isAfter(now.wall())) { // those that were under way together count once
                paused = Optional.of(Wait.from(now, backoff.delay(failures, retryAfter)));
                failures++;
            }
            news = !stopped; // else it is our own going down
        }
        if (news) {
            health.failed(reason);
        }
    }

    private void rest(DeliveryKey key, Duration time, String reason) {
        agenda.rest(key, time);
        health.failedOnce(reason);
    }
}
