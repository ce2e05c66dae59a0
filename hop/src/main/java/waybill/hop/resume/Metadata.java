package waybill.hop.resume;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The {@code Upload-Metadata} of tus 1.0.0: names without spaces and commas, each with a value in Base64 or without one.
 * Names are not interpreted here. Immutable.
 */
public final class Metadata {
    /** The most bytes of one value. */
    public static final int MAX_VALUE = 1024;

    private static final int MOST = 16;
    private static final Pattern NAME = Pattern.compile("[!-+\\--~]{1,64}");

    private final Map<String, String> values;

    private Metadata(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Reads the field's value.
     *
     * @throws IllegalArgumentException if it is malformed, has a name twice or is beyond the bounds
     */
    public static Metadata parse(String field) {
        Map<String, String> values = new LinkedHashMap<>();
        if (field.isBlank()) {
            return new Metadata(values);
        }
        String[] pairs = field.split(",", -1);
        if (pairs.length > MOST) {
            throw new IllegalArgumentException("more than " + MOST + " items of metadata");
        }
        for (String pair : pairs) {
            String[] parts = pair.strip().split(" ", -1);
            if (parts.length > 2 || !NAME.matcher(parts[0]).matches()) {
                throw new IllegalArgumentException("metadata are names and values in Base64");
            }
            if (values.put(parts[0], parts.length == 2 ? decode(parts[1]) : "") != null) {
                throw new IllegalArgumentException("an item of metadata is given twice");
            }
        }
        return new Metadata(values);
    }

    private static String decode(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length > MAX_VALUE) {
            throw new IllegalArgumentException("an item of metadata has at most " + MAX_VALUE + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The value of this name. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The field's value for these. */
    public static String format(Map<String, String> values) {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> text.append(text.isEmpty() ? "" : ",")
                .append(name)
                .append(' ')
                .append(Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
        return text.toString();
    }
}
