package waybill.protocol;

import java.util.regex.Pattern;

/**
 * What a backend calls a file that it publishes (section 10.1): one or more segments of letters, digits, {@code .},
 * {@code _}, {@code ~} and {@code -}, joined by {@code /}, none of them {@code .} or {@code ..}; at most 200 characters.
 *
 * <p>It is a relative path of harmless characters, but it came from elsewhere: nobody but the machine that asked for the
 * file by this name uses it as one. Immutable, safe for use by several threads, ordered by its characters.
 */
public record FileName(String text) implements Comparable<FileName> {
    /** The longest name in characters. */
    public static final int MAX_LENGTH = 200;

    private static final Pattern NAME = Pattern.compile(BackendUrl.SEGMENT + "(?:/" + BackendUrl.SEGMENT + ")*");

    /** @throws IllegalArgumentException if the name is not in the form described above */
    public FileName {
        if (text.length() > MAX_LENGTH || !NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("a file's name has letters, digits, '.', '_', '~' and '-', '/' between"
                    + " its parts, none of them '.' or '..', and at most " + MAX_LENGTH + " characters");
        }
    }

    @Override
    public int compareTo(FileName other) {
        return text.compareTo(other.text);
    }

    /** The name. */
    @Override
    public String toString() {
        return text;
    }
}
