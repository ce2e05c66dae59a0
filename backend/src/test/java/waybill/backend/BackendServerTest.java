package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient.WrongPeerException;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.client.HttpHopClient;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.TaskId;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;

/** The whole backend over real connections, on the loopback. */
class BackendServerTest {
    private static final String HOST = "backend.example";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path temporary;

    private final InstantSource clock = InstantSource.system();
    private Path directory;
    private BackendConfig config;

    @BeforeEach
    void makeBackend() throws Exception {
        directory = temporary.resolve("backend");
        BackendInit.init(directory, new BackendInit.Options(HOST, Optional.empty(), 100_000, false), clock);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
        config = BackendConfig.of(directory, any);
    }

    private Sealed seal(String text) throws Exception {
        Path profile = directory.resolve("online/profile.cms");
        return Sealed.of(
                TaskId.fresh(clock, new SecureRandom()),
                text,
                OwnPacket.unverified(profile, Files.readAllBytes(profile), Packet.Profile.class)
                        .recipient());
    }

    private Peer peer(BackendServer server) throws Exception {
        return new Peer(
                server.url().uri(),
                new Peer.Identity.Named(Pem.certificates(directory.resolve("anchor.pem")), false),
                Optional.of(server.address()));
    }

    private Upload upload(Sealed sealed) throws IOException {
        Path file = Files.write(temporary.resolve(sealed.id().toString()), sealed.bytes());
        return new Upload(
                sealed.key(),
                sealed.bytes().length,
                Optional.of(sealed.recipient()),
                0,
                () -> Files.newByteChannel(file),
                Upload.Progress.NONE);
    }

    private SignedPackets verifier() throws Exception {
        return new SignedPackets(TrustPolicy.of(Pem.certificates(directory.resolve("anchor.pem"))), clock);
    }

    private static byte[] cms(HopAnswer answer) {
        assertThat(answer).isInstanceOf(HopAnswer.Cms.class);
        return ((HopAnswer.Cms) answer).bytes();
    }

    @Test
    void delivers_over_tls_and_gives_the_same_receipt_ever_after() throws Exception {
        Sealed sealed = seal("hello");
        byte[] receipt;
        try (BackendServer server = BackendServer.start(config, clock);
                HttpHopClient client = HttpHopClient.create()) {
            assertThat(server.opens()).isTrue();
            assertThat(verifier()
                            .profile(cms(client.profile(peer(server))), server.url())
                            .packet()
                            .maxSize())
                    .isEqualTo(100_000);
            receipt = cms(client.put(peer(server), upload(sealed), LIMIT));
            assertThat(verifier()
                            .outcome(receipt, server.url(), sealed.key(), sealed.bytes().length)
                            .packet())
                    .isInstanceOfSatisfying(
                            Packet.Receipt.class,
                            packet -> assertThat(packet.opened()).isTrue());
            assertThat(cms(client.collect(peer(server), sealed.key(), Duration.ZERO)))
                    .isEqualTo(receipt);
        }

        try (BackendServer server = BackendServer.start(config, clock);
                HttpHopClient client = HttpHopClient.create()) {
            assertThat(cms(client.put(peer(server), upload(sealed), LIMIT))).isEqualTo(receipt);
        }
    }

    @Test
    void answers_what_it_refuses_with_the_problem_and_keeps_the_signed_refusal() throws Exception {
        Sealed sealed = seal("too large for it ".repeat(10_000));
        try (BackendServer server = BackendServer.start(config, clock);
                HttpHopClient client = HttpHopClient.create()) {
            HopAnswer answer = client.put(peer(server), upload(sealed), LIMIT);
            byte[] refusal = cms(client.collect(peer(server), sealed.key(), Duration.ZERO));

            assertThat(answer).isInstanceOfSatisfying(HopAnswer.Failed.class, failed -> {
                assertThat(failed.status()).isEqualTo(413);
                assertThat(failed.problem()).contains(Problem.TOO_LARGE);
            });
            assertThat(verifier()
                            .outcome(refusal, server.url(), sealed.key(), sealed.bytes().length)
                            .packet())
                    .isInstanceOfSatisfying(
                            Packet.Refusal.class,
                            packet -> assertThat(packet.problem()).isEqualTo(Problem.TOO_LARGE));
        }
    }

    @Test
    void is_taken_for_no_other_host() throws Exception {
        Sealed sealed = seal("hello");
        try (BackendServer server = BackendServer.start(config, clock);
                HttpHopClient client = HttpHopClient.create()) {
            Peer wrong = new Peer(
                    BackendUrl.parse("https://other.example/inbox").uri(),
                    new Peer.Identity.Named(Pem.certificates(directory.resolve("anchor.pem")), false),
                    Optional.of(server.address()));

            assertThatThrownBy(() -> client.put(wrong, upload(sealed), LIMIT)).isInstanceOf(WrongPeerException.class);
        }
    }

    @Test
    void takes_what_curl_puts_over_plain_http() throws Exception {
        Sealed sealed = seal("by curl alone");
        Path parcel = Files.write(temporary.resolve("parcel.age"), sealed.bytes());
        Path receipt = temporary.resolve("curl.receipt");
        try (BackendServer server = BackendServer.start(config.withPlainHttp(), clock)) {
            String base = "http://127.0.0.1:" + server.address().getPort() + "/inbox";

            assertThat(curl("-T", parcel.toString(), "-o", receipt.toString(), base + "/" + sealed.id()))
                    .isEqualTo("200 application/cms");
            byte[] first = Files.readAllBytes(receipt);
            assertThat(curl("-T", parcel.toString(), "-o", receipt.toString(), base + "/" + sealed.id()))
                    .isEqualTo("200 application/cms");
            assertThat(Files.readAllBytes(receipt)).isEqualTo(first);
            assertThat(curl("-o", receipt.toString(), base + "/" + sealed.id() + "/receipt?sha256=" + sealed.sha256()))
                    .isEqualTo("200 application/cms");
            assertThat(Files.readAllBytes(receipt)).isEqualTo(first);
            assertThat(curl("-o", temporary.resolve("other").toString(), base + "/elsewhere/profile"))
                    .startsWith("404 ");
            Packet.Receipt packet =
                    (Packet.Receipt) verifier().standalone(first).packet();
            assertThat(packet.contents()).contains(sealed.contents());
            assertThat(Openssl.verify(temporary, first, directory.resolve("anchor.pem"), HOST, packet.received())
                            .status())
                    .isZero();
        }
    }

    private static String curl(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("curl", "-sS", "--noproxy", "*", "-w", "%{http_code} %{content_type}"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void runs_once_on_its_data() throws Exception {
        try (BackendServer server = BackendServer.start(config, clock)) {
            assertThat(server.address().getPort()).isPositive();
            assertThatThrownBy(() -> BackendServer.start(config, clock)).isInstanceOf(IOException.class);
        }
        BackendServer.start(config, clock).close();
    }

    @Test
    void lets_go_of_its_data_where_it_cannot_listen() throws Exception {
        try (BackendServer other = BackendServer.start(config, clock)) {
            Path second = temporary.resolve("second");
            BackendInit.init(second, BackendInit.Options.of(HOST), clock);
            BackendConfig taken = BackendConfig.of(second, other.address());
            assertThatThrownBy(() -> BackendServer.start(taken, clock)).isInstanceOf(IOException.class);
            BackendServer.start(BackendConfig.of(second, config.listen()), clock)
                    .close();
        }
    }
}
