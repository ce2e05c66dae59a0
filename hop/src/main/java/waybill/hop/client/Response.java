package waybill.hop.client;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A final answer, read to its end or to as much of it as we read.
 *
 * @param headers by name in lower case
 * @param complete whether the body was read to its end
 * @param reusable whether the connection stands at the beginning of another answer
 */
record Response(int status, Map<String, List<String>> headers, byte[] body, boolean complete, boolean reusable) {

    /** Every value of a field. */
    List<String> values(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    /** The media type, without its parameters, in lower case. */
    Optional<String> mediaType() {
        List<String> values = values("content-type");
        if (values.size() != 1) {
            return Optional.empty();
        }
        String value = values.getFirst();
        int semicolon = value.indexOf(';');
        return Optional.of(
                (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT));
    }
}
