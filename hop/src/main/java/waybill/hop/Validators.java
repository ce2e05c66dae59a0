package waybill.hop;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import waybill.hop.wire.Conditions;

/**
 * By what a copy is known again at the place it came from (RFC 9110, section 8.8). Immutable.
 *
 * @param tag the entity tag as it was given, at most 200 characters of ASCII
 * @param modified the date as it was given
 */
public record Validators(Optional<String> tag, Optional<String> modified) {
    /** Nothing is known. */
    public static final Validators NONE = new Validators(Optional.empty(), Optional.empty());

    private static final int MAX_TAG = 200;
    private static final Pattern TAG = Pattern.compile("(?:W/)?\"[\\x21\\x23-\\x7e]*\"");

    /** What cannot be used is left out. */
    public Validators {
        tag = tag.filter(one -> one.length() <= MAX_TAG && TAG.matcher(one).matches());
        modified = modified.filter(one -> Conditions.time(one).isPresent());
    }

    /** The tag, if it is one for every single byte. */
    public Optional<String> strong() {
        return tag.filter(one -> one.startsWith("\""));
    }

    /** The date as a time. */
    public Optional<Instant> time() {
        return modified.flatMap(Conditions::time);
    }
}
