package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopLimits;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestUpdates;
import waybill.hop.UpdateService;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;

/** What each call of section 10.4 answers, byte by byte. */
@Timeout(60)
class UpdateCallsTest {
    private static final String FILE = "/inbox/files/av/main.cvd";

    private final TestUpdates updates = new TestUpdates();
    private final Sha256 digest = updates.publish("av/main.cvd", "0123456789".getBytes(StandardCharsets.US_ASCII));
    private final String tag = "\"" + digest + "\"";

    private String ask(String method, String path, String more) throws IOException {
        try (HopServer server = Servers.giving(updates, Servers.tight());
                Raw raw = new Raw(server.address())) {
            String answer = raw.send(
                            method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n")
                    .rest();
            await().until(() -> updates.open.get() == 0);
            return answer;
        }
    }

    private String get(String path, String more) throws IOException {
        return ask("GET", path, more);
    }

    private String content() {
        return "/inbox/content/" + digest;
    }

    @Test
    void catalogueAndReleaseAreGivenAsCmsAndKeptByNoCache() throws IOException {
        assertThat(get("/inbox/catalogue", ""))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Type: application/cms\r\n", "\r\nCache-Control: no-store\r\n")
                .endsWith("\r\n\r\nthe catalogue");
        assertThat(get("/inbox/releases/av/main.cvd", ""))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Type: application/cms\r\n", "\r\nCache-Control: no-store\r\n")
                .endsWith("\r\n\r\nthe release of av/main.cvd");
        assertThat(ask("HEAD", "/inbox/catalogue", ""))
                .contains("\r\nContent-Length: 13\r\n")
                .endsWith("\r\n\r\n");
    }

    @Test
    void contentIsGivenByItsDigestAndMayBeKeptForEver() throws IOException {
        assertThat(get(content(), ""))
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "\r\nContent-Type: application/octet-stream\r\n",
                        "\r\nContent-Length: 10\r\n",
                        "\r\nETag: " + tag + "\r\n",
                        "\r\nAccept-Ranges: bytes\r\n",
                        "\r\nCache-Control: public, max-age=31536000, immutable\r\n")
                .doesNotContain("no-store")
                .endsWith("\r\n\r\n0123456789");
    }

    @Test
    void aCopyOfAnOriginIsGivenAsItIsAndNeverByAPathThatLeadsElsewhere() throws IOException {
        java.util.List<String> asked = new java.util.ArrayList<>();
        TestUpdates copying = new TestUpdates() {
            @Override
            public waybill.hop.GivenFile copy(Sha256 origin, waybill.protocol.OriginPath path, String agent)
                    throws waybill.protocol.ProblemException, IOException, InterruptedException {
                asked.add(origin + " " + path + " " + agent);
                return new waybill.hop.GivenFile(
                        content(publish("x", new byte[] {'x'})),
                        java.util.Optional.of("\"u\""),
                        java.util.Optional.empty(),
                        "a/b");
            }
        };
        try (HopServer server = Servers.giving(copying, Servers.tight())) {
            assertThat(ask(server, "/inbox/origins/" + digest + "/pool/g++_1:2.deb"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\r\nETag: \"u\"\r\n", "\r\nContent-Type: a/b\r\n", "\r\nCache-Control: no-cache\r\n")
                    .endsWith("\r\n\r\nx");
            assertThat(asked).containsExactly(digest + " pool/g++_1:2.deb apt");
            for (String path : java.util.List.of(
                    "/inbox/origins/" + digest,
                    "/inbox/origins/" + digest + "/",
                    "/inbox/origins/" + digest + "/../a",
                    "/inbox/origins/" + digest + "/a/./b",
                    "/inbox/origins/" + digest + "//a",
                    "/inbox/origins/" + digest + "/a%2fb",
                    "/inbox/origins/" + digest + "/%2e%2e/b",
                    "/inbox/origins/abc/a",
                    "/inbox/origins/http://192.0.2.1/a",
                    "/in+box/origins/" + digest + "/a")) {
                assertThat(ask(server, path)).as(path).startsWith("HTTP/1.1 404 ");
            }
            assertThat(asked).hasSize(1);
        }
    }

    private static String ask(HopServer server, String path) throws IOException {
        try (Raw raw = new Raw(server.address())) {
            return raw.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nUser-Agent: apt\r\nConnection: close\r\n\r\n")
                    .rest();
        }
    }

    @Test
    void aFileIsGivenByItsNameAndAskedForAgain() throws IOException {
        assertThat(get(FILE, ""))
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "\r\nETag: " + tag + "\r\n",
                        "\r\nLast-Modified: Sun, 01 Nov 2026 08:49:37 GMT\r\n",
                        "\r\nCache-Control: no-cache\r\n",
                        "\r\nX-Content-Type-Options: nosniff\r\n")
                .endsWith("\r\n\r\n0123456789");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/inbox/content/", FILE})
    void aHeadSaysAllButTheBody(String path) throws IOException {
        String whole = path.endsWith("/") ? path + digest : path;
        assertThat(ask("HEAD", whole, "Range: bytes=0-1\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Length: 10\r\n", "\r\nETag: " + tag + "\r\n")
                .endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, bytes 0-0/10, 0",
        "bytes=2-4, bytes 2-4/10, 234",
        "bytes=7-, bytes 7-9/10, 789",
        "bytes=7-99, bytes 7-9/10, 789",
        "bytes=-3, bytes 7-9/10, 789",
        "bytes=0-9, bytes 0-9/10, 0123456789"
    })
    void aRangeIsAPart(String range, String said, String body) throws IOException {
        for (String path : new String[] {content(), FILE}) {
            assertThat(get(path, "Range: " + range + "\r\n"))
                    .startsWith("HTTP/1.1 206 ")
                    .contains(
                            "\r\nContent-Range: " + said + "\r\n",
                            "\r\nContent-Length: " + body.length() + "\r\n",
                            "\r\nETag: " + tag + "\r\n")
                    .endsWith("\r\n\r\n" + body);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0"})
    void aRangeBehindTheEndIsAProblemWithTheSize(String range) throws IOException {
        assertThat(get(content(), "Range: " + range + "\r\n"))
                .startsWith("HTTP/1.1 416 ")
                .contains("\r\nContent-Range: bytes */10\r\n", "urn:waybill:problem:range-not-satisfiable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-1,4-5", "bytes=5-4", "lines=1-2", "bytes=x", "bytes=-10", "bytes=-11"})
    void severalRangesAndSuchAsCannotBeReadAreTheWhole(String range) throws IOException {
        assertThat(get(content(), "Range: " + range + "\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\n0123456789");
    }

    @Test
    void nothingHasNoPartAndIsAWhole() throws IOException {
        Sha256 nothing = updates.publish("empty", new byte[0]);
        assertThat(get("/inbox/content/" + nothing, ""))
                .startsWith("HTTP/1.1 200 ")
                .contains("Content-Length: 0\r\n");
        assertThat(get("/inbox/files/empty", "Range: bytes=0-\r\n")).startsWith("HTTP/1.1 416 ");
        assertThat(get("/inbox/files/empty", "Range: bytes=-1\r\n")).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "If-None-Match: TAG",
                "If-None-Match: W/TAG",
                "If-None-Match: \"x\", TAG",
                "If-None-Match: \"x\"\r\nIf-None-Match: TAG",
                "If-None-Match: *",
                "If-None-Match: TAG\r\nIf-Modified-Since: Sun, 01 Nov 1970 08:49:37 GMT",
                "If-None-Match: TAG\r\nRange: bytes=99-",
                "If-Modified-Since: Sun, 01 Nov 2026 08:49:37 GMT"
            })
    void whoHasItHearsThatItHasNotChanged(String condition) throws IOException {
        for (String method : new String[] {"GET", "HEAD"}) {
            assertThat(ask(method, FILE, condition.replace("TAG", tag) + "\r\n"))
                    .startsWith("HTTP/1.1 304 ")
                    .contains("\r\nETag: " + tag + "\r\n", "\r\nCache-Control: no-cache\r\n")
                    .endsWith("\r\n\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "If-None-Match: \"x\"",
                "If-None-Match: nonsense",
                "If-None-Match: ",
                "If-None-Match: \"x\"\r\nIf-Modified-Since: Mon, 02 Nov 2026 00:00:00 GMT",
                "If-Modified-Since: Sun, 01 Nov 2026 08:49:36 GMT",
                "If-Modified-Since: yesterday",
                "If-Modified-Since: 2026-11-02T00:00:00Z"
            })
    void whoHasAnotherGetsIt(String condition) throws IOException {
        assertThat(get(FILE, condition + "\r\n")).startsWith("HTTP/1.1 200 ").endsWith("0123456789");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TAG | 206",
                "W/TAG | 200",
                "\"x\" | 200",
                "Sun, 01 Nov 2026 08:49:37 GMT | 206",
                "Sun, 01 Nov 2026 08:49:38 GMT | 200",
                "nonsense | 200"
            })
    void whoHasAPartOfOtherBytesGetsTheWhole(String condition, int status) throws IOException {
        String answer =
                get(FILE, "Range: bytes=8-\r\nIf-Range: " + condition.strip().replace("TAG", tag) + "\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").endsWith(status == 206 ? "\r\n\r\n89" : "0123456789");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/inbox/content/0000000000000000000000000000000000000000000000000000000000000000",
                "/inbox/content/x",
                "/inbox/content/",
                "/inbox/content",
                "/inbox/files/none",
                "/inbox/files/",
                "/inbox/files/../catalogue",
                "/inbox/files/av/./main.cvd",
                "/inbox/files//av/main.cvd",
                "/inbox/files/av/main.cvd/",
                "/inbox/files/av%2fmain.cvd",
                "/inbox/files/%2e%2e/etc/passwd",
                "/inbox/files/av\\main.cvd",
                "/inbox/releases/none",
                "/inbox/releases/../catalogue",
                "/inbox/catalogue/",
                "/inbox/x/catalogue",
                "/catalogue",
                "/files/av/main.cvd"
            })
    void anythingElseIsNotFound(String path) throws IOException {
        assertThat(get(path, "")).matches("(?s)HTTP/1.1 40[04] .*");
    }

    @Test
    void aSegmentOfANameMayLookLikeACall() throws IOException {
        for (String name :
                new String[] {"files/x", "releases/x", "catalogue", "profile", "releases/files/releases/x"}) {
            updates.publish(name, name.getBytes(StandardCharsets.US_ASCII));
            assertThat(get("/inbox/files/" + name, "")).endsWith("\r\n\r\n" + name);
            assertThat(get("/inbox/releases/" + name, "")).endsWith("\r\n\r\nthe release of " + name);
        }
        assertThat(get("/inbox/profile", "")).endsWith("\r\n\r\nthe profile");
    }

    @Test
    void nothingCanBePutThere() throws IOException {
        for (String path : new String[] {content(), FILE, "/inbox/catalogue", "/inbox/releases/av/main.cvd"}) {
            for (String method : new String[] {"PUT", "POST", "DELETE", "PATCH"}) {
                assertThat(ask(method, path, "Content-Length: 0\r\n"))
                        .startsWith("HTTP/1.1 405 ")
                        .contains("\r\nAllow: GET, HEAD\r\n");
            }
        }
    }

    @Test
    void whoMeansAnotherBackendHearsSo() throws IOException {
        for (String path : new String[] {content(), FILE, "/inbox/catalogue", "/inbox/releases/av/main.cvd"}) {
            assertThat(get(path, "Waybill-Backend: https://backend.example/outbox\r\n"))
                    .startsWith("HTTP/1.1 404 ");
            assertThat(get(path, "Waybill-Backend: https://backend.example/inbox\r\n"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aConnectionGoesOnAfterAPart() throws IOException {
        try (HopServer server = Servers.giving(updates, HopLimits.DEFAULT);
                Raw raw = new Raw(server.address())) {
            for (int i = 0; i < 3; i++) {
                raw.send("GET " + content() + " HTTP/1.1\r\nHost: x\r\nRange: bytes=2-4\r\n\r\n");
                assertThat(raw.head()).startsWith("HTTP/1.1 206 ");
                assertThat(raw.until("4")).isEqualTo("234");
            }
        }
    }

    @Test
    void aSourceThatEndsEarlyBreaksTheConnection() throws IOException {
        TestUpdates failing = new TestUpdates() {
            @Override
            public Content content(Sha256 wanted) {
                return new Memory(100_000) {
                    @Override
                    public InputStream open(long from, long length) {
                        return InputStream.nullInputStream();
                    }
                };
            }
        };
        try (HopServer server = Servers.giving(failing, HopLimits.DEFAULT);
                Raw raw = new Raw(server.address())) {
            // Not a byte of the answer, or an answer without its body: never one that looks whole.
            assertThat(raw.send("GET " + content() + " HTTP/1.1\r\nHost: x\r\n\r\n")
                            .rest())
                    .doesNotContain("\r\n\r\n0");
            await().until(() -> failing.open.get() == 0);
        }
    }

    @Test
    void whatIsArrivingIsGivenAsItArrives() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        UpdateService arriving = new TestUpdates() {
            @Override
            public Content content(Sha256 wanted) {
                return new Memory(2) {
                    @Override
                    public InputStream open(long from, long length) {
                        return new InputStream() {
                            private int given;

                            @Override
                            public int read() {
                                throw new UnsupportedOperationException();
                            }

                            @Override
                            public int read(byte[] into, int offset, int length) throws IOException {
                                try {
                                    if (given == 1) {
                                        second.await();
                                    }
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                                into[offset] = (byte) ('a' + given++);
                                return 1;
                            }
                        };
                    }
                };
            }
        };
        try (HopServer server = Servers.giving(arriving, HopLimits.DEFAULT);
                Raw raw = new Raw(server.address())) {
            raw.send("GET " + content() + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(raw.head()).startsWith("HTTP/1.1 200 ");
            assertThat(raw.until("a")).isEqualTo("a");
            second.countDown();
            assertThat(raw.until("b")).isEqualTo("b");
        }
    }

    @Test
    void aNameThatIsNoneIsNoReading() {
        assertThat(UpdateCall.readings("/inbox/releases/releases/x"))
                .containsExactly(
                        new UpdateCall.Release("/inbox", new FileName("releases/x")),
                        new UpdateCall.Release("/inbox/releases", new FileName("x")));
        assertThat(UpdateCall.readings("/files/files/x"))
                .containsExactly(new UpdateCall.Named("", new FileName("files/x")));
        assertThat(UpdateCall.readings("/catalogue")).containsExactly(new UpdateCall.Catalogue(""));
        assertThat(UpdateCall.readings("/inbox/files/" + "x".repeat(201))).isEmpty();
        assertThat(UpdateCall.readings("/")).isEmpty();
        assertThat(UpdateCall.readings("")).isEmpty();
    }
}
