package waybill.protocol;

import java.util.regex.Pattern;

/**
 * Where something is below an origin that has no releases (section 10.10): one or more segments of letters, digits and
 * {@code . _ ~ + : @ , = ! -}, joined by {@code /}, none of them {@code .} or {@code ..}; at most 400 characters. It comes from
 * elsewhere: it is only ever put behind a URL of one's own configuration, and is no name of a file. Immutable and safe for
 * use by several threads.
 */
public record OriginPath(String text) {
    /** The longest path in characters. */
    public static final int MAX_LENGTH = 400;

    private static final String SEGMENT = "(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~+:@,=!-]+";
    private static final Pattern PATH = Pattern.compile(SEGMENT + "(?:/" + SEGMENT + ")*");

    /** @throws IllegalArgumentException if it is not in the form described above */
    public OriginPath {
        if (text.length() > MAX_LENGTH || !isPlain(text)) {
            throw new IllegalArgumentException("a path below an origin has letters, digits and . _ ~ + : @ , = ! - in"
                    + " segments that are neither '.' nor '..', and at most " + MAX_LENGTH + " characters");
        }
    }

    /** Whether a text has such segments and nothing else, however long it is. */
    public static boolean isPlain(String text) {
        return PATH.matcher(text).matches();
    }

    /** As it stands in a URL: what has a meaning there is percent-encoded. */
    public String encoded() {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ("+:@,=!".indexOf(c) >= 0) {
                encoded.append('%').append(Integer.toHexString(c));
            } else {
                encoded.append(c);
            }
        }
        return encoded.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
