package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.GivenFile;
import waybill.hop.OriginClient;
import waybill.hop.Validators;

/** Whatever an origin does, the call ends, and nothing of it leads anywhere else. */
@Timeout(60)
class HostileOriginTest {
    private final HttpHopClient client = HttpHopClient.create(new ClientSettings(
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            1 << 20,
            Duration.ofMillis(200),
            Long.MAX_VALUE,
            Duration.ofMillis(1)));
    private final List<OriginClient.Head> heads = new ArrayList<>();
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();
    private final OriginClient.Sink sink = new OriginClient.Sink() {
        @Override
        public void begin(OriginClient.Head head) {
            heads.add(head);
        }

        @Override
        public void take(byte[] bytes, int offset, int length) {
            got.write(bytes, offset, length);
        }
    };

    @AfterEach
    void close() {
        client.close();
    }

    private OriginClient.Answer ask(String answer) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(answer)) {
            return ask(server);
        }
    }

    private OriginClient.Answer ask(ScriptedServer server) throws IOException {
        return client.copy(
                server.peer(),
                "/pool/a%2b.deb",
                new Validators(Optional.of("\"t\""), Optional.of("Sun, 01 Nov 2026 08:49:37 GMT")),
                "apt/1",
                sink,
                Duration.ofSeconds(20));
    }

    @Test
    void itIsAskedInTheClientsNameAndWithWhatIsKnown() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"u\"\r\nContent-Type: a/b; c=d\r\n\r\nabc")) {
            assertThat(ask(server)).isEqualTo(new OriginClient.Answer.Whole());
            assertThat(server.heads.getFirst())
                    .startsWith("GET /inbox/pool/a%2b.deb HTTP/1.1\r\n")
                    .contains(
                            "\r\nUser-Agent: apt/1\r\n",
                            "\r\nIf-None-Match: \"t\"\r\n",
                            "\r\nIf-Modified-Since: Sun, 01 Nov 2026 08:49:37 GMT\r\n");
        }
        assertThat(got).hasToString("abc");
        assertThat(heads)
                .containsExactly(
                        new OriginClient.Head(3, new Validators(Optional.of("\"u\""), Optional.empty()), "a/b"));
    }

    @Test
    void whatDidNotChangeDoesNotCome() throws IOException {
        assertThat(ask("HTTP/1.1 304 Not Modified\r\nETag: \"t\"\r\n\r\n"))
                .isEqualTo(new OriginClient.Answer.Unchanged());
        assertThat(heads).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
                "nonsense\r\n\r\n"
            })
    void whatIsOfNoUseIsNotTaken(String answer) throws IOException {
        assertThat(ask(answer)).isInstanceOf(OriginClient.Answer.Nonsense.class);
        assertThat(heads).isEmpty();
        assertThat(got.size()).isZero();
    }

    @Test
    void anErrorIsSaidAsItIs() throws IOException {
        OriginClient.Answer answer =
                ask("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nno!");
        assertThat(answer).isInstanceOfSatisfying(OriginClient.Answer.Failed.class, failed -> {
            assertThat(failed.failure().status()).isEqualTo(429);
            assertThat(failed.failure().retryAfter()).contains(Duration.ofSeconds(7));
        });
    }

    @Test
    void whatItSaysOfTheBytesIsCheckedBeforeItIsRepeated() throws IOException {
        assertThat(ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"" + "x".repeat(300)
                        + "\"\r\nLast-Modified: today\r\nContent-Type: <b>\r\n\r\n"))
                .isEqualTo(new OriginClient.Answer.Whole());
        assertThat(heads).containsExactly(new OriginClient.Head(0, Validators.NONE, GivenFile.BYTES));
    }

    @Test
    void oneThatEndsEarlyOrStallsIsABrokenWay() {
        assertThatThrownBy(() -> ask("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))
                .isInstanceOf(IOException.class);
        assertThat(heads).as("and it is not asked twice").hasSize(1);
    }
}
