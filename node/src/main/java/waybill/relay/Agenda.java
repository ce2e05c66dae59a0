package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import waybill.protocol.DeliveryKey;
import waybill.relay.Waits.Moment;
import waybill.relay.Waits.Wait;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;

/**
 * Which deliveries are due, the longest due first. The store keeps that by the wall clock, for the next start; while the
 * relay runs, a clock that is put back neither makes a delivery wait longer nor has one tried without a pause, for what
 * failed since the start is remembered by the steady clock. Safe for use by several threads.
 */
final class Agenda {
    /** Further ahead than any delay that is ever given: such a due time was written by another clock. */
    private static final Duration ABSURD = Backoff.LONGEST_RETRY_AFTER.plusMinutes(5);
    /** A wall clock that falls behind the steady one by more than this was put back. */
    private static final Duration JUMP = Duration.ofSeconds(1);

    private static final Duration FOREVER = Duration.ofDays(100_000);
    private static final int MOST_LOOKED_AT = 10_000;

    private final DeliveryStore store;
    private final InstantSource clock;
    private final LongSupplier nanos;

    /** Deliveries that wait whatever the store says, or wait no longer whatever it says. */
    private final Waits resting = new Waits();
    /** Those whose next attempt the store has noted, for the day on which the wall clock is put back. */
    private final Waits noted = new Waits();

    private Moment last;
    /** Whether the store may have times of another clock: at the start, and when the clock was put back. */
    private boolean suspicious = true;

    /** @param nanos a clock that is never set */
    Agenda(DeliveryStore store, InstantSource clock, LongSupplier nanos) {
        this.store = store;
        this.clock = clock;
        this.nanos = nanos;
        this.last = now();
    }

    /** What both clocks say. */
    Moment now() {
        return new Moment(clock.instant(), nanos.getAsLong());
    }

    /**
     * What is due.
     *
     * @param taken left out
     * @param most so many at least, if there are as many
     */
    List<Held> due(Moment now, Set<DeliveryKey> taken, int most) throws IOException {
        noticePutBack(now);
        List<Held> due = look(now, taken, most);
        return due.isEmpty() && foundStrange(now, taken) ? look(now, taken, most) : due;
    }

    /** So many of the longest due are looked at that those taken or resting cannot hide the others. */
    private synchronized int most(Set<DeliveryKey> taken, int most) {
        return Math.min(MOST_LOOKED_AT, most + taken.size() + resting.size());
    }

    private List<Held> look(Moment now, Set<DeliveryKey> taken, int most) throws IOException {
        List<Held> due = new ArrayList<>();
        Set<DeliveryKey> seen = new HashSet<>(taken);
        for (Held held : store.due(now.wall(), most(taken, most))) {
            if (!taken.contains(held.label().key()) && !isResting(held.label().key(), now)) {
                due.add(held);
                seen.add(held.label().key());
            }
        }
        // The store's time for these has not come, but it is another clock's.
        for (DeliveryKey key : over(now, seen, most)) {
            Optional<Held> held = store.find(key).filter(one -> one.state() == DeliveryStore.State.ACCEPTED);
            held.ifPresentOrElse(due::add, () -> forget(key));
        }
        return due;
    }

    private synchronized boolean isResting(DeliveryKey key, Moment now) {
        return resting.of(key).filter(wait -> !wait.isOver(now)).isPresent();
    }

    private synchronized List<DeliveryKey> over(Moment now, Set<DeliveryKey> except, int most) {
        return resting.over(now, except, most);
    }

    /** What waited by the wall clock waits by the steady one from here on. */
    private synchronized void noticePutBack(Moment now) {
        Instant expected = last.wall().plusNanos(now.ticks() - last.ticks());
        if (now.wall().isBefore(expected.minus(JUMP))) {
            resting.takeAll(noted);
            suspicious = true;
        }
        last = now;
    }

    /** Whether there is something that waits for a time which a clock wrote that was wrong: it is due now. */
    private boolean foundStrange(Moment now, Set<DeliveryKey> taken) throws IOException {
        synchronized (this) {
            if (!suspicious) {
                return false;
            }
        }
        List<Held> all = store.due(now.wall().plus(FOREVER), MOST_LOOKED_AT);
        synchronized (this) {
            suspicious = false;
            for (Held held : all) {
                DeliveryKey key = held.label().key();
                boolean known = taken.contains(key)
                        || resting.of(key).isPresent()
                        || noted.of(key).isPresent();
                if (!known && isStrange(held, now.wall())) {
                    resting.put(key, Wait.from(now, Duration.ZERO));
                    suspicious = true; // more may be behind these
                }
            }
            return suspicious;
        }
    }

    private static boolean isStrange(Held held, Instant now) {
        boolean fromTheFuture = held.accepted().isAfter(now) && !held.due().isBefore(held.accepted());
        return fromTheFuture || held.due().isAfter(now.plus(ABSURD));
    }

    /** When the first of those that wait is due, if nothing is due now and nothing else happens. */
    Optional<Instant> next(Moment now, Set<DeliveryKey> taken) throws IOException {
        List<Held> all = store.due(now.wall().plus(FOREVER), most(taken, 1));
        synchronized (this) {
            return all.stream()
                    .filter(held -> !taken.contains(held.label().key()))
                    .map(held -> resting.of(held.label().key())
                            .map(wait -> wait.end(now))
                            .orElse(held.due()))
                    .min(Instant::compareTo);
        }
    }

    /** An attempt at it begins. */
    synchronized void forget(DeliveryKey key) {
        resting.remove(key);
        noted.remove(key);
    }

    /** It is not to be tried for so long, whatever the store says. */
    synchronized void rest(DeliveryKey key, Duration time) {
        resting.put(key, Wait.from(now(), time));
    }

    /** An attempt at it has ended: when the store has it due is remembered here, too. */
    void remember(DeliveryKey key) throws IOException {
        Optional<Held> held = store.find(key).filter(one -> one.state() == DeliveryStore.State.ACCEPTED);
        synchronized (this) {
            Moment now = now();
            held.map(one -> Duration.between(now.wall(), one.due()))
                    .filter(Duration::isPositive)
                    .map(time -> time.compareTo(ABSURD) < 0 ? time : ABSURD)
                    .ifPresent(time -> noted.put(key, Wait.from(now, time)));
        }
    }
}
