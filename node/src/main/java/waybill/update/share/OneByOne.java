package waybill.update.share;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/**
 * Those who want the same small thing, one by one: the first brings it, the others find it here, and it comes over the site's
 * line once (section 10.9). Safe for use by several threads.
 */
final class OneByOne {
    private static final Duration LATER = Duration.ofSeconds(2);

    /** Held by one, waited for by others. */
    private static final class Gate {
        final ReentrantLock lock = new ReentrantLock();
        int users;
    }

    private final Map<Sha256, Gate> gates = new HashMap<>();

    /** It is this one's turn until it is closed, by the thread that waited. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits until it is the caller's turn.
     *
     * @throws ProblemException BUSY where that takes longer than the other end would wait
     */
    Turn turn(Sha256 key) throws ProblemException, InterruptedException {
        Gate gate = enter(key);
        boolean turn = false;
        try {
            turn = gate.lock.tryLock(Passage.LONGEST.toNanos(), TimeUnit.NANOSECONDS);
            if (!turn) {
                throw new ProblemException(Problem.BUSY, "it does not come", Optional.of(LATER));
            }
        } finally {
            if (!turn) {
                leave(key, gate);
            }
        }
        return () -> {
            gate.lock.unlock();
            leave(key, gate);
        };
    }

    private synchronized Gate enter(Sha256 key) {
        Gate gate = gates.computeIfAbsent(key, _ -> new Gate());
        gate.users++;
        return gate;
    }

    private synchronized void leave(Sha256 key, Gate gate) {
        gate.users--;
        if (gate.users == 0) {
            gates.remove(key);
        }
    }

    /** How many things are waited for. */
    synchronized int size() {
        return gates.size();
    }
}
