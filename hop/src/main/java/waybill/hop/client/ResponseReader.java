package waybill.hop.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads answers of HTTP/1.1 (RFC 9112) from a peer who may send anything: strict, and bounded in lines, fields, interim
 * answers and bytes. Time is bounded from outside, by closing the socket. Not safe for use by several threads.
 */
final class ResponseReader {
    /** The most bytes of all the heads of one answer, interim ones included. */
    static final int MAX_HEADS = 32 * 1024;

    /** The most fields of one head. */
    static final int MAX_FIELDS = 100;

    /** The most interim answers (1xx) before the final one. */
    static final int MAX_INTERIM = 8;

    private static final int MAX_CHUNK_LINE = 256;
    private static final int MAX_TRAILER = 4096;
    private static final int DOWNLOAD_BUFFER = 64 * 1024;

    private final InputStream in;

    /** @param in buffered where more than a head is read: heads are read byte by byte, and not a byte too many */
    ResponseReader(InputStream in) {
        this.in = in;
    }

    /** How many bytes of a body are read, by what the answer is. */
    @FunctionalInterface
    interface Limit {
        /** The most bytes. */
        int of(int status);
    }

    /**
     * Reads the final answer.
     *
     * @param goAhead called for each {@code 100 Continue}
     * @throws NonsenseException if it is no answer of HTTP/1.1
     * @throws EOFException if the connection ends before the answer does
     */
    Response read(Limit limit, Runnable goAhead) throws IOException {
        return last(head(goAhead), limit);
    }

    /**
     * Reads the final answer to a download. The body of one that says 2xx goes to its taker, piece by piece; of any other
     * as much is read as the limit says.
     *
     * @throws NonsenseException if it is no answer of HTTP/1.1, or none that the taker waits for; it has had nothing then
     * @throws EOFException if the connection ends before the answer does
     */
    Response download(Limit limit, Taker taker) throws IOException {
        Head head = head(() -> {});
        if (head.status() >= 300) {
            return last(head, limit);
        }
        List<String> lengths = head.headers().getOrDefault("content-length", List.of());
        if (lengths.isEmpty() || head.headers().containsKey("transfer-encoding")) {
            throw new NonsenseException("content without its length");
        }
        Response response = new Response(head.status(), head.headers(), new byte[0], true, head.keeps());
        long left = length(lengths);
        taker.expect(response, left);
        byte[] buffer = new byte[Math.clamp(left, 1, DOWNLOAD_BUFFER)];
        while (left > 0) {
            int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count < 0) {
                throw new EOFException("the content ended early");
            }
            left -= count;
            taker.take(buffer, count);
        }
        return response;
    }

    /** Who takes the body of a download. */
    interface Taker {
        /**
         * Looks at the head of an answer, before the body is read.
         *
         * @throws NonsenseException if it is not what was asked for
         */
        void expect(Response head, long length) throws IOException;

        /** So many bytes from the beginning of the buffer. */
        void take(byte[] buffer, int count) throws IOException;
    }

    /**
     * Reads the final answer's head and not a byte of what follows it, as after CONNECT: there everything else is the
     * tunnel's, whatever lengths are said (RFC 9110, section 9.3.6).
     *
     * @throws NonsenseException if it is no answer of HTTP/1.1
     * @throws EOFException if the connection ends before the head does
     */
    Response head() throws IOException {
        Head head = head(() -> {});
        return new Response(head.status(), head.headers(), new byte[0], false, false);
    }

    private record Head(int status, Map<String, List<String>> headers, boolean keeps) {}

    private Head head(Runnable goAhead) throws IOException {
        Budget budget = new Budget(MAX_HEADS);
        for (int interim = 0; interim <= MAX_INTERIM; interim++) {
            String line = line(budget);
            int status = status(line);
            Map<String, List<String>> headers = headers(budget);
            if (status >= 200) {
                return new Head(
                        status, headers, line.startsWith("HTTP/1.1 ") && !lists(headers, "connection", "close"));
            }
            if (status == 101) {
                throw new NonsenseException("the peer switches protocols");
            }
            if (status == 100) {
                goAhead.run();
            }
        }
        throw new NonsenseException("more than " + MAX_INTERIM + " interim answers");
    }

    private Response last(Head head, Limit limit) throws IOException {
        int status = head.status();
        Map<String, List<String>> headers = head.headers();
        boolean keeps = head.keeps();
        int most = limit.of(status);
        List<String> codings = headers.getOrDefault("transfer-encoding", List.of());
        List<String> lengths = headers.getOrDefault("content-length", List.of());
        if (!codings.isEmpty() && !lengths.isEmpty()) {
            throw new NonsenseException("the answer has two lengths");
        }
        if (status == 204 || status == 304) {
            return new Response(status, headers, new byte[0], true, keeps);
        }
        if (!codings.isEmpty()) {
            if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
                throw new NonsenseException("a transfer coding that nobody asked for");
            }
            return chunked(status, headers, most, keeps);
        }
        if (!lengths.isEmpty()) {
            long length = length(lengths);
            byte[] body = in.readNBytes((int) Math.min(length, most));
            if (body.length < Math.min(length, most)) {
                throw new EOFException("the answer ended early");
            }
            boolean complete = length <= most;
            return new Response(status, headers, body, complete, keeps && complete);
        }
        byte[] body = in.readNBytes(most);
        return new Response(status, headers, body, body.length < most || in.read() < 0, false);
    }

    private Response chunked(int status, Map<String, List<String>> headers, int most, boolean keeps)
            throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        // Chunks of one byte each are legal, so the lines about them have a budget too.
        Budget lines = new Budget(MAX_CHUNK_LINE + 16 * most);
        while (true) {
            long size = chunkSize(line(lines));
            if (size == 0) {
                Budget trailer = new Budget(MAX_TRAILER);
                while (!line(trailer).isEmpty()) {
                    // Trailers say nothing that we read.
                }
                return new Response(status, headers, body.toByteArray(), true, keeps);
            }
            int wanted = (int) Math.min(size, most - body.size());
            byte[] bytes = in.readNBytes(wanted);
            body.writeBytes(bytes);
            if (bytes.length < wanted) {
                throw new EOFException("the answer ended early");
            }
            if (wanted < size) {
                return new Response(status, headers, body.toByteArray(), false, false);
            }
            if (!line(lines).isEmpty()) {
                throw new NonsenseException("a chunk that does not end where it says");
            }
        }
    }

    private static long chunkSize(String line) throws NonsenseException {
        int semicolon = line.indexOf(';');
        String digits = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
        if (digits.isEmpty() || digits.length() > 15 || !digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw new NonsenseException("a chunk without a size");
        }
        return Long.parseLong(digits, 16);
    }

    private static long length(List<String> lengths) throws NonsenseException {
        String length = lengths.getFirst();
        if (lengths.stream().anyMatch(other -> !other.equals(length))
                || length.isEmpty()
                || length.length() > 18
                || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new NonsenseException("an answer whose length is no number");
        }
        return Long.parseLong(length);
    }

    private static int status(String line) throws NonsenseException {
        boolean known = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
        if (!known || line.length() < 12 || (line.length() > 12 && line.charAt(12) != ' ')) {
            throw new NonsenseException("not an answer of HTTP/1.1");
        }
        int status = 0;
        for (int i = 9; i < 12; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new NonsenseException("not an answer of HTTP/1.1");
            }
            status = status * 10 + digit;
        }
        if (status < 100 || status > 599) {
            throw new NonsenseException("a status that HTTP does not have");
        }
        return status;
    }

    private Map<String, List<String>> headers(Budget budget) throws IOException {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (int fields = 0; ; fields++) {
            String line = line(budget);
            if (line.isEmpty()) {
                return headers;
            }
            if (fields == MAX_FIELDS) {
                throw new NonsenseException("more than " + MAX_FIELDS + " header fields");
            }
            int colon = line.indexOf(':');
            if (colon < 1 || !line.substring(0, colon).chars().allMatch(ResponseReader::isTokenChar)) {
                throw new NonsenseException("a header field without a name");
            }
            String value = line.substring(colon + 1).strip();
            if (value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f)) {
                throw new NonsenseException("a header field with control characters");
            }
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>(1))
                    .add(value);
        }
    }

    private static boolean lists(Map<String, List<String>> headers, String name, String token) {
        return headers.getOrDefault(name, List.of()).stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .anyMatch(one -> one.strip().equalsIgnoreCase(token));
    }

    private static boolean isTokenChar(int c) {
        return (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    /** A line without its end, as ISO 8859-1; a lone line feed ends one too (RFC 9112, section 2.2). */
    private String line(Budget budget) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the connection ended within an answer");
            }
            budget.spend();
            if (c == '\n') {
                byte[] bytes = line.toByteArray();
                int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
                return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            }
            line.write(c);
        }
    }

    /** So many bytes and no more. */
    private static final class Budget {
        private int left;

        Budget(int bytes) {
            this.left = bytes;
        }

        void spend() throws NonsenseException {
            if (left-- <= 0) {
                throw new NonsenseException("more header than we read");
            }
        }
    }
}
