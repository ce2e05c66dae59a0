package waybill.hop.client;

import java.time.Duration;
import java.util.Optional;

/**
 * How long an upload that does not get on is gone on with (section 3.9). A hop that is not there is looked for by time,
 * since a cable that is put in again takes as long as it takes; one that is there and brings nothing by a count. Neither
 * begins anew before a good piece was brought, or a hop that takes a byte each time would keep a sender for ever. For one
 * thread.
 */
final class Perseverance {
    /** So long it is looked for, pauses included. */
    static final Duration LONGEST = Duration.ofMinutes(2);

    /** So many tries that the hop heard and that brought no good piece. */
    static final int MOST_IN_VAIN = 10;

    /** A good piece, in bytes; the end of the upload is one, too. */
    static final long GOOD = 1 << 20;

    /** Pauses grow up to this. */
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** A hop that asks for a longer pause than this is not waited for any longer than this. */
    static final Duration LONGEST_WISH = Duration.ofSeconds(30);

    /** The time, which a test makes itself. */
    interface Time {
        /** Of this machine. */
        Time REAL = new Time() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration time) throws InterruptedException {
                Thread.sleep(time);
            }
        };

        /** Nanoseconds since any moment. */
        long nanos();

        /** Lets so much of it pass. */
        void sleep(Duration time) throws InterruptedException;
    }

    private final long size;
    private final Duration first;
    private final Time time;
    private final long end;
    /** As far as it had come when all this last began anew. */
    private long mark;

    private int inVain;
    private int pauses;
    private long lost;

    /**
     * Nothing was tried yet.
     *
     * @param size of the upload, in bytes
     * @param first the first pause; each is twice the one before
     * @param end when the upload has to be over, by {@link Time#nanos}
     */
    Perseverance(long size, Duration first, Time time, long end) {
        this.size = size;
        this.first = first;
        this.time = time;
        this.end = end;
    }

    /** The hop said that so many bytes are there. */
    void stands(long offset) {
        if (offset < mark) {
            mark = offset; // it began anew
        }
        if (offset - mark >= GOOD || (offset == size && offset > mark)) {
            mark = offset;
            inVain = 0;
            pauses = 0;
            lost = 0;
        }
    }

    /**
     * The hop was asked how far it is.
     *
     * @param nanos how long that took
     * @param reached whether it is there, whatever it said
     */
    void tried(long nanos, boolean reached) {
        lost += nanos;
        inVain += reached ? 1 : 0;
    }

    /** Whether enough was tried. */
    boolean isOver() {
        return inVain >= MOST_IN_VAIN || lost >= LONGEST.toNanos();
    }

    /**
     * Whether it is worth another try; waits before it.
     *
     * @param wish how long the hop asked to be left alone
     * @throws InterruptedException if this thread is to end
     */
    boolean again(Optional<Duration> wish) throws InterruptedException {
        Duration own = first.multipliedBy(1L << Math.min(pauses, 16));
        Duration pause = smaller(own, LONGEST_PAUSE);
        if (wish.isPresent() && wish.get().compareTo(pause) > 0) {
            pause = smaller(wish.get(), LONGEST_WISH);
        }
        if (isOver() || end - time.nanos() < pause.toNanos()) {
            return false;
        }
        pauses++;
        lost += pause.toNanos();
        time.sleep(pause);
        return true;
    }

    private static Duration smaller(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
