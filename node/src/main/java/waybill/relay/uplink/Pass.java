package waybill.relay.uplink;

import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Leave for one delivery to go over the line now. Closed when the attempt has ended, however. Safe for use by several threads. */
public final class Pass implements AutoCloseable {
    private final Line line;
    private final long size;
    private final long weight;
    private final Instant until;
    private final boolean forLine;
    private final AtomicLong gone = new AtomicLong();

    /** @param weight bytes that others leave time for; none for one that is not expected to end in time */
    Pass(Line line, long size, long weight, Instant until, boolean forLine) {
        this.line = line;
        this.size = size;
        this.weight = weight;
        this.until = until;
        this.forLine = forLine;
    }

    /** Whether the line may be used, not only the LAN. */
    public boolean forLine() {
        return forLine;
    }

    /** When it must have ended. */
    public Instant until() {
        return until;
    }

    /**
     * How long it may take.
     *
     * @param patience what it would be given on a line without limits
     */
    public Duration atMost(Duration patience) {
        return line.atMost(patience, size, until);
    }

    /** Whether its time is up, or will be in a moment. */
    public boolean over() {
        return line.over(until);
    }

    /** So many bytes of the body are on their way. */
    public void sent(long bytes) {
        gone.set(bytes);
    }

    /** The bytes to send, as slowly as they may go. */
    public SeekableByteChannel paced(SeekableByteChannel file) {
        return line.paced(file);
    }

    /** So many bytes more came; returns when they may be taken, and the next be let in. */
    public void took(int bytes) throws InterruptedException {
        gone.addAndGet(bytes);
        line.pace(bytes);
    }

    /** Bytes still to go over the line. */
    long left() {
        return Math.max(0, size - gone.get());
    }

    /** Bytes for which others leave time. */
    long timeLeft() {
        return Math.max(0, weight - gone.get());
    }

    @Override
    public void close() {
        line.ended(this);
    }
}
