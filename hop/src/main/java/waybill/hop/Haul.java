package waybill.hop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Has much moved by a thread of the operating system. A virtual thread that waits for each few KiB costs several others a
 * wake-up each time, more than the ciphers and digests of what it moves. Safe for use by several threads.
 */
public final class Haul {
    /** Less is not worth a thread, in bytes. */
    private static final long LEAST = 1 << 20;
    /** So many at once; what comes beyond goes on virtual threads, as ever. */
    private static final int MOST = 32;

    private static final Semaphore PLACES = new Semaphore(MOST);

    private Haul() {}

    /**
     * Does it, on another thread where that is worth it, and returns when it is done. An interrupt is passed on to the other
     * thread.
     *
     * @param bytes that it moves
     */
    public static void run(long bytes, Runnable work) {
        if (bytes < LEAST || !Thread.currentThread().isVirtual() || !PLACES.tryAcquire()) {
            work.run();
            return;
        }
        try {
            haul(work);
        } finally {
            PLACES.release();
        }
    }

    /** As {@link #run}, with a result. */
    public static <T> T get(long bytes, Supplier<T> work) {
        List<T> result = new ArrayList<>(1);
        run(bytes, () -> result.add(work.get()));
        return result.getFirst();
    }

    private static void haul(Runnable work) {
        List<Throwable> failure = new ArrayList<>(1); // seen here once the thread has ended
        Thread thread = Thread.ofPlatform().daemon().name("waybill-haul").unstarted(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                failure.add(e); // thrown below, where it belongs
            }
        });
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            work.run(); // the system gives no more threads: then on this one, as ever
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        for (Throwable e : failure) {
            switch (e) {
                case RuntimeException fault -> throw fault;
                case Error fault -> throw fault;
                default -> throw new IllegalStateException(e);
            }
        }
    }
}
