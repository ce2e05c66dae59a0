package waybill.store.content;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import waybill.protocol.Sha256;

/**
 * Of what the bytes were found to be what they should be since this start: a disk may rot. Each is looked at once, however many
 * ask for it at the same time, or they would make this disk read it as many times. Safe for use by several threads.
 */
public final class Looked {
    private final Set<Sha256> sound = ConcurrentHashMap.newKeySet();
    private final Map<Sha256, ReentrantLock> looking = new ConcurrentHashMap<>();

    /** Nothing was looked at. */
    public Looked() {}

    /** Reads all the bytes. */
    @FunctionalInterface
    public interface Look {
        /** Whether they are what they should be. */
        boolean isSound() throws IOException;
    }

    /** Whether it is sound; looked at now if it was not before, or waited for who looks. */
    public boolean isSound(Sha256 key, Look look) throws IOException {
        if (sound.contains(key)) {
            return true;
        }
        ReentrantLock lock = looking.computeIfAbsent(key, _ -> new ReentrantLock());
        lock.lock();
        try {
            boolean good = sound.contains(key) || look.isSound();
            if (good) {
                sound.add(key);
            }
            return good;
        } finally {
            lock.unlock();
            looking.remove(key, lock);
        }
    }

    /** It was checked when it came. */
    void came(Sha256 key) {
        sound.add(key);
    }

    /** These are there no more, or no more the same. */
    public void forget(Predicate<Sha256> gone) {
        sound.removeIf(gone);
    }

    void forget(Sha256 key) {
        sound.remove(key);
    }
}
