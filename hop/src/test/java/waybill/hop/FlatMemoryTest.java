package waybill.hop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.client.HttpHopClient;
import waybill.hop.server.HopServer;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.signature.TestCertificate;

/** Both halves in a process whose whole heap is a fraction of what goes through it. */
@Timeout(180)
class FlatMemoryTest {
    private static final long SIZE = 128L << 20;

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void aBodyGoesThroughAHeapMuchSmallerThanItself(String scheme) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx40m",
                        "-XX:+UseSerialGC",
                        "-XX:MaxDirectMemorySize=16m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FlatMemoryTest.class.getName(),
                        scheme)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(170, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains("Accepted[").contains("arrived " + SIZE);
    }

    /** The process with the small heap. */
    public static void main(String[] arguments) throws IOException {
        boolean tls = arguments[0].equals("https");
        TestService service = new TestService();
        TestCertificate root = Servers.root("root");
        TestCertificate leaf = Servers.serverCertificate(root, "127.0.0.1");
        List<X509Certificate> anchors = List.of(root.certificate());
        try (HopServer server = tls
                        ? Servers.tls(service, HopLimits.DEFAULT, leaf)
                        : Servers.plain(service, HopLimits.DEFAULT);
                HttpHopClient client = HttpHopClient.create()) {
            Peer peer = new Peer(
                    Servers.base(server, arguments[0]),
                    tls ? new Peer.Identity.Named(anchors, false) : new Peer.Identity.Plain(),
                    Optional.empty());
            long start = System.nanoTime();
            Upload zeros = new Upload(
                    DeliveryKey.of(Servers.ID, digestOfZeros()),
                    SIZE,
                    Optional.empty(),
                    0,
                    () -> new ZeroChannel(SIZE),
                    Upload.Progress.NONE);
            HopAnswer answer = client.put(peer, zeros, Duration.ofMinutes(2));
            System.out.println(answer + " after " + Duration.ofNanos(System.nanoTime() - start));
            System.out.println("arrived " + service.arrived());
        }
    }

    private static Sha256 digestOfZeros() {
        MessageDigest digest = Sha256.newDigest();
        byte[] zeros = new byte[1 << 16];
        for (long left = SIZE; left > 0; left -= zeros.length) {
            digest.update(zeros);
        }
        return Sha256.ofDigest(digest.digest());
    }
}
