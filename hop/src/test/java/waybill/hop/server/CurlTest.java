package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopLimits;
import waybill.hop.Servers;
import waybill.hop.TestService;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.signature.TestCertificate;

/** The curl program as a sender: what works for it works for a machine without Java. */
@Timeout(120)
class CurlTest {
    private static final int MIB = 1 << 20;

    private final TestService service = new TestService();

    @TempDir
    Path dir;

    private String url(HopServer server) {
        return Servers.base(server, "http") + "/" + Servers.ID;
    }

    private String file(int size) throws IOException {
        return Files.write(dir.resolve("body"), new byte[size]).toString();
    }

    private void arrived(int size) {
        assertThat(service.seen).hasSize(1);
        assertThat(service.seen.getFirst().bytes()).isEqualTo(size);
        assertThat(service.seen.getFirst().digest()).isEqualTo(Sha256.of(new byte[size]));
    }

    @Test
    void putsAFile() throws Exception {
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            Curl.Said said = Curl.run("-i", "-T", file(100_000), url(server));
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).contains("HTTP/1.1 202 ").contains("Waybill-Promise: ");
            arrived(100_000);
        }
    }

    @Test
    void putsWhatItIsGivenInChunks() throws Exception {
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            Curl.Said said = Curl.run(
                    "-i", "-H", "Transfer-Encoding: chunked", "-H", "Expect:", "-T", file(3 * MIB), url(server));
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).startsWith("HTTP/1.1 202 ");
            assertThat(service.seen.getFirst().arrival().length()).isEmpty();
            arrived(3 * MIB);
        }
    }

    @Test
    void waitsForTheGoAheadAndGetsItWhenTheBodyIsRead() throws Exception {
        try (HopServer server = Servers.plain(service, HopLimits.DEFAULT)) {
            Curl.Said said = Curl.run(
                    "-i", "--expect100-timeout", "50", "-H", "Expect: 100-continue", "-T", file(3 * MIB), url(server));
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 ");
            arrived(3 * MIB);
        }
    }

    @Test
    void isRefusedBeforeItSendsTheBody() throws Exception {
        TestService refusing = new TestService() {
            @Override
            public Answer deliver(Arrival arrival) throws ProblemException {
                throw new ProblemException(Problem.STORE_FULL, "no room");
            }
        };
        try (HopServer server = Servers.plain(refusing, HopLimits.DEFAULT)) {
            Curl.Said said = Curl.run(
                    "-i",
                    "--expect100-timeout",
                    "50",
                    "-H",
                    "Expect: 100-continue",
                    "-w",
                    "sent=%{size_upload}",
                    "-T",
                    file(3 * MIB),
                    url(server));
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).startsWith("HTTP/1.1 507 ").endsWith("sent=0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Expect:", "Expect: 100-continue", "Transfer-Encoding: chunked"})
    void readsTheRefusalOfABodyOf64MiBWhateverItDoes(String header) throws Exception {
        HopLimits small = new HopLimits(
                MIB,
                16384,
                64,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                4096,
                Duration.ofHours(1),
                Duration.ofSeconds(5),
                256 * 1024);
        try (HopServer server = Servers.plain(service, small)) {
            for (int round = 0; round < 5; round++) {
                Curl.Said said = Curl.run("-i", "-H", header, "-T", file(64 * MIB), url(server));
                assertThat(said.exit()).as(said.err()).isZero();
                assertThat(said.out()).contains("HTTP/1.1 413 ").contains("urn:waybill:problem:too-large");
            }
        }
    }

    @Test
    void speaksTls13AndNothingOlder() throws Exception {
        TestCertificate root = Servers.root("root");
        Path anchor = Files.writeString(dir.resolve("anchor.pem"), root.pem());
        try (HopServer server =
                Servers.tls(service, HopLimits.DEFAULT, Servers.serverCertificate(root, "127.0.0.1", "localhost"))) {
            String url = Servers.base(server, "https") + "/" + Servers.ID;
            Curl.Said said = Curl.run("-i", "--cacert", anchor.toString(), "-T", file(3 * MIB), url);
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).contains("HTTP/1.1 202 ");
            Curl.Said old = Curl.run("-i", "--tls-max", "1.2", "--cacert", anchor.toString(), "-T", file(10), url);
            assertThat(old.exit()).as(old.out()).isEqualTo(35);
            arrived(3 * MIB);
        }
    }

    @Test
    void readsTheRefusalOfABodyOf64MiBOverTls() throws Exception {
        TestCertificate root = Servers.root("root");
        Path anchor = Files.writeString(dir.resolve("anchor.pem"), root.pem());
        HopLimits small = new HopLimits(
                MIB,
                16384,
                64,
                64,
                16,
                16,
                Duration.ofSeconds(5),
                4096,
                Duration.ofHours(1),
                Duration.ofSeconds(5),
                256 * 1024);
        try (HopServer server = Servers.tls(service, small, Servers.serverCertificate(root, "127.0.0.1"))) {
            Curl.Said said = Curl.run(
                    "-i",
                    "-H",
                    "Expect:",
                    "--cacert",
                    anchor.toString(),
                    "-T",
                    file(64 * MIB),
                    Servers.base(server, "https") + "/" + Servers.ID);
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(said.out()).contains("HTTP/1.1 413 ");
        }
    }
}
