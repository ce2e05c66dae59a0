package waybill.hop.server;

import java.time.Duration;

/**
 * How long a peer may still keep us waiting: for the head of a request one idle period from its first byte, for a body
 * one idle period and then what its bytes take at the slowest rate allowed. Only the time spent waiting for the peer
 * counts, not what the service does with the bytes. A pure count; not safe for use by several threads.
 */
final class Pace {
    private final long idle;
    private final long slowest;
    private boolean body;
    private long waited;
    private long bytes;

    /** @param slowest bytes a second, at least 1 */
    Pace(Duration idle, long slowest) {
        this.idle = idle.toNanos();
        this.slowest = slowest;
    }

    /** A head is to come; until its first byte the connection is merely idle. */
    void head() {
        begin(false);
    }

    /** A body is to come. */
    void body() {
        begin(true);
    }

    private void begin(boolean isBody) {
        body = isBody;
        waited = 0;
        bytes = 0;
    }

    /** Whether a byte has come since the beginning of this head or body. */
    boolean begun() {
        return bytes > 0;
    }

    /** Whether it is a body that we are reading. */
    boolean isBody() {
        return body;
    }

    /** Bytes read since the beginning of this head or body. */
    long bytes() {
        return bytes;
    }

    /** Nanoseconds that the next read may take; 0 or less when the time is up. */
    long allowance() {
        if (!body) {
            return bytes == 0 ? idle : idle - waited;
        }
        double earned = (double) bytes / slowest * 1e9;
        return Math.min(idle, idle - waited + (long) earned);
    }

    /** A read took so long and brought so much. */
    void took(long nanos, long count) {
        if (body || bytes > 0) {
            waited += nanos;
        }
        bytes += count;
    }
}
