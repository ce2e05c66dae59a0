package waybill.hop.wire;

import java.nio.charset.StandardCharsets;

/**
 * Text of a stranger made fit for a log or a terminal: at most 200 characters of printable ASCII, everything else as
 * {@code \}{@code uXXXX}, so that it can neither start a line nor move a cursor.
 */
public final class Printable {
    /** The most characters. */
    public static final int MAX_LENGTH = 200;

    private Printable() {}

    /** The text, escaped and cut. */
    public static String of(String text) {
        StringBuilder result = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String next = c >= ' ' && c <= '~' ? String.valueOf(c) : String.format("\\u%04x", (int) c);
            if (result.length() + next.length() > MAX_LENGTH) {
                break;
            }
            result.append(next);
        }
        return result.toString();
    }

    /** The beginning of these bytes, read as UTF-8, escaped and cut. */
    public static String of(byte[] bytes) {
        return of(new String(bytes, 0, Math.min(bytes.length, 4 * MAX_LENGTH), StandardCharsets.UTF_8));
    }
}
