package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** What each call of section 3 answers, byte by byte. */
class ServerCallsTest {
    private static final String UPLOAD = "/inbox/" + Servers.ID;
    private static final String RECEIPT = UPLOAD + "/receipt?sha256=" + Servers.DIGEST;

    private static String ask(HopService service, String request) throws IOException {
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            return raw.send(request).rest();
        }
    }

    private static String call(String method, String path, String more) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n";
    }

    private static String put(String more) {
        return call("PUT", UPLOAD, more + "Content-Length: 5\r\n") + "hello";
    }

    @Test
    void anUploadIsAnsweredWithPromiseHopsAndTheWayToItsReceipt() throws IOException {
        String answer = ask(new TestService(), put("Waybill-Hops: 3\r\nWaybill-Contents: " + Servers.DIGEST + "\r\n"));
        assertThat(answer)
                .startsWith("HTTP/1.1 202 ")
                .contains("\r\nWaybill-Promise: interval=0, wait=0, backlog=0, rate=1000000, hops=1\r\n")
                .contains("\r\nWaybill-Hops: 3\r\n")
                .contains("\r\nLink: </inbox/" + Servers.ID + "/receipt?sha256="
                        + Sha256.of("hello".getBytes(StandardCharsets.US_ASCII)) + "&contents=" + Servers.DIGEST
                        + ">; rel=\"describedby\"\r\n")
                .contains("\r\nCache-Control: no-store\r\n")
                .contains("\r\nContent-Length: 0\r\n");
    }

    @Test
    void anUploadWhoseReceiptIsAtHandIsAnsweredWithIt() throws IOException {
        String answer = ask(
                new TestService() {
                    @Override
                    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
                        Sha256 digest = drain(arrival);
                        return new Answer.Done(DeliveryKey.of(arrival.id(), digest), new byte[] {'c', 'm', 's'});
                    }
                },
                put(""));
        assertThat(answer)
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Type: application/cms\r\n")
                .contains("rel=\"describedby\"")
                .endsWith("\r\n\r\ncms");
    }

    @Test
    void aReceiptIsGivenAsCms() throws IOException {
        TestService service = new TestService() {
            @Override
            public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold) {
                return new Collected.Outcome(new byte[] {'c', 'm', 's'});
            }
        };
        assertThat(ask(service, call("GET", RECEIPT, "Accept: text/html\r\n")))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Type: application/cms\r\n")
                .endsWith("\r\n\r\ncms");
        assertThat(ask(service, call("HEAD", RECEIPT, "")))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Length: 3\r\n")
                .endsWith("\r\n\r\n");
    }

    @Test
    void notYetComesWithATimeAndThePromise() throws IOException {
        TestService service = new TestService() {
            @Override
            public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold) {
                return new Collected.NotYet(Duration.ofMillis(6_100), PROMISE);
            }
        };
        assertThat(ask(service, call("GET", RECEIPT, "")))
                .startsWith("HTTP/1.1 202 ")
                .contains("\r\nRetry-After: 7\r\n")
                .contains("\r\nWaybill-Promise: interval=0, ");
    }

    @ParameterizedTest
    @CsvSource({"wait=1, 1000", "wait=900, 2000", "respond-async, 0", "'respond-async, wait=1', 1000", "wait=-1, 0"})
    void anAnswerIsHeldAsLongAsThePeerWishesAndTheServerAllows(String prefer, long held) throws IOException {
        List<Duration> holds = new CopyOnWriteArrayList<>();
        TestService service = new TestService() {
            @Override
            public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold) {
                holds.add(hold);
                return new Collected.NotYet(Duration.ZERO, PROMISE);
            }
        };
        ask(service, call("GET", RECEIPT, "Prefer: " + prefer + "\r\n"));
        assertThat(holds).containsExactly(Duration.ofMillis(held));
    }

    @Test
    void theProfileIsGivenAsCms() throws IOException {
        assertThat(ask(new TestService(), call("GET", "/inbox/profile", "")))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nContent-Type: application/cms\r\n")
                .endsWith("\r\n\r\nthe profile");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/inbox/",
                "//inbox/profile",
                "/inbox//profile",
                "/inbox/./profile",
                "/x/../inbox/profile",
                "/inbox/%70rofile",
                "/inbox/profile/",
                "/inbox/profile;a=b",
                "/other/profile",
                "/inbox/019A8C1E-0000-7000-8000-000000000001",
                "/inbox/019a8c1e-0000-4000-8000-000000000001",
                "/inbox/019a8c1e-0000-7000-8000-000000000001/receipt/x",
                "/profile",
                "/receipt"
            })
    void anyOtherPathIsNotThere(String path) throws IOException {
        assertThat(ask(new TestService(), call("GET", path, "")))
                .startsWith("HTTP/1.1 404 ")
                .contains("\r\nContent-Type: application/problem+json\r\n")
                .contains("\"type\":\"urn:waybill:problem:not-found\"");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /inbox/019a8c1e-0000-7000-8000-000000000001, PUT",
        "DELETE, /inbox/019a8c1e-0000-7000-8000-000000000001, PUT",
        "GET, /inbox, 'POST, OPTIONS'",
        "POST, /inbox/profile, 'GET, HEAD'",
        "PUT, /inbox/019a8c1e-0000-7000-8000-000000000001/receipt, 'GET, HEAD'",
        "BREW, /inbox/profile, 'GET, HEAD'"
    })
    void anyOtherMethodIsRefusedWithThoseThatThereAre(String method, String path, String allow) throws IOException {
        assertThat(ask(new TestService(), call(method, path, "Content-Length: 0\r\n")))
                .startsWith("HTTP/1.1 405 ")
                .contains("\r\nAllow: " + allow + "\r\n")
                .contains("\"type\":\"urn:waybill:problem:method-not-allowed\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Repr-Digest: sha-256=nonsense",
                "Repr-Digest: sha-256=:AAAA:",
                "Waybill-Contents: 12",
                "Waybill-Hops: -1",
                "Waybill-Hops: 1\r\nWaybill-Hops: 2",
                "Waybill-Recipient: AGE-SECRET-KEY-1",
                "Content-Length: 5",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: gzip"
            })
    void aHeaderThatCannotBeReadIsABadRequest(String header) throws IOException {
        TestService service = new TestService();
        assertThat(ask(service, put(header + "\r\n")))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"type\":\"urn:waybill:problem:bad-request\"");
        assertThat(service.seen).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?",
                "?sha256=12",
                "?sha256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
                "?sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855&contents=",
                "?sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                        + "&sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            })
    void aReceiptIsAskedForByItsDigest(String query) throws IOException {
        assertThat(ask(new TestService(), call("GET", UPLOAD + "/receipt" + query, "")))
                .startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "99999999999999999999", "0x10", "+5", "-5", "5 5", "\u0665"})
    void aLengthThatIsNoNumberOfBytesIsABadRequest(String length) throws IOException {
        TestService service = new TestService();
        assertThat(ask(service, call("PUT", UPLOAD, "Content-Length: " + length + "\r\n")))
                .startsWith("HTTP/1.1 400 ");
        assertThat(service.seen).isEmpty();
        assertThat(service.failures).isEmpty();
    }

    @Test
    void moreHopsThanAWayMayHaveAreRefused() throws IOException {
        TestService service = new TestService();
        assertThat(ask(service, put("Waybill-Hops: 5\r\n")))
                .startsWith("HTTP/1.1 508 ")
                .contains("urn:waybill:problem:too-many-hops");
        assertThat(service.seen).isEmpty();
    }

    @Test
    void aServicesProblemIsAnsweredAsItIsAndCannotStartALine() throws IOException {
        TestService service = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) throws ProblemException {
                throw new ProblemException(
                        Problem.STORE_FULL, "no\r\nSet-Cookie: a=b\r\n\r\n<b>", Optional.of(Duration.ofSeconds(30)));
            }
        };
        String answer = ask(service, put(""));
        assertThat(answer)
                .startsWith("HTTP/1.1 507 ")
                .contains("\r\nRetry-After: 30\r\n")
                .contains("\"detail\":\"no\\\\u000d\\\\u000aSet-Cookie: a=b");
        assertThat(answer).doesNotContain("\nSet-Cookie");
    }

    @Test
    void whatFailsInsideIsNotToldOutside() throws IOException {
        TestService service = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) {
                throw new IllegalStateException("the password is 12345");
            }

            @Override
            public byte[] profile() throws IOException {
                throw new IOException("/secret/place");
            }
        };
        assertThat(ask(service, put("")))
                .startsWith("HTTP/1.1 500 ")
                .contains("urn:waybill:problem:internal")
                .doesNotContain("12345", "IllegalState");
        assertThat(ask(service, call("GET", "/inbox/profile", "")))
                .startsWith("HTTP/1.1 500 ")
                .doesNotContain("secret");
    }

    @Test
    void oneConnectionServesSeveralCalls() throws IOException {
        TestService service = new TestService();
        try (HopServer server = Servers.plain(service, Servers.tight());
                Raw raw = new Raw(server.address())) {
            String put = "PUT " + UPLOAD + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
            assertThat(raw.send(put).head()).startsWith("HTTP/1.1 202 ");
            String chunked = "PUT " + UPLOAD
                    + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            assertThat(raw.send(chunked).head()).startsWith("HTTP/1.1 202 ");
            assertThat(raw.send(call("GET", "/inbox/profile", "")).rest()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(service.seen).hasSize(2);
    }

    @Test
    void aConnectionAskedToCloseIsClosedAtOnce() throws IOException {
        // Idle for 30 s before it is closed for that; the test's own patience ends after 10.
        try (HopServer server = Servers.plain(new TestService(), HopLimits.DEFAULT);
                Raw raw = new Raw(server.address())) {
            assertThat(raw.send(call("GET", "/inbox/profile", "")).rest()).endsWith("the profile");
        }
    }

    @Test
    void theRestOfARefusedBodyIsNeverReadAsARequest() throws IOException {
        TestService service = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) throws ProblemException {
                throw new ProblemException(Problem.BUSY, "not now");
            }
        };
        String inner = "GET /inbox/profile HTTP/1.1\r\nHost: x\r\n\r\n";
        String outer = "PUT " + UPLOAD + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + inner.length() + "\r\n\r\n";
        assertThat(ask(service, outer + inner))
                .startsWith("HTTP/1.1 503 ")
                .contains("\r\nConnection: close\r\n")
                .doesNotContain("the profile");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "GET /inbox/profile HTTP/1.1\r\n\r\n",
                "GET /inbox/profile HTTP/9.9\r\nHost: x\r\n\r\n",
                "GET /inbox/profile HTTP/1.1\r\nHost: x\r\nA\u0000B: c\r\n\r\n",
                "GET /inbox/profile HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"
            })
    void whatIsNoRequestIsRefusedAndTheServerGoesOn(String request) throws IOException {
        try (HopServer server = Servers.plain(new TestService(), Servers.tight())) {
            try (Raw raw = new Raw(server.address())) {
                String answer = raw.send(request).rest();
                assertThat(answer).doesNotContain(" 200 ").doesNotContain("Exception");
            }
            try (Raw raw = new Raw(server.address())) {
                assertThat(raw.send(call("GET", "/inbox/profile", "")).rest()).startsWith("HTTP/1.1 200 ");
            }
        }
    }
}
