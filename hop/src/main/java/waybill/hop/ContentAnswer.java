package waybill.hop;

/** How a download of content ended. Nothing of it is trusted: bytes are checked by who asked for them. */
public sealed interface ContentAnswer {
    /**
     * The sink has had all the bytes that were asked for.
     *
     * @param size of the whole content, as the peer says
     */
    record Whole(long size) implements ContentAnswer {}

    /** An HTTP error; the sink had nothing. */
    record Failed(HopAnswer.Failed failure) implements ContentAnswer {}

    /** An answer that the hop API does not know: another range, another length, a redirect; the sink had nothing. */
    record Nonsense(String detail) implements ContentAnswer {}
}
