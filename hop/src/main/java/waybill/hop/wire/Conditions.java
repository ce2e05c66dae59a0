package waybill.hop.wire;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a request for bytes that do not change under their tag (RFC 9110, section 13): {@code If-None-Match},
 * {@code If-Modified-Since} and {@code If-Range}. A condition that cannot be read is as if it had not been given.
 *
 * @param tag the strong entity tag, in its double quotes, where there is one
 * @param modified when the bytes became these, in whole seconds, where that is known
 */
public record Conditions(Optional<String> tag, Optional<Instant> modified) {
    private static final Pattern TAG =
            Pattern.compile("\\G[ \\t]*(?:W/)?(\"[\\x21\\x23-\\x7e\\x80-\\xff]*\")[ \\t]*(?:,|$)");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** A time as HTTP writes it (RFC 9110, section 5.6.7). */
    public static String date(Instant time) {
        return DATE.format(time);
    }

    /** The time that such a text says; empty if it is none. */
    public static Optional<Instant> time(String text) {
        return date(text);
    }

    /**
     * Whether the client has these bytes already, so that 304 is the answer. A date of the future says nothing, unless it is
     * the very one that was given: it was noted by a clock that has been set back since, and would keep what is new from this
     * client until then.
     */
    public boolean holdsAlready(Function<String, List<String>> fields, Instant now) {
        List<String> tags = fields.apply("If-None-Match");
        if (!tags.isEmpty()) {
            return tags.stream().anyMatch(this::names);
        }
        List<String> since = fields.apply("If-Modified-Since");
        return since.size() == 1
                && modified.isPresent()
                && date(since.getFirst())
                        .filter(date -> isSince(modified.get(), date, now))
                        .isPresent();
    }

    private static boolean isSince(Instant modified, Instant date, Instant now) {
        return whole(modified).equals(date) || (!modified.isAfter(date) && !date.isAfter(now));
    }

    /** Whether a range may be given: unless the client says that it has a part of other bytes. */
    public boolean takesRange(Function<String, List<String>> fields) {
        List<String> values = fields.apply("If-Range");
        if (values.isEmpty()) {
            return true;
        }
        String value = values.getFirst().strip();
        if (values.size() > 1) {
            return false;
        }
        // Strong comparison: a weak tag never fits, a date only if it is the very one.
        return tag.equals(Optional.of(value))
                || (modified.isPresent() && date(value).equals(modified.map(Conditions::whole)));
    }

    private boolean names(String value) {
        if (value.strip().equals("*")) {
            return true;
        }
        Matcher each = TAG.matcher(value);
        while (each.find()) {
            if (tag.equals(Optional.of(each.group(1)))) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(Instant.from(DATE.parse(text.strip())));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Instant whole(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }
}
