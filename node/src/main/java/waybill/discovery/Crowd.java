package waybill.discovery;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import waybill.protocol.AliasUrl;

/**
 * How many relays there seem to be, as one relay can tell: the most that requesters said they saw, and those it heard
 * chosen, both within the hour (section 2).
 *
 * <p>Too high a guess costs a fraction of the answer window; too low a one lets everybody answer at once. And requesters see
 * too few: answers that were suppressed are never counted. So only a relay that was itself chosen within the hour believes
 * in a small number, for it is one of those that were counted; any other takes at least {@link #SILENT}. One that is alone
 * answers at once from its second task on, and a thousand that were just switched on do not.
 *
 * <p>Bounded. Time is given with each call, in nanoseconds of one monotonic clock. For one thread.
 */
final class Crowd {
    /** What a relay assumes at least that was not chosen within the hour. */
    static final int SILENT = 1000;
    /** More than this is not believed of anybody. */
    static final int MOST = 10_000;

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int MINUTES = 60;
    private static final long HOUR = MINUTES * MINUTE;
    private static final int MAX_CHOSEN = 1024;
    private static final int MAX_OWN = 256;

    /** The largest number said in each minute, by the minute modulo 60. */
    private final int[] said = new int[MINUTES];

    private final long[] minuteOf = new long[MINUTES];
    /** Others that were chosen, and when last; the eldest first. */
    private final Map<String, Long> chosen = new LinkedHashMap<>();

    private final Set<String> own = new HashSet<>();
    private OptionalLong selfChosen = OptionalLong.empty();
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

    /** This relay answered with such an alias URL. */
    void self(AliasUrl alias) {
        if (own.size() >= MAX_OWN) {
            own.clear();
        }
        own.add(relay(alias));
    }

    /** A requester told all that it chose the relay of this alias URL. */
    void chosen(AliasUrl alias, long now) {
        String relay = relay(alias);
        if (own.contains(relay)) {
            selfChosen = OptionalLong.of(now);
            return;
        }
        chosen.remove(relay);
        chosen.put(relay, now);
        if (chosen.size() > MAX_CHOSEN) {
            dropEldest();
        }
    }

    /** The number to draw a delay for, 1 to {@link #MOST}. */
    int estimate(long now) {
        while (!chosen.isEmpty() && now - chosen.values().iterator().next() > HOUR) {
            dropEldest();
        }
        int most = 0;
        long minute = minute(now);
        for (int slot = 0; slot < MINUTES; slot++) {
            if (minute - minuteOf[slot] < MINUTES) {
                most = Math.max(most, said[slot]);
            }
        }
        int least = selfChosen.isPresent() && now - selfChosen.getAsLong() <= HOUR ? 1 : SILENT;
        return Math.max(least, Math.max(most, chosen.size() + 1));
    }

    /** One relay has an alias path for each backend, but one address and port. */
    private static String relay(AliasUrl alias) {
        return alias.address().getHostAddress() + ":" + alias.port();
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
