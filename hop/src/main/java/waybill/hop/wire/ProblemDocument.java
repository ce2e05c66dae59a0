package waybill.hop.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import waybill.protocol.Problem;

/**
 * A problem as {@code application/problem+json} (RFC 9457, section 8 of the specification).
 *
 * @param problem where the type is one of the catalogue
 * @param detail for people: printable, at most 200 characters, whatever the document said
 */
public record ProblemDocument(Optional<Problem> problem, String detail) {
    /** The media type. */
    public static final String MEDIA_TYPE = "application/problem+json";
    /** The longest document that is read, in bytes. */
    public static final int MAX_LENGTH = 16 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(MAX_LENGTH)
                    .maxNestingDepth(16)
                    .maxNumberLength(64)
                    .build())
            .build());

    private static final String URN = "urn:waybill:problem:";

    /** Cuts and escapes the detail. */
    public ProblemDocument {
        detail = Printable.of(detail);
    }

    /** The document's bytes. */
    public static byte[] encode(Problem problem, String detail) {
        ObjectNode document = JSON.createObjectNode();
        document.put("type", problem.urn());
        document.put("title", problem.code().replace('-', ' '));
        document.put("status", problem.status());
        document.put("detail", Printable.of(detail));
        try {
            return JSON.writeValueAsBytes(document);
        } catch (JacksonException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what a hop answered; a document that is none gives its bytes as the detail and no problem. */
    public static ProblemDocument decode(byte[] bytes) {
        try {
            if (bytes.length <= MAX_LENGTH
                    && JSON.readTree(bytes) instanceof ObjectNode document
                    && document.path("type").isTextual()) {
                String type = document.path("type").textValue();
                return new ProblemDocument(
                        catalogued(type), document.path("detail").asText(type));
            }
        } catch (IOException e) {
            // Not JSON: what it says is shown as it is.
        }
        return new ProblemDocument(Optional.empty(), Printable.of(bytes));
    }

    private static Optional<Problem> catalogued(String type) {
        if (!type.startsWith(URN)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Problem.ofCode(type.substring(URN.length())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
