package waybill.hop.wire;

/** The header fields and words of tus 1.0.0 (tus.io), and the one that this interface adds to it (section 3.9). */
public final class Tus {
    /** The version spoken. */
    public static final String VERSION = "1.0.0";
    /** In every request and answer. */
    public static final String RESUMABLE = "Tus-Resumable";
    /** In the answer to {@code OPTIONS}. */
    public static final String VERSIONS = "Tus-Version";
    /** In the answer to {@code OPTIONS}. */
    public static final String EXTENSIONS = "Tus-Extension";
    /** In the answer to {@code OPTIONS}, bytes. */
    public static final String MAX_SIZE = "Tus-Max-Size";
    /** In the answer to {@code OPTIONS}. */
    public static final String CHECKSUM_ALGORITHMS = "Tus-Checksum-Algorithm";
    /** Bytes of the whole upload. */
    public static final String LENGTH = "Upload-Length";
    /** Bytes received so far. */
    public static final String OFFSET = "Upload-Offset";
    /** Names and values in Base64. */
    public static final String METADATA = "Upload-Metadata";
    /** When the upload is given up unless it goes on. */
    public static final String EXPIRES = "Upload-Expires";
    /** Of the bytes of one request. */
    public static final String CHECKSUM = "Upload-Checksum";
    /** The media type of those bytes. */
    public static final String MEDIA_TYPE = "application/offset+octet-stream";
    /** With POST: the method that is meant. */
    public static final String METHOD = "X-HTTP-Method-Override";
    /** Ours: the task's ID, for whoever created an upload without naming one. */
    public static final String TASK = "Waybill-Task";

    private Tus() {}
}
