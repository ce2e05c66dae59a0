package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Servers;
import waybill.protocol.FileName;
import waybill.protocol.Problem;

/** Whatever a giver of content does, the call ends, and the sink never gets more than was asked for, nor twice. */
@Timeout(60)
class HostileContentTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final HttpHopClient client = HttpHopClient.create(new ClientSettings(
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            1 << 20,
            Duration.ofMillis(200),
            Long.MAX_VALUE,
            Duration.ofMillis(1)));
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();
    private final ContentSink sink = got::write;

    @AfterEach
    void close() {
        client.close();
    }

    /** Asks for 10 bytes from the fifth on. */
    private ContentAnswer ask(ScriptedServer server) throws IOException {
        return client.content(server.peer(), Servers.DIGEST, 5, 10, sink, LIMIT);
    }

    private ContentAnswer askOne(String answer) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(answer)) {
            return ask(server);
        }
    }

    private static String part(String range, String more) {
        return "HTTP/1.1 206 Partial Content\r\nContent-Range: " + range + "\r\n" + more;
    }

    @Test
    void aRangeComesAsItWasAskedFor() throws IOException {
        try (ScriptedServer server =
                ScriptedServer.saying(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n0123456789"))) {
            assertThat(ask(server)).isEqualTo(new ContentAnswer.Whole(20));
            assertThat(got.toString(StandardCharsets.US_ASCII)).isEqualTo("0123456789");
            assertThat(server.heads.getFirst())
                    .startsWith("GET /inbox/content/" + Servers.DIGEST + " HTTP/1.1\r\n")
                    .contains("\r\nRange: bytes=5-14\r\n");
        }
    }

    @Test
    void theWholeComesFromOneWhoKnowsNoRanges() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")) {
            assertThat(client.content(server.peer(), Servers.DIGEST, 0, 3, sink, LIMIT))
                    .isEqualTo(new ContentAnswer.Whole(3));
            assertThat(got.toString(StandardCharsets.US_ASCII)).isEqualTo("abc");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bytes 5-14/14", // ends behind its own end
        "bytes 4-13/20",
        "bytes 5-15/20",
        "bytes 5-14/*",
        "bytes */20",
        "bytes 15-24/30",
        "lines 5-14/20",
        "''"
    })
    void anotherRangeIsNonsense(String range) throws IOException {
        assertThat(askOne(part(range, "Content-Length: 10\r\n\r\n0123456789")))
                .isInstanceOf(ContentAnswer.Nonsense.class);
        assertThat(got.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 9\r\n\r\n012345678",
                "Content-Length: 11\r\n\r\n01234567890",
                "Content-Length: 999999999999999999\r\n\r\n",
                "Content-Length: ten\r\n\r\n",
                "Content-Length: 10\r\nContent-Length: 11\r\n\r\n0123456789",
                "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
                "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
                "\r\n0123456789"
            })
    void anotherLengthOrNoneIsNonsense(String rest) throws IOException {
        assertThat(askOne(part("bytes 5-14/20", rest))).isInstanceOf(ContentAnswer.Nonsense.class);
        assertThat(got.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", // the whole, where a part was asked for
                "HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n",
                "HTTP/1.1 203 Other\r\nContent-Range: bytes 5-14/20\r\nContent-Length: 10\r\n\r\n0123456789",
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\n\r\n",
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\n\r\n0123456789",
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-14/20\r\nContent-Range: bytes 5-14/21\r\n"
                        + "Content-Length: 10\r\n\r\n0123456789",
                "HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x\r\n"
                        + "Content-Length: 10\r\n\r\n0123456789"
            })
    void whatIsNoAnswerOfThisInterfaceIsNonsense(String answer) throws IOException {
        assertThat(askOne(answer)).isInstanceOf(ContentAnswer.Nonsense.class);
        assertThat(got.size()).isZero();
    }

    @Test
    void aProblemIsReadAndTheSinkHasNothing() throws IOException {
        String body = "{\"type\":\"urn:waybill:problem:not-found\",\"detail\":\"no such content\"}";
        assertThat(askOne("HTTP/1.1 404 No\r\nContent-Type: application/problem+json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body))
                .isEqualTo(new ContentAnswer.Failed(new HopAnswer.Failed(
                        404, Optional.of(Problem.NOT_FOUND), Optional.empty(), "no such content")));
        assertThat(got.size()).isZero();
    }

    @Test
    void anEndlessBodyIsReadNoFurtherThanWasAskedFor() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n"));
            line.sayForEver("x");
        })) {
            assertThat(ask(server)).isEqualTo(new ContentAnswer.Whole(20));
            assertThat(got.size()).isEqualTo(10);
        }
    }

    @Test
    void aBodyThatEndsEarlyIsABrokenConnectionAndWhatCameWasGiven() throws IOException {
        try (ScriptedServer server =
                ScriptedServer.plain(line -> line.say(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n01234")))) {
            assertThatThrownBy(() -> ask(server)).isInstanceOf(IOException.class);
            assertThat(got.toString(StandardCharsets.US_ASCII)).isEqualTo("01234");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void noByteComesTwiceWhereAConnectionAtRestBreaks() throws IOException {
        int[] asked = {0};
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say("HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\nContent-Length: 3\r\n\r\ncms");
            line.head();
            asked[0]++;
            line.say(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n01234"));
        })) {
            assertThat(client.catalogue(server.peer())).isInstanceOf(HopAnswer.Cms.class);
            assertThatThrownBy(() -> ask(server)).isInstanceOf(IOException.class);
            assertThat(asked[0]).isEqualTo(1);
            assertThat(server.connections()).isEqualTo(1);
            assertThat(got.toString(StandardCharsets.US_ASCII)).isEqualTo("01234");
        }
    }

    @Test
    void aConnectionThatWentWhileItRestedIsOpenedAnew() throws IOException {
        boolean[] first = {true};
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            if (first[0]) {
                first[0] = false;
                line.say("HTTP/1.1 200 OK\r\nContent-Type: application/cms\r\nContent-Length: 3\r\n\r\ncms");
                line.head();
            } else {
                line.say(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n0123456789"));
            }
        })) {
            assertThat(client.release(server.peer(), new FileName("av/main.cvd")))
                    .isInstanceOf(HopAnswer.Cms.class);
            assertThat(server.heads.getFirst()).startsWith("GET /inbox/releases/av/main.cvd HTTP/1.1\r\n");
            assertThat(ask(server)).isEqualTo(new ContentAnswer.Whole(20));
            assertThat(got.toString(StandardCharsets.US_ASCII)).isEqualTo("0123456789");
        }
    }

    @Test
    void aDripThatNeverRestsEndsWhenTheTimeIsUp() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(part("bytes 0-999999/1000000", "Content-Length: 1000000\r\n\r\n"));
            line.drip("x");
        })) {
            assertThatThrownBy(() ->
                            client.content(server.peer(), Servers.DIGEST, 0, 1_000_000, sink, Duration.ofMillis(1500)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the time was up");
        }
    }

    @Test
    void aStallEndsAfterTheIdleTime() throws IOException {
        try (ScriptedServer server = ScriptedServer.plain(line -> {
            line.say(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n01234"));
            line.hang();
        })) {
            assertThatThrownBy(() -> ask(server))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the time was up");
        }
    }

    @Test
    void aSinkThatFailsIsToldFromAPeerThatDoes() throws IOException {
        try (ScriptedServer server =
                ScriptedServer.saying(part("bytes 5-14/20", "Content-Length: 10\r\n\r\n0123456789"))) {
            IOException full = new IOException("disk full");
            assertThatThrownBy(() -> client.content(
                            server.peer(),
                            Servers.DIGEST,
                            5,
                            10,
                            (bytes, offset, length) -> {
                                throw full;
                            },
                            LIMIT))
                    .isInstanceOfSatisfying(
                            HopClient.SinkException.class,
                            failed -> assertThat(failed.reason()).isSameAs(full));
        }
    }
}
