package waybill.discovery;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many relays there seem to be, as one relay can tell: the most that requesters said they saw, and those it heard
 * chosen, both within the hour (section 2).
 *
 * <p>Too high a guess costs a fraction of the answer window; too low a one lets everybody answer at once. So while nothing
 * is known at all it is taken for {@link #UNKNOWN}, and a requester that has seen one relay only is not believed by a relay
 * that heard another one chosen: answers that were suppressed are never counted by the requester.
 *
 * <p>Bounded. Time is given with each call, in nanoseconds of one monotonic clock. For one thread.
 */
final class Crowd {
    /** What is assumed when nobody has said anything within the hour. */
    static final int UNKNOWN = 1000;
    /** More than this is not believed of anybody. */
    static final int MOST = 10_000;

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int MINUTES = 60;
    private static final int MAX_CHOSEN = 1024;

    /** The largest number said in each minute, by the minute modulo 60. */
    private final int[] said = new int[MINUTES];

    private final long[] minuteOf = new long[MINUTES];
    private final Map<String, Long> chosen = new LinkedHashMap<>();
    private final long start;

    Crowd(long now) {
        start = now;
    }

    /** A request said how many relays its sender saw lately; 0 says nothing. */
    void said(int relays, long now) {
        if (relays <= 0) {
            return;
        }
        long minute = minute(now);
        int slot = (int) (minute % MINUTES);
        if (minuteOf[slot] != minute) {
            minuteOf[slot] = minute;
            said[slot] = 0;
        }
        said[slot] = Math.max(said[slot], Math.min(relays, MOST));
    }

    /** A requester told all that it chose another relay than this one. */
    void othersChosen(String relay, long now) {
        chosen.remove(relay);
        chosen.put(relay, now);
        if (chosen.size() > MAX_CHOSEN) {
            dropEldest();
        }
    }

    /** The number to draw a delay for, 1 to {@link #MOST}. */
    int estimate(long now) {
        while (!chosen.isEmpty() && now - chosen.values().iterator().next() > MINUTES * MINUTE) {
            dropEldest();
        }
        int most = 0;
        long minute = minute(now);
        for (int slot = 0; slot < MINUTES; slot++) {
            if (minute - minuteOf[slot] < MINUTES) {
                most = Math.max(most, said[slot]);
            }
        }
        return most == 0 ? UNKNOWN : Math.max(most, chosen.size() + 1);
    }

    private long minute(long now) {
        return Math.max(0, (now - start) / MINUTE);
    }

    private void dropEldest() {
        var eldest = chosen.entrySet().iterator();
        eldest.next();
        eldest.remove();
    }
}
