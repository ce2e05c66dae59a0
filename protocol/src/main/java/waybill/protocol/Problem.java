package waybill.protocol;

/**
 * The one catalogue of what a hop can answer instead of success (section 8 of the specification lists it, a test holds
 * the two together). As {@code application/problem+json} (RFC 9457) its type is {@code urn:waybill:problem:CODE}.
 */
public enum Problem {
    /** The request cannot be understood: header, digest or ID malformed. */
    BAD_REQUEST("bad-request", 400, false),
    /** No such alias, delivery or receipt here. */
    NOT_FOUND("not-found", 404, false),
    /** The call is not one of the hop API's. */
    METHOD_NOT_ALLOWED("method-not-allowed", 405, false),
    /** The body took too long or stalled. */
    TIMED_OUT("timed-out", 408, true),
    /** The bytes do not go on where the upload stands. */
    OFFSET_MISMATCH("offset-mismatch", 409, true),
    /** The delivery was here; only its tombstone is left. */
    GONE("gone", 410, false),
    /** A body without a length, where one is needed. */
    LENGTH_REQUIRED("length-required", 411, false),
    /** Another version of tus than is spoken here. */
    TUS_VERSION("tus-version", 412, false),
    /** Larger than this hop takes. */
    TOO_LARGE("too-large", 413, false),
    /** The bytes of an upload come under another media type. */
    MEDIA_TYPE("media-type", 415, false),
    /** The range lies behind the end of what there is. */
    RANGE_NOT_SATISFIABLE("range-not-satisfiable", 416, false),
    /** The bytes are not those of the digest that came along. */
    DIGEST_MISMATCH("digest-mismatch", 422, false),
    /** The parcel does not open with the identities of this backend. */
    CANNOT_OPEN("cannot-open", 422, false),
    /** The parcel opens, but its contents are not as claimed or not a parcel's. */
    BAD_CONTENTS("bad-contents", 422, false),
    /** The parcel was sealed to a recipient this backend does not know. */
    UNKNOWN_RECIPIENT("unknown-recipient", 422, false),
    /** More at once, or faster, than one peer may. */
    TOO_MANY("too-many", 429, true),
    /** Headers over their limit. */
    HEADERS_TOO_LARGE("headers-too-large", 431, false),
    /** The bytes of one request are not those of its checksum; none of them counts. */
    CHECKSUM_MISMATCH("checksum-mismatch", 460, true),
    /** Something failed inside; nothing was accepted. */
    INTERNAL("internal", 500, true),
    /** The backend said no to the relay and signed nothing. */
    BACKEND_REFUSED("backend-refused", 502, false),
    /** At capacity or going down; nothing was accepted. */
    BUSY("busy", 503, true),
    /** The disk's quota or free-space floor is reached; nothing was accepted. */
    STORE_FULL("store-full", 507, true),
    /** More hops than a way may have. */
    TOO_MANY_HOPS("too-many-hops", 508, false);

    private final String code;
    private final int status;
    private final boolean retryable;

    Problem(String code, int status, boolean retryable) {
        this.code = code;
        this.status = status;
        this.retryable = retryable;
    }

    /** The name on the wire. */
    public String code() {
        return code;
    }

    /** The HTTP status it is answered with. */
    public int status() {
        return status;
    }

    /** Whether the same request may succeed later at the same hop. */
    public boolean retryable() {
        return retryable;
    }

    /** The {@code type} member of the problem document. */
    public String urn() {
        return "urn:waybill:problem:" + code;
    }

    /**
     * The problem of this code.
     *
     * @throws IllegalArgumentException if the catalogue has none
     */
    public static Problem ofCode(String code) {
        for (Problem problem : values()) {
            if (problem.code.equals(code)) {
                return problem;
            }
        }
        throw new IllegalArgumentException("no such problem: " + code);
    }
}
