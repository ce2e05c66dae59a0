package waybill.update;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * When it is the origin's turn beside neighbours who are at work on the same content (section 10.9): not as soon as they stall,
 * for they may only be busy, and a site has one line. For one thread at a time.
 */
final class OriginTurn {
    /** No neighbours are waited for longer than this in all, however large the content is. */
    static final Duration LONGEST = Duration.ofSeconds(30);
    /** What a line of 32 Mbit/s carries: a copy is worth as long a wait as it would keep that line. */
    private static final long BYTES_PER_SECOND = 4_000_000;

    /** How long they may still stall, in nanoseconds: what they used up is not given back, or who drips could use it for ever. */
    private long left;
    /** When a neighbour was first set to work, then when one last gave a piece. */
    private OptionalLong since = OptionalLong.empty();

    private boolean gave;
    private boolean busy;

    OriginTurn(long size) {
        Duration worth = Duration.ofMillis(1000 * (size / BYTES_PER_SECOND));
        left = (worth.compareTo(LONGEST) < 0 ? worth : LONGEST).toNanos();
    }

    /** A neighbour was set to work. */
    void neighbourBegan(long now) {
        if (since.isEmpty()) {
            since = OptionalLong.of(now);
        }
    }

    /** A neighbour gave a piece. */
    void neighbourGave(long now) {
        left -= stalledFor(now);
        since = OptionalLong.of(now);
        gave = true;
        busy = false;
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

    /** Whether neighbours who are at work were waited for long enough. */
    boolean hasCome(long now) {
        return since.isEmpty() || stalledFor(now) > left;
    }

    /** Whether neighbours get on with it, so that the origin is not needed. */
    boolean isOver(long now) {
        return gave && stalledFor(now) == 0;
    }

    private long stalledFor(long now) {
        return since.isEmpty() ? 0 : Math.max(0, now - since.getAsLong() - Download.STALLED.toNanos());
    }
}
