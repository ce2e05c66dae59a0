package waybill.hop.client;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The end of one call: closes its socket when the call has taken as long as it may in all, or a single step of it as long
 * as that may. A blocked read or write has no other end that a hostile peer could not put off.
 *
 * <p>Safe for use by several threads.
 */
final class Watch implements AutoCloseable {
    private static final long NEVER = Long.MAX_VALUE;

    private final long start = System.nanoTime();
    private final long most;
    private final ScheduledFuture<?> task;
    private volatile long step = NEVER;
    private volatile Optional<Socket> socket = Optional.empty();
    private volatile boolean struck;

    /** Watches over a call that may take so long in all. */
    Watch(ScheduledExecutorService clock, Duration total, Duration idle) {
        this.most = saturated(total);
        long period = Math.clamp(Math.min(saturated(idle), most) / 8, 10_000_000L, 500_000_000L);
        this.task = clock.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
    }

    private static long saturated(Duration time) {
        return time.compareTo(Duration.ofDays(365)) > 0 ? Duration.ofDays(365).toNanos() : time.toNanos();
    }

    /** This is the call's socket now. */
    void over(Socket now) throws IOException {
        socket = Optional.of(now);
        if (struck) {
            now.close();
            throw new SocketTimeoutException("the time is up");
        }
    }

    /** The step that begins now may take so long. */
    void within(Duration time) {
        step = System.nanoTime() - start + saturated(time);
    }

    /** No step is under way. */
    void relax() {
        step = NEVER;
    }

    /** Nanoseconds left of the whole. */
    long left() {
        return most - (System.nanoTime() - start);
    }

    /** Whether the time was up. */
    boolean struck() {
        return struck;
    }

    private void look() {
        long now = System.nanoTime() - start;
        if (now > most || now > step) {
            struck = true;
            socket.ifPresent(open -> {
                try {
                    open.close();
                } catch (IOException e) {
                    // It is gone either way.
                }
            });
        }
    }

    @Override
    public void close() {
        task.cancel(false);
    }
}
