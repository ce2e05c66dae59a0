package waybill.update;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.UpdateFault;
import waybill.requester.outbox.Carrier;
import waybill.store.content.Arrival;

/**
 * Takes one content in, piece by piece, from several givers at once where several hold it (section 10.9). Each piece is
 * checked as it comes. Whoever gives a bad one is left, whoever is slow is helped out by others, and when all have failed
 * they are looked for anew. For one use, by one thread; each giver has a thread of its own.
 */
final class Download {
    /** The most who give at once, of those who get on with it. */
    static final int AT_ONCE = 4;
    /** The most in all, but for the origin, which always has a place: who only keeps one must not keep it from others. */
    static final int MOST = 20;
    /** Without a piece for so long, another neighbour is turned to as well. */
    static final Duration STALLED = Duration.ofSeconds(5);
    /** Somebody who has shown no piece for so long is helped out by one who is free. */
    static final Duration SLOW = Duration.ofSeconds(1);
    /** Between two searches in vain. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** At the origin alone, it is asked who has it by now: so soon, then each time after twice as long, up to the longest. */
    private static final Duration SOON = Duration.ofMillis(250);

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);

    private final Wanted wanted;
    private final Arrival arrival;
    private final Blame blame;
    private final FetchWatch watch;
    private final Duration patience;
    private final LongSupplier nanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Claims claims;
    private final Map<Carrier, Hand> working = new HashMap<>();
    /** Left for good: what they gave cannot be used. */
    private final Set<Carrier> left = new HashSet<>();

    private final Deque<Giver> waiting = new ArrayDeque<>();
    /** Found and not at work. */
    private Optional<Giver> origin = Optional.empty();

    private final OriginTurn turn;
    private Optional<IOException> ownFault = Optional.empty();
    private boolean over;
    private boolean unverified;
    private String trouble = "nobody was found who has it";
    private long lastPiece;
    /** Whether the origin was ever turned to. */
    private boolean turned;

    /**
     * A download into an arrival.
     *
     * @param patience the longest time without a piece
     */
    Download(Wanted wanted, Arrival arrival, Blame blame, FetchWatch watch, Duration patience, LongSupplier nanos) {
        this.wanted = wanted;
        this.arrival = arrival;
        this.blame = blame;
        this.watch = watch;
        this.patience = patience;
        this.nanos = nanos;
        this.claims = new Claims(arrival);
        this.turn = new OriginTurn(wanted.size());
        this.lastPiece = nanos.getAsLong();
    }

    /**
     * Runs until all pieces are there.
     *
     * @throws NobodyGivesException if no piece came for as long as the patience
     * @throws IOException if this machine's own disk failed
     */
    void run(Hands hands) throws IOException, InterruptedException {
        watch.progress(wanted.file(), arrival.bytes(), wanted.size());
        long hired = nanos.getAsLong();
        long searched = hired - PAUSE.toNanos();
        long looked = hired;
        Duration again = SOON;
        try {
            while (isUnfinished()) {
                long now = nanos.getAsLong();
                if (now - now(() -> lastPiece) > patience.toNanos()) {
                    throw new NobodyGivesException(now(() -> trouble), now(() -> unverified));
                }
                boolean idle = now(working::isEmpty);
                boolean stalled = now - Math.max(now(() -> lastPiece), hired) > STALLED.toNanos();
                boolean overdue = now(() -> turn.isOverdue(now) && !isOriginAtWork());
                if (idle || stalled || overdue) {
                    boolean noneWaits =
                            now(() -> waiting.isEmpty() && (!idle || origin.isEmpty() || !turn.hasCome(now)));
                    if (noneWaits && now - searched >= (idle ? PAUSE : STALLED).toNanos()) {
                        add(hands.next());
                        searched = nanos.getAsLong();
                    }
                    long before = nanos.getAsLong(); // who is hired may give at once
                    hired = hire() ? before : hired;
                }
                if (!now(this::isAtOriginAlone)) {
                    looked = now;
                } else if (now - looked >= again.toNanos()) {
                    add(hands.instead());
                    var _ = hire();
                    looked = nanos.getAsLong();
                    again = again.compareTo(LONGEST) < 0 ? again.multipliedBy(2) : LONGEST;
                }
                await();
            }
        } finally {
            end();
        }
    }

    private boolean isUnfinished() throws IOException {
        lock.lock();
        try {
            if (ownFault.isPresent()) {
                throw ownFault.get();
            }
            return arrival.missing() > 0;
        } finally {
            lock.unlock();
        }
    }

    /** What is so just now. */
    private <T> T now(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody else gets on with it. */
    private boolean isAtOriginAlone() {
        return isOriginAtWork()
                && working.values().stream().noneMatch(hand -> !hand.giver().isOrigin() && getsOn(hand));
    }

    private boolean isOriginAtWork() {
        return working.values().stream().anyMatch(hand -> hand.giver().isOrigin());
    }

    private void add(List<Giver> givers) {
        lock.lock();
        try {
            for (Giver giver : givers) {
                if (giver.isOrigin()) {
                    origin = Optional.of(giver);
                } else {
                    waiting.add(giver);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sets the next to work, and with him all who hold it as well; the origin where there is no neighbour, or in its turn, for which
     * there is always room.
     */
    private boolean hire() {
        lock.lock();
        try {
            long now = nanos.getAsLong();
            boolean hired = hireOrigin(turn.isOverdue(now), now);
            boolean one = false;
            boolean goOn = true;
            while (goOn && isRoom() && !waiting.isEmpty()) {
                Giver next = waiting.remove();
                if (hire(next)) {
                    turn.neighbourBegan(now);
                    one = true;
                }
                Giver then = waiting.peek();
                goOn = !one || (then != null && next.holds() && then.holds());
            }
            return hireOrigin(turn.hasCome(now), now) || one || hired;
        } finally {
            lock.unlock();
        }
    }

    private boolean hireOrigin(boolean turnHasCome, long now) {
        if (!turnHasCome || origin.isEmpty()) {
            return false;
        }
        Giver giver = origin.get();
        origin = Optional.empty();
        if (!hire(giver)) {
            return false;
        }
        turn.originBegan(now);
        // What neighbours took of the patience is not the origin's fault; once, or a line that fails would be waited
        // for for ever.
        lastPiece = turned ? lastPiece : now;
        turned = true;
        return true;
    }

    private boolean isRoom() {
        return working.size() < MOST && gettingOn() < AT_ONCE;
    }

    private boolean hire(Giver giver) {
        if (left.contains(giver.who()) || working.containsKey(giver.who()) || blame.bars(giver)) {
            return false;
        }
        Hand hand = new Hand(this, giver, wanted, arrival, nanos);
        working.put(giver.who(), hand);
        watch.takingFrom(wanted.file(), giver);
        Thread.ofVirtual().name("waybill-fetch").start(() -> work(hand));
        return true;
    }

    private long gettingOn() {
        return working.values().stream().filter(this::getsOn).count();
    }

    private void work(Hand hand) {
        try {
            hand.work();
        } catch (RuntimeException e) {
            LOG.warn("taking from {} failed", hand.giver(), e);
        } finally {
            lock.lock();
            try {
                working.remove(hand.giver().who());
                if (hand.wasBusy()) {
                    turn.neighbourWasBusy();
                }
                if (working.isEmpty()) {
                    turn.neighboursGone();
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void await() throws InterruptedException {
        lock.lock();
        try {
            // What is not signalled, time that passes, is looked at now and then.
            long left = LOOK.toNanos();
            int busy = working.size();
            while (left > 0
                    && working.size() == busy
                    && arrival.missing() > 0
                    && ownFault.isEmpty()
                    && (busy > 0 || waiting.isEmpty())) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            over = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the next pieces to one who is free; waits for some. Empty when there is no more for him to do. */
    Optional<Claims.Run> claim(Hand hand, int most) {
        lock.lock();
        try {
            while (!over && arrival.missing() > 0) {
                Optional<Claims.Run> run =
                        isSpared(hand) ? Optional.empty() : claims.free(most).or(() -> slow(hand));
                if (run.isPresent()) {
                    claims.take(run.get());
                    return run;
                }
                changed.awaitNanos(LOOK.toNanos());
            }
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** The origin waits while neighbours get on with it. */
    boolean isSpared(Hand hand) {
        return hand.giver().isOrigin() && now(() -> working.size() > 1 && turn.isOver(nanos.getAsLong()));
    }

    /** A piece of somebody who does not get on with it: the last one of his, which he would come to last. */
    private Optional<Claims.Run> slow(Hand free) {
        long now = nanos.getAsLong();
        return working.values().stream()
                .filter(other -> other != free && now - other.lastPiece() > SLOW.toNanos())
                .flatMap(other -> other.lastMissing().stream().boxed())
                .filter(piece -> claims.of(piece) == 1 || free.giver().isOrigin() || stalls(piece))
                .findFirst()
                .map(piece -> new Claims.Run(piece, 1));
    }

    /** Two who only keep a piece must not keep it from a third. */
    private boolean stalls(int piece) {
        return working.values().stream().filter(hand -> hand.worksAt(piece)).noneMatch(this::getsOn);
    }

    private boolean getsOn(Hand hand) {
        return nanos.getAsLong() - hand.lastPiece() <= STALLED.toNanos();
    }

    /** What was claimed is claimed no more; what is missing of it others may have. */
    void release(Claims.Run run) {
        lock.lock();
        try {
            claims.release(run);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody waits for more. */
    boolean isOver() {
        return now(() -> over);
    }

    /** Whether this one is the only one at work. */
    boolean isAlone() {
        return now(() -> working.size() == 1);
    }

    /** A piece was taken in. */
    void took(Giver giver, int bytes) {
        lock.lock();
        try {
            lastPiece = nanos.getAsLong();
            if (giver.isOrigin()) {
                turn.originGave(lastPiece, bytes);
            } else {
                turn.neighbourGave(lastPiece, bytes);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        watch.took(wanted.file(), giver, bytes);
        watch.progress(wanted.file(), arrival.bytes(), wanted.size());
    }

    /** One gives up for now; he may be found again. */
    void passOver(Giver giver, FetchWatch.Passing why, String detail) {
        note(giver, detail);
        watch.passedOver(giver, why, detail);
    }

    /** One is left for good: what he gives is of no use. */
    void leave(Giver giver, FetchWatch.Passing why, String detail) {
        lock.lock();
        try {
            left.add(giver.who());
        } finally {
            lock.unlock();
        }
        passOver(giver, why, detail);
    }

    /** One gave a piece that is not the one it should be. */
    void gaveBad(Giver giver, UpdateFault fault, byte[] piece) {
        lock.lock();
        try {
            left.add(giver.who());
            unverified = true;
        } finally {
            lock.unlock();
        }
        note(giver, fault.kind() + ": " + fault.detail());
        blame.faulty(giver, fault, piece, watch);
    }

    /** This machine cannot put away what comes. */
    void failed(IOException fault) {
        lock.lock();
        try {
            if (!over) {
                ownFault = Optional.of(fault);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void note(Giver giver, String detail) {
        lock.lock();
        try {
            trouble = giver + ": " + detail;
        } finally {
            lock.unlock();
        }
    }
}
