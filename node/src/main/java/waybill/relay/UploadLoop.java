package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that calls {@link UploadService#step}: when it asked for it, when it is woken, and once a minute anyway. */
final class UploadLoop {
    /** Wall clocks jump and machines sleep: no wait is trusted for longer. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(UploadLoop.class);

    private final InstantSource clock;
    private final Semaphore news = new Semaphore(0);
    private volatile boolean stopped;
    private final Thread thread;

    /** A loop that begins with {@link #start}. */
    UploadLoop(String name, InstantSource clock) {
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("uploads " + name).unstarted(this::run);
    }

    private volatile Step step = () -> Instant.MAX;

    /** What is called. */
    @FunctionalInterface
    interface Step {
        /** Does what is to be done and says when to call again. */
        Instant step() throws IOException;
    }

    /** Begins to call it. */
    void start(Step what) {
        step = what;
        thread.start();
    }

    /** Calls it soon. */
    void wake() {
        news.release();
    }

    /** Calls it no more; returns when the last call has ended. */
    void stop() throws InterruptedException {
        stopped = true;
        wake();
        thread.join();
    }

    private void run() {
        while (!stopped) {
            Duration wait = LONGEST_WAIT;
            try {
                Instant next = step.step();
                Instant now = clock.instant();
                if (next.isBefore(now.plus(LONGEST_WAIT))) {
                    wait = Duration.between(now, next);
                }
            } catch (IOException e) {
                LOG.error("the store cannot be read; tried again within a minute: {}", e.toString());
            }
            try {
                if (news.tryAcquire(Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
