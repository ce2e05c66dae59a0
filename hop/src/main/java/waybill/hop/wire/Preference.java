package waybill.hop.wire;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The {@code Prefer} field (RFC 7240), of which only {@code wait=SECONDS} counts here. */
public final class Preference {
    /** The longest wait that can be said, in seconds: a day. More is read as this. */
    static final int MAX_SECONDS = 24 * 3600;

    private Preference() {}

    /** The field's value that asks to hold the answer; whole seconds, rounded up. */
    public static String waiting(Duration hold) {
        long seconds = hold.plusNanos(999_999_999).toSeconds();
        return "wait=" + Math.clamp(seconds, 0, MAX_SECONDS);
    }

    /**
     * How long the peer would have its answer held; zero where it said nothing that can be read. A preference is never
     * an error (RFC 7240, section 2); of two waits the first counts.
     */
    public static Duration parse(List<String> values) {
        for (String value : values) {
            for (String preference : value.split("[,;]", -1)) {
                String text = preference.strip().toLowerCase(Locale.ROOT);
                if (text.startsWith("wait")) {
                    String rest = text.substring("wait".length()).strip();
                    if (rest.startsWith("=")) {
                        return seconds(rest.substring(1).strip());
                    }
                }
            }
        }
        return Duration.ZERO;
    }

    private static Duration seconds(String text) {
        String bare = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
        if (bare.isEmpty() || bare.length() > 9 || !bare.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Duration.ZERO;
        }
        return Duration.ofSeconds(Math.min(MAX_SECONDS, Integer.parseInt(bare)));
    }
}
