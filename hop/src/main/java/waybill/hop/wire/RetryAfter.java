package waybill.hop.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The {@code Retry-After} field (RFC 9110, section 10.2.3), in seconds only: a hop's clock is not trusted. */
public final class RetryAfter {
    /** The longest time that can be said, in seconds: a day. More is read as this. */
    static final int MAX_SECONDS = 24 * 3600;

    private RetryAfter() {}

    /** The field's value: whole seconds, rounded up. */
    public static String of(Duration time) {
        return Long.toString(Math.clamp(time.plusNanos(999_999_999).toSeconds(), 0, MAX_SECONDS));
    }

    /** Reads the field; empty where it is missing or not a number of seconds. */
    public static Optional<Duration> parse(List<String> values) {
        return values.stream()
                .findFirst()
                .map(String::strip)
                .filter(v -> !v.isEmpty() && v.length() <= 9 && v.chars().allMatch(c -> c >= '0' && c <= '9'))
                .map(v -> Duration.ofSeconds(Math.min(MAX_SECONDS, Integer.parseInt(v))));
    }
}
