package waybill.protocol;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/** The forms that plain values have on the wire: numbers, times, recipients. Each throws IllegalArgumentException. */
final class Forms {
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]*");
    private static final Pattern RECIPIENT = Pattern.compile("age1[02-9ac-hj-np-z]{58}");
    private static final Instant END_OF_TIME = Instant.parse("+10000-01-01T00:00:00Z");

    private Forms() {}

    /** A number in its one canonical form: decimal, no sign, no leading zero, no space. */
    static long number(String name, String text, long least, long most) {
        if (text.length() > 18 || !NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException(name + " is no decimal number in its shortest form");
        }
        return within(name, Long.parseLong(text), least, most);
    }

    static long within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most);
        }
        return value;
    }

    /** RFC 3339 in UTC to the second: {@code 2026-01-31T23:59:59Z}. */
    static Instant time(String text) {
        try {
            Instant time = Instant.parse(text);
            // Reading back refuses what the JDK takes as well: fractions, offsets, 24:00, leap seconds.
            if (text.length() == 20 && wholeSeconds(time).toString().equals(text)) {
                return time;
            }
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("not a time", e);
        }
        throw new IllegalArgumentException("a time is YYYY-MM-DDThh:mm:ssZ");
    }

    /** The time without its fraction, if it has four digits for its year. */
    static Instant wholeSeconds(Instant time) {
        if (time.isBefore(Instant.EPOCH) || !time.isBefore(END_OF_TIME)) {
            throw new IllegalArgumentException("a time lies from 1970 to 9999");
        }
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** An end that lies behind its beginning. */
    static Instant after(Instant beginning, Instant end) {
        if (!end.isAfter(beginning)) {
            throw new IllegalArgumentException("an end lies behind its beginning");
        }
        return end;
    }

    static boolean isRecipient(String text) {
        return text.length() == 62 && RECIPIENT.matcher(text).matches();
    }

    static String recipient(String text) {
        if (!isRecipient(text)) {
            throw new IllegalArgumentException("a recipient is age1 and 58 characters of Bech32");
        }
        return text;
    }
}
