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
    /**
     * The most in all. Who only keeps a place must not keep it from others: two searches find sixteen of them, and the next,
     * the origin for one, still has its turn.
     */
    static final int MOST = 20;
    /** Without a piece for so long, another one is turned to as well. */
    static final Duration STALLED = Duration.ofSeconds(5);
    /** Somebody who has shown no piece for so long is helped out by one who is free. */
    static final Duration SLOW = Duration.ofSeconds(1);
    /** Between two searches in vain. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final int FREE = 0;
    private static final Logger LOG = LoggerFactory.getLogger(Download.class);

    private final Wanted wanted;
    private final Arrival arrival;
    private final Blame blame;
    private final FetchWatch watch;
    private final Duration patience;
    private final LongSupplier nanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** How many work on a piece. */
    private final int[] claims;

    private final Map<Carrier, Hand> working = new HashMap<>();
    /** Left for good: what they gave cannot be used. */
    private final Set<Carrier> left = new HashSet<>();

    private final Deque<Giver> waiting = new ArrayDeque<>();
    private Optional<IOException> ownFault = Optional.empty();
    private boolean over;
    private boolean unverified;
    private String trouble = "nobody was found who has it";
    private long lastPiece;

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
        this.claims = new int[arrival.pieces().count()];
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
        try {
            while (isUnfinished()) {
                long now = nanos.getAsLong();
                if (now - lastPiece() > patience.toNanos()) {
                    throw new NobodyGivesException(trouble(), unverified());
                }
                boolean idle = isIdle();
                boolean stalled = now - Math.max(lastPiece(), hired) > STALLED.toNanos();
                if (idle || stalled) {
                    if (noneWaits() && now - searched >= PAUSE.toNanos()) {
                        add(hands.next());
                        searched = nanos.getAsLong();
                    }
                    if (hire()) {
                        hired = nanos.getAsLong();
                    }
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

    private long lastPiece() {
        lock.lock();
        try {
            return lastPiece;
        } finally {
            lock.unlock();
        }
    }

    private boolean unverified() {
        lock.lock();
        try {
            return unverified;
        } finally {
            lock.unlock();
        }
    }

    private String trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    private boolean isIdle() {
        lock.lock();
        try {
            return working.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private boolean noneWaits() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void add(List<Giver> givers) {
        lock.lock();
        try {
            waiting.addAll(givers);
        } finally {
            lock.unlock();
        }
    }

    /** Sets the next to work, and with him all who hold it as well. */
    private boolean hire() {
        lock.lock();
        try {
            boolean hired = false;
            boolean goOn = true;
            while (goOn && working.size() < MOST && gettingOn() < AT_ONCE && !waiting.isEmpty()) {
                Giver next = waiting.remove();
                if (!left.contains(next.who()) && !working.containsKey(next.who()) && !blame.bars(next)) {
                    Hand hand = new Hand(this, next, wanted, arrival, nanos);
                    working.put(next.who(), hand);
                    watch.takingFrom(wanted.file(), next);
                    Thread.ofVirtual().name("waybill-fetch").start(() -> work(hand));
                    hired = true;
                }
                Giver then = waiting.peek();
                goOn = !hired || (then != null && next.holds() && then.holds() && !then.isOrigin());
            }
            return hired;
        } finally {
            lock.unlock();
        }
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

    /** Pieces that somebody is to fetch, one after the other; he has claimed them. */
    record Run(int first, int count) {}

    /** Gives the next pieces to one who is free; waits for some. Empty when there is no more for him to do. */
    Optional<Run> claim(Hand hand, int most) {
        lock.lock();
        try {
            while (!over && arrival.missing() > 0) {
                Optional<Run> run = unclaimed(most).or(() -> slow(hand));
                if (run.isPresent()) {
                    for (int i = 0; i < run.get().count(); i++) {
                        claims[run.get().first() + i]++;
                    }
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

    private Optional<Run> unclaimed(int most) {
        for (int piece = arrival.nextMissing(0); piece < claims.length; piece = arrival.nextMissing(piece + 1)) {
            if (claims[piece] == FREE) {
                int count = 1;
                while (count < most
                        && piece + count < claims.length
                        && claims[piece + count] == FREE
                        && !arrival.has(piece + count)) {
                    count++;
                }
                return Optional.of(new Run(piece, count));
            }
        }
        return Optional.empty();
    }

    /** A piece of somebody who does not get on with it: the last one of his, which he would come to last. */
    private Optional<Run> slow(Hand free) {
        long now = nanos.getAsLong();
        return working.values().stream()
                .filter(other -> other != free && now - other.lastPiece() > SLOW.toNanos())
                .flatMap(other -> other.lastMissing().stream().boxed())
                .filter(piece -> claims[piece] == 1 || free.giver().isOrigin() || stalls(piece))
                .findFirst()
                .map(piece -> new Run(piece, 1));
    }

    /** Two who only keep a piece must not keep it from a third. */
    private boolean stalls(int piece) {
        return working.values().stream().filter(hand -> hand.worksAt(piece)).noneMatch(this::getsOn);
    }

    private boolean getsOn(Hand hand) {
        return nanos.getAsLong() - hand.lastPiece() <= STALLED.toNanos();
    }

    /** What was claimed is claimed no more; what is missing of it others may have. */
    void release(Run run) {
        lock.lock();
        try {
            for (int i = 0; i < run.count(); i++) {
                claims[run.first() + i]--;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody waits for more. */
    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this one is the only one at work. */
    boolean isAlone() {
        lock.lock();
        try {
            return working.size() == 1;
        } finally {
            lock.unlock();
        }
    }

    /** A piece was taken in. */
    void took(Giver giver, int bytes) {
        lock.lock();
        try {
            lastPiece = nanos.getAsLong();
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
