package waybill.hop.wire;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;

/**
 * The header fields that the hop API adds to HTTP (section 3). The readers take every value that a request gave for the
 * field and accept at most one, so that two hops never read two meanings out of one request.
 */
public final class HopHeaders {
    /** SHA-256 of {@code waybill.xml}, 64 hexadecimal digits; request. */
    public static final String CONTENTS = "Waybill-Contents";
    /** The age recipient the parcel is sealed to; request. */
    public static final String RECIPIENT = "Waybill-Recipient";
    /** Hops made so far, 0 from the sender; request, echoed in the answer that accepts. */
    public static final String HOPS = "Waybill-Hops";
    /** The URL of the backend that the call is meant for; request. */
    public static final String BACKEND = "Waybill-Backend";
    /** What the hop promises; answer. */
    public static final String PROMISE = "Waybill-Promise";
    /** RFC 9530; request. */
    public static final String REPR_DIGEST = "Repr-Digest";
    /** RFC 7240; request. */
    public static final String PREFER = "Prefer";

    private static final Pattern RECIPIENT_FORM = Pattern.compile("age1[02-9ac-hj-np-z]{58}");
    private static final Pattern HOPS_FORM = Pattern.compile("[0-9]{1,4}");

    private HopHeaders() {}

    /**
     * Reads {@code Waybill-Contents}.
     *
     * @throws IllegalArgumentException if it is given twice or malformed
     */
    public static Optional<Sha256> contents(List<String> values) {
        return only(CONTENTS, values).map(Sha256::new);
    }

    /**
     * Reads {@code Waybill-Recipient}; whether it is a key that exists is not looked at here.
     *
     * @throws IllegalArgumentException if it is given twice or malformed
     */
    public static Optional<String> recipient(List<String> values) {
        Optional<String> value = only(RECIPIENT, values);
        if (value.isPresent() && !RECIPIENT_FORM.matcher(value.get()).matches()) {
            throw new IllegalArgumentException(RECIPIENT + " is age1 and 58 characters of bech32");
        }
        return value;
    }

    /**
     * Reads {@code Waybill-Backend}, to be compared as it is.
     *
     * @throws IllegalArgumentException if it is given twice
     */
    public static Optional<String> backend(List<String> values) {
        return only(BACKEND, values);
    }

    /**
     * Reads {@code Waybill-Hops}, 0 where it is not given; it may be more than a way may have.
     *
     * @throws IllegalArgumentException if it is given twice or malformed
     */
    public static int hops(List<String> values) {
        Optional<String> value = only(HOPS, values);
        if (value.isPresent() && !HOPS_FORM.matcher(value.get()).matches()) {
            throw new IllegalArgumentException(HOPS + " is a number of at most four digits");
        }
        return value.map(Integer::parseInt).orElse(0);
    }

    /**
     * Reads {@code Waybill-Promise}.
     *
     * @throws IllegalArgumentException if it is given twice or malformed
     */
    public static Optional<Promise> promise(List<String> values) {
        return only(PROMISE, values).map(Promise::parse);
    }

    /**
     * The one value of a field that may be given once.
     *
     * @throws IllegalArgumentException if there are more
     */
    public static Optional<String> only(String name, List<String> values) {
        if (values.size() > 1) {
            throw new IllegalArgumentException(name + " is given " + values.size() + " times");
        }
        return values.stream().findFirst().map(String::strip);
    }
}
