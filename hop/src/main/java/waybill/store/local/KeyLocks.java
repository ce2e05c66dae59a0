package waybill.store.local;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import waybill.protocol.DeliveryKey;

/**
 * All that happens to one key happens under its lock. Keys share locks, of which there is a fixed number. Safe for use by
 * several threads.
 */
final class KeyLocks {
    private static final int STRIPES = 256;

    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toList();

    /** Locks of some keys, to be given back by the thread that took them. */
    record Taken(List<ReentrantLock> locks) implements AutoCloseable {
        @Override
        public void close() {
            locks.forEach(ReentrantLock::unlock);
        }
    }

    /** Takes the lock of one key; waits for it. */
    Taken take(DeliveryKey key) {
        return take(List.of(key));
    }

    /** Takes the locks of all of them, in the order of their numbers, so that nobody waits in a circle. */
    Taken take(Collection<DeliveryKey> keys) {
        List<ReentrantLock> taken = keys.stream()
                .map(KeyLocks::stripe)
                .sorted()
                .distinct()
                .map(locks::get)
                .toList();
        taken.forEach(ReentrantLock::lock);
        return new Taken(taken);
    }

    private static int stripe(DeliveryKey key) {
        return Math.floorMod(key.hashCode(), STRIPES);
    }
}
