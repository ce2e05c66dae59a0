package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that takes a step when the last one asked for it, when it is woken, and once a minute anyway. All that can be
 * tested is in the steps. Safe for use by several threads.
 */
final class StepLoop {
    /** Wall clocks jump and machines sleep: no wait is trusted for longer. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(StepLoop.class);

    /** What is done again and again. */
    @FunctionalInterface
    interface Step {
        /** Does what is to be done now and says when to call again. */
        Instant step() throws IOException;
    }

    private final String name;
    private final InstantSource clock;
    private final Semaphore news = new Semaphore(0);
    private @Nullable Thread thread;
    private volatile boolean stopped;

    /** A loop that begins with {@link #start}. */
    StepLoop(String name, InstantSource clock) {
        this.name = name;
        this.clock = clock;
    }

    /** Begins. */
    synchronized void start(Step step) {
        thread = Thread.ofVirtual().name(name).start(() -> run(step));
    }

    /** Takes a step soon. */
    void wake() {
        news.release();
    }

    /** Takes no further step; returns when the last one has ended. */
    synchronized void stop() throws InterruptedException {
        stopped = true;
        wake();
        if (thread != null) {
            thread.join();
        }
    }

    private void run(Step step) {
        try {
            while (!stopped) {
                if (news.tryAcquire(pause(step).toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes a step and says how long to wait for the next. */
    private Duration pause(Step step) {
        try {
            Instant next = step.step();
            Instant now = clock.instant();
            if (next.isBefore(now.plus(LONGEST_WAIT))) {
                // A millisecond more, so that the time it asked for has come.
                return next.isAfter(now) ? Duration.between(now, next).plusMillis(1) : Duration.ZERO;
            }
        } catch (IOException e) {
            LOG.error("{}: tried again within a minute: {}", name, e.toString());
        } catch (RuntimeException e) {
            // The outermost edge of the thread: it must live as long as the relay.
            LOG.error("{}: an unexpected failure; tried again within a minute", name, e);
        }
        return LONGEST_WAIT;
    }
}
