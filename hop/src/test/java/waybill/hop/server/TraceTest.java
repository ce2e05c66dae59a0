package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.hop.resume.Metadata;
import waybill.hop.wire.ReprDigest;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/** The events that operators and tests read off the log. */
class TraceTest {
    private final Logger trace = (Logger) LoggerFactory.getLogger("waybill.trace");
    private final Logger log = (Logger) LoggerFactory.getLogger(HopServer.class);
    private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

    @BeforeEach
    void listen() {
        heard.start();
        trace.setLevel(Level.DEBUG);
        trace.addAppender(heard);
        log.addAppender(heard);
    }

    @AfterEach
    void stop() {
        trace.detachAppender(heard);
        log.detachAppender(heard);
        trace.setLevel(null);
    }

    private List<String> messages() {
        return List.copyOf(heard.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static String put(String body) {
        return "PUT /inbox/" + Servers.ID + " HTTP/1.1\r\nHost: x\r\nRepr-Digest: "
                + ReprDigest.of(Sha256.of(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void anUploadIsSeenToArriveAndToBeAnswered() throws IOException {
        try (HopServer server = Servers.plain(new TestService(), Servers.tight());
                Raw raw = new Raw(server.address())) {
            assertThat(raw.send(put("hello")).head()).contains(" 202 ");
            String subject =
                    " id=" + Servers.ID + " sha256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
            await().untilAsserted(() -> assertThat(messages())
                    .containsExactly("event=arriving" + subject, "event=answered" + subject + " status=202"));
        }
    }

    private static String tus(String call, String fields, String body) {
        return call + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n" + fields
                + "Content-Type: application/offset+octet-stream\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    @Test
    void anUploadInPiecesArrivesOnceAndIsAnsweredOnceItIsHeld() throws IOException {
        Sha256 digest = Sha256.of("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        String metadata = Metadata.format(Map.of("id", Servers.ID.toString(), "sha256", digest.hex()));
        try (HopServer server = Servers.plain(new TestService(), Servers.tight());
                Raw raw = new Raw(server.address())) {
            String created = raw.send(
                            tus("POST /inbox", "Upload-Length: 5\r\nUpload-Metadata: " + metadata + "\r\n", ""))
                    .head();
            String path = created.replaceFirst("(?s).*Location: ([^\r]*)\r.*", "$1");
            assertThat(raw.send(tus("PATCH " + path, "Upload-Offset: 0\r\n", "hel"))
                            .head())
                    .contains(" 204 ");
            assertThat(raw.send(tus("PATCH " + path, "Upload-Offset: 3\r\n", "lo"))
                            .head())
                    .contains(" 204 ");
            String subject = " id=" + Servers.ID + " sha256=" + digest;
            await().untilAsserted(() -> assertThat(messages())
                    .containsExactly("event=arriving" + subject, "event=answered" + subject + " status=204"));
        }
    }

    @Test
    void aRefusalIsNotAnAnswerInThisSense() throws IOException {
        TestService refusing = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) throws ProblemException, IOException {
                drain(arrival);
                throw new ProblemException(Problem.BUSY, "later");
            }
        };
        try (HopServer server = Servers.plain(refusing, Servers.tight());
                Raw raw = new Raw(server.address())) {
            assertThat(raw.send(put("hello")).head()).contains(" 503 ");
            assertThat(raw.send(put("hello")).head()).contains(" 503 ");
            assertThat(messages()).hasSize(2).allMatch(message -> message.startsWith("event=arriving "));
        }
    }

    @Test
    void failuresInsideAreLoggedButNotWithoutEnd() throws IOException {
        TestService failing = new TestService() {
            @Override
            public byte[] profile() {
                throw new IllegalStateException("a bug");
            }
        };
        try (HopServer server = Servers.plain(failing, Servers.tight());
                Raw raw = new Raw(server.address())) {
            for (int i = 0; i < 30; i++) {
                assertThat(raw.send("GET /inbox/profile HTTP/1.1\r\nHost: x\r\n\r\n")
                                .until("}"))
                        .contains(" 500 ");
            }
        }
        assertThat(messages()).hasSize(10).allMatch(message -> message.equals("a GET failed inside"));
    }
}
