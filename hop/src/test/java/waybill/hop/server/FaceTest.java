package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.FaceService;
import waybill.hop.GivenFile;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestUpdates;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/** What clients that know nothing of this protocol are answered. */
@Timeout(60)
class FaceTest {
    private final TestUpdates updates = new TestUpdates();
    private final Sha256 digest = updates.publish("a", "0123456789".getBytes(StandardCharsets.US_ASCII));
    private final AtomicReference<String> asked = new AtomicReference<>("");
    private FaceService face = (path, agent) -> {
        asked.set(path + "|" + agent);
        return new GivenFile(
                updates.content(digest), Optional.of("\"t\""), Optional.of(TestUpdates.PUBLISHED), "text/plain");
    };

    private String ask(String method, String path, String more) throws IOException {
        try (HopServer server = HopServer.face(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Servers.tight(),
                        (one, agent) -> face.file(one, agent));
                Raw raw = new Raw(server.address())) {
            String answer = raw.send(
                            method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n")
                    .rest();
            await().until(() -> updates.open.get() == 0);
            return answer;
        }
    }

    @Test
    void aFileIsGivenWithWhatItIsKnownAgainBy() throws IOException {
        assertThat(ask("GET", "/rules/a.hdb", "User-Agent: ClamAV/1.4\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "\r\nContent-Type: text/plain\r\n",
                        "\r\nContent-Length: 10\r\n",
                        "\r\nETag: \"t\"\r\n",
                        "\r\nLast-Modified: Sun, 01 Nov 2026 08:49:37 GMT\r\n",
                        "\r\nAccept-Ranges: bytes\r\n")
                .endsWith("\r\n\r\n0123456789");
        assertThat(asked).hasValue("rules/a.hdb|ClamAV/1.4");
        assertThat(ask("HEAD", "/a", "")).contains("\r\nContent-Length: 10\r\n").endsWith("\r\n\r\n");
        assertThat(ask("GET", "/a", "Range: bytes=2-4\r\n"))
                .startsWith("HTTP/1.1 206 ")
                .contains("\r\nContent-Range: bytes 2-4/10\r\n")
                .endsWith("\r\n\r\n234");
        assertThat(ask("GET", "/a", "If-None-Match: \"t\"\r\n")).startsWith("HTTP/1.1 304 ");
        assertThat(ask("GET", "/a", "If-Modified-Since: Sun, 01 Nov 2026 08:49:37 GMT\r\n"))
                .startsWith("HTTP/1.1 304 ");
        assertThat(ask("GET", "/a", "If-Modified-Since: Sun, 01 Nov 2026 08:49:36 GMT\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aFileWithoutATagIsKnownByItsTimeAlone() throws IOException {
        face = (_, _) -> new GivenFile(
                updates.content(digest), Optional.empty(), Optional.of(TestUpdates.PUBLISHED), GivenFile.BYTES);
        assertThat(ask("GET", "/a", "If-None-Match: \"t\"\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .doesNotContain("ETag");
        assertThat(ask("GET", "/a", "Range: bytes=2-4\r\nIf-Range: \"t\"\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(ask("GET", "/a", "Range: bytes=2-4\r\nIf-Range: Sun, 01 Nov 2026 08:49:37 GMT\r\n"))
                .startsWith("HTTP/1.1 206 ");
    }

    @ParameterizedTest
    @CsvSource({
        "/pool/g%2b%2b_1.0%7ea_all.deb, pool/g++_1.0~a_all.deb",
        "/a%3A1+b, a:1+b",
        "/%61, a",
    })
    void whatClientsEncodeOfANameIsDecoded(String path, String name) throws IOException {
        assertThat(ask("GET", path, "")).startsWith("HTTP/1.1 200 ");
        assertThat(asked).hasValue(name + "|");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "//a",
                "/a//b",
                "/a/",
                "/.",
                "/..",
                "/a/../b",
                "/a/./b",
                "/%2e%2e/a",
                "/a/%2E",
                "/a%2fb",
                "/a%2Fb",
                "/a%00",
                "/a%0d%0aX: y",
                "/a%25",
                "/a%252e",
                "/a;b",
                "/a%5cb",
                "/a%ff",
                "/a%20b"
            })
    void whatWouldLeadElsewhereIsNoPath(String path) throws IOException {
        assertThat(ask("GET", path, "")).matches("(?s)HTTP/1\\.1 (404|400) .*");
        assertThat(asked).hasValue("");
    }

    @Test
    void aQueryIsRefused() throws IOException {
        assertThat(ask("GET", "/a?b=c", "")).startsWith("HTTP/1.1 400 ");
        assertThat(asked).hasValue("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "POST", "DELETE", "PATCH", "OPTIONS"})
    void thereIsNothingButReading(String method) throws IOException {
        assertThat(ask(method, "/a", "Content-Length: 0\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("\r\nAllow: GET, HEAD\r\n");
        assertThat(asked).hasValue("");
    }

    @Test
    void anAgentThatCouldNotStandInAHeadIsLeftOut() throws IOException {
        ask("GET", "/a", "User-Agent: " + "x".repeat(201) + "\r\n");
        assertThat(asked).hasValue("a|");
        ask("GET", "/a", "User-Agent: a\r\nUser-Agent: b\r\n");
        assertThat(asked).hasValue("a|");
    }

    @Test
    void whoCannotBeServedNowHearsWhenToComeBack() throws IOException {
        face = (_, _) -> {
            throw new ProblemException(Problem.BUSY, "nobody gives it", Optional.of(Duration.ofSeconds(7)));
        };
        assertThat(ask("GET", "/a", "")).startsWith("HTTP/1.1 503 ").contains("\r\nRetry-After: 7\r\n");
        face = (_, _) -> {
            throw new IOException("the disk");
        };
        assertThat(ask("GET", "/a", "")).startsWith("HTTP/1.1 500 ").contains("\r\nRetry-After: ");
    }
}
