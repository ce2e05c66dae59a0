package waybill.hop.server;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/** The head of a request, as it came: nothing of it is decoded. */
record Incoming(ServerRequest request) {
    private static final int MAX_AGENT = 200;

    String method() {
        return request.prologue().method().text();
    }

    boolean isHead() {
        return method().equals("HEAD");
    }

    /** The raw path. */
    String path() {
        return request.prologue().uriPath().rawPath();
    }

    /** The raw query; empty where there is none. */
    String query() {
        return request.prologue().query().rawValue();
    }

    /** Every value of a field. */
    List<String> values(String name) {
        ServerRequestHeaders headers = request.headers();
        HeaderName header = HeaderNames.create(name);
        return headers.contains(header) ? headers.get(header).allValues() : List.of();
    }

    /** What a client calls itself; empty where that could not stand in a head of ours. */
    String agent() {
        List<String> values = values(HeaderNames.USER_AGENT_NAME);
        String agent = values.size() == 1 ? values.getFirst().strip() : "";
        return agent.length() <= MAX_AGENT && agent.chars().allMatch(c -> c >= ' ' && c <= '~') ? agent : "";
    }

    boolean asksToClose() {
        return values(HeaderNames.CONNECTION_NAME).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .anyMatch(option -> option.strip().equalsIgnoreCase("close"));
    }

    boolean hasBody() {
        return !values(HeaderNames.TRANSFER_ENCODING_NAME).isEmpty()
                || values(HeaderNames.CONTENT_LENGTH_NAME).stream().anyMatch(length -> !length.equals("0"));
    }

    /** The declared bytes of the body; empty if they are not declared. */
    OptionalLong contentLength() {
        List<String> lengths = values(HeaderNames.CONTENT_LENGTH_NAME);
        if (!lengths.isEmpty()) {
            return OptionalLong.of(Long.parseLong(lengths.getFirst()));
        }
        return values(HeaderNames.TRANSFER_ENCODING_NAME).isEmpty() ? OptionalLong.of(0) : OptionalLong.empty();
    }

    /**
     * Whether it can be answered at all.
     *
     * @param maxHeader bytes of the head
     */
    void check(int maxHeader) throws ProblemException {
        checkSize(maxHeader);
        checkFraming();
    }

    /** A head that came in one read is complete before the guard can stop it. */
    private void checkSize(int maxHeader) throws ProblemException {
        int size = 0;
        for (Header header : request.headers()) {
            for (String value : header.allValues()) {
                size += header.name().length() + value.length() + ": \r\n".length();
            }
        }
        if (size > maxHeader) {
            throw new ProblemException(Problem.HEADERS_TOO_LARGE, "a head has at most " + maxHeader + " bytes");
        }
    }

    /** A request whose end two hops could see in two places is refused (RFC 9112, section 6.3). */
    private void checkFraming() throws ProblemException {
        List<String> codings = values(HeaderNames.TRANSFER_ENCODING_NAME);
        List<String> lengths = values(HeaderNames.CONTENT_LENGTH_NAME);
        if (lengths.size() > 1 || (!codings.isEmpty() && !lengths.isEmpty())) {
            throw badRequest("the body has two lengths");
        }
        if (!codings.isEmpty() && !codings.equals(List.of("chunked"))) {
            throw badRequest("the only transfer coding is chunked");
        }
        if (!lengths.isEmpty() && !lengths.getFirst().chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw badRequest("the length is not a number");
        }
    }

    static ProblemException badRequest(String detail) {
        return new ProblemException(Problem.BAD_REQUEST, detail);
    }
}
