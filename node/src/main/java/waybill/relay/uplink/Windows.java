package waybill.relay.uplink;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When the line may be used: minutes of the week on the wall clock of a zone. An instant is inside if, and only if, the wall
 * clock then shows a minute that is: an hour that is skipped when clocks go forward is no one's, an hour that comes twice
 * counts twice. Immutable; pure.
 */
public final class Windows {
    private static final int DAY = 24 * 60;
    private static final int WEEK = 7 * DAY;
    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final Pattern FORM = Pattern.compile(
            "(?<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\\s+"
                    + "(?<from>\\d{2}:\\d{2})-(?<to>\\d{2}:\\d{2})",
            Pattern.CASE_INSENSITIVE);

    private final BitSet open;
    private final ZoneId zone;

    /** A stretch of time in which the line may be used, its end excluded. {@link Instant#MAX} is no end. */
    public record Span(Instant from, Instant until) {
        /** How long it lasts; centuries if it has no end. */
        Duration length() {
            return Duration.between(from, until);
        }
    }

    private Windows(BitSet open, ZoneId zone) {
        this.open = open;
        this.zone = zone;
    }

    /** Never closed. */
    public static Windows always(ZoneId zone) {
        BitSet all = new BitSet(WEEK);
        all.set(0, WEEK);
        return new Windows(all, zone);
    }

    /**
     * Open in each of these, {@code Mon-Fri 22:00-06:00} or {@code Sat,Sun 00:00-24:00}; one that passes midnight belongs to
     * the day it begins on. None means never closed.
     *
     * @throws IllegalArgumentException if one has another form; the message says which
     */
    public static Windows of(List<String> windows, ZoneId zone) {
        if (windows.isEmpty()) {
            return always(zone);
        }
        BitSet open = new BitSet(WEEK);
        windows.forEach(window -> add(window.strip(), open));
        return new Windows(open, zone);
    }

    private static void add(String window, BitSet open) {
        Matcher matcher = FORM.matcher(window);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a window is like 'Mon-Fri 22:00-06:00' or 'Sat,Sun 00:00-24:00', not '" + window + "'");
        }
        int from = minute(matcher.group("from"), window);
        int to = minute(matcher.group("to"), window);
        if (from == to || from == DAY) {
            throw new IllegalArgumentException(
                    "the window '" + window + "' begins where it ends; a day is 00:00-24:00");
        }
        int length = Math.floorMod(to - from, DAY);
        for (int day : days(matcher.group("days"), window)) {
            for (int i = 0; i < (length == 0 ? DAY : length); i++) {
                open.set((day * DAY + from + i) % WEEK);
            }
        }
    }

    private static int minute(String time, String window) {
        int hour = Integer.parseInt(time.substring(0, 2));
        int minute = Integer.parseInt(time.substring(3));
        if (minute > 59 || hour * 60 + minute > DAY) {
            throw new IllegalArgumentException("'" + time + "' in the window '" + window + "' is no time of a day");
        }
        return hour * 60 + minute;
    }

    private static int[] days(String list, String window) {
        BitSet days = new BitSet(7);
        for (String part : list.toLowerCase(Locale.ROOT).split(",")) {
            int first = day(part.substring(0, 3), window);
            int last = part.length() == 3 ? first : day(part.substring(4), window);
            for (int day = first; ; day = (day + 1) % 7) {
                days.set(day);
                if (day == last) {
                    break;
                }
            }
        }
        return days.stream().toArray();
    }

    private static int day(String name, String window) {
        int day = DAYS.indexOf(name);
        if (day < 0) {
            throw new IllegalArgumentException("'" + name + "' in the window '" + window
                    + "' is no day; they are Mon, Tue, Wed, Thu, Fri, Sat, Sun");
        }
        return day;
    }

    /** Whose wall clock. */
    public ZoneId zone() {
        return zone;
    }

    /** Whether it is never closed. */
    public boolean always() {
        return open.cardinality() == WEEK;
    }

    /** Whether the line may be used at this instant. */
    public boolean contains(Instant instant) {
        return open.get(minuteOfWeek(local(instant, offset(instant))));
    }

    /** The stretch in which this instant lies, from then on, or else the next one. */
    public Span next(Instant instant) {
        if (always()) {
            return new Span(instant, Instant.MAX);
        }
        Instant from = first(instant, true);
        return new Span(from, first(from, false));
    }

    /** The longest stretch of an ordinary week. */
    public Duration longest() {
        if (always()) {
            return Duration.between(Instant.EPOCH, Instant.MAX);
        }
        int closed = open.nextClearBit(0);
        int longest = 0;
        int run = 0;
        for (int i = 1; i <= WEEK; i++) {
            run = open.get((closed + i) % WEEK) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return Duration.ofMinutes(longest);
    }

    /** The first instant from this one on that is inside, or outside. Between two changes of the offset time is even. */
    private Instant first(Instant instant, boolean inside) {
        Instant at = instant;
        while (true) {
            ZoneOffset offset = offset(at);
            ZoneOffsetTransition change = zone.getRules().nextTransition(at);
            LocalDateTime local = local(at, offset);
            int minutes = minutesUntil(minuteOfWeek(local), inside);
            Instant found = minutes == 0
                    ? at
                    : local.withSecond(0).withNano(0).plusMinutes(minutes).toInstant(offset);
            if (change == null || found.isBefore(change.getInstant())) {
                return found;
            }
            at = change.getInstant();
        }
    }

    private int minutesUntil(int minute, boolean inside) {
        int next = inside ? open.nextSetBit(minute) : open.nextClearBit(minute);
        if (next < 0 || next >= WEEK) {
            next = WEEK + (inside ? open.nextSetBit(0) : open.nextClearBit(0));
        }
        return next - minute;
    }

    private ZoneOffset offset(Instant instant) {
        return zone.getRules().getOffset(instant);
    }

    private static LocalDateTime local(Instant instant, ZoneOffset offset) {
        return LocalDateTime.ofInstant(instant, offset);
    }

    private static int minuteOfWeek(LocalDateTime local) {
        return (local.getDayOfWeek().getValue() - DayOfWeek.MONDAY.getValue()) * DAY
                + local.getHour() * 60
                + local.getMinute();
    }
}
