package waybill.update;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * When it is the origin's turn beside neighbours who are at work on the same content (section 10.9): not as soon as they stall,
 * for they may only be busy, and a site has one line. But what they lag behind in all is bounded, or whoever drips could keep the
 * origin away for ever. For one thread at a time.
 */
final class OriginTurn {
    /** No neighbours may lag behind by more than this and a stall, however large the content is. */
    static final Duration LONGEST = Duration.ofSeconds(30);
    /** What a line of 32 Mbit/s carries: a copy is worth as long a wait as it would keep that line. */
    private static final long BYTES_PER_SECOND = 4_000_000;
    /** Neighbours are to bring so much at least, and a part of what the origin brought here. */
    private static final double SLOWEST = 64 * 1024;

    private static final int PART = 4;
    private static final double SECOND = 1e9;

    private final long most;
    /** How far they may still lag behind, in nanoseconds. */
    private long left;
    /** When a neighbour was first set to work, then when one last gave a piece. */
    private OptionalLong since = OptionalLong.empty();

    private boolean gave;
    private boolean busy;
    private OptionalLong originSince = OptionalLong.empty();
    private double originRate;
    private long originBytes;

    OriginTurn(long size) {
        Duration worth = Duration.ofMillis(1000 * (size / BYTES_PER_SECOND));
        most = (worth.compareTo(LONGEST) < 0 ? worth : LONGEST)
                .plus(Download.STALLED)
                .toNanos();
        left = most;
    }

    /** A neighbour was set to work. */
    void neighbourBegan(long now) {
        if (since.isEmpty()) {
            since = OptionalLong.of(now);
        }
    }

    /** A neighbour gave so many bytes. */
    void neighbourGave(long now, long bytes) {
        double rate = Math.max(SLOWEST, originRate / PART);
        left = Math.min(most, left - waited(now) + (long) (bytes * SECOND / rate));
        since = OptionalLong.of(now);
        gave = true;
        busy = false;
    }

    /** The origin was set to work. */
    void originBegan(long now) {
        originSince = OptionalLong.of(now);
        originBytes = 0;
    }

    /** The origin gave so many bytes. */
    void originGave(long now, long bytes) {
        originBytes += bytes;
        originRate = originBytes * SECOND / Math.max(SECOND, (double) (now - originSince.orElse(now)));
    }

    /** A neighbour gave up: he was too busy, as it seems. */
    void neighbourWasBusy() {
        busy = true;
    }

    /** No neighbour is at work any more. Those that seemed only to be busy are waited for as if they were. */
    void neighboursGone() {
        if (!busy) {
            since = OptionalLong.empty();
        }
    }

    /** Whether it is the origin's turn: no neighbour is at work, or those who are lag behind too far. */
    boolean hasCome(long now) {
        return since.isEmpty() || isOverdue(now);
    }

    /** Whether neighbours are at work and lag behind too far. */
    boolean isOverdue(long now) {
        return since.isPresent() && waited(now) > left;
    }

    /** Whether neighbours get on with it, so that the origin is not needed. */
    boolean isOver(long now) {
        return gave && waited(now) <= Download.STALLED.toNanos() && !isOverdue(now);
    }

    private long waited(long now) {
        return since.isEmpty() ? 0 : now - since.getAsLong();
    }
}
