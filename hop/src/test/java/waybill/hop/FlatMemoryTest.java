package waybill.hop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import waybill.hop.server.ServerIdentity;
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
        assertThat(said)
                .contains("Accepted[")
                .contains("arrived " + SIZE)
                .contains("Whole[size=" + SIZE + "] " + SIZE + " came back");
    }

    /** The process with the small heap. */
    public static void main(String[] arguments) throws IOException {
        boolean tls = arguments[0].equals("https");
        TestService service = new TestService();
        TestCertificate root = Servers.root("root");
        TestCertificate leaf = Servers.serverCertificate(root, "127.0.0.1");
        List<X509Certificate> anchors = List.of(root.certificate());
        ServerIdentity identity = new ServerIdentity(leaf.keys().getPrivate(), leaf.chain());
        try (HopServer server = HopServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        tls ? Optional.of(identity) : Optional.empty(),
                        HopLimits.DEFAULT,
                        _ -> Optional.of(service),
                        _ -> Optional.of(new ManyZeros()));
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
            long[] got = {0};
            ContentAnswer whole = client.content(
                    peer, Servers.DIGEST, 0, SIZE, (bytes, offset, length) -> got[0] += length, Duration.ofMinutes(2));
            System.out.println(whole + " " + got[0] + " came back");
        }
    }

    /** As many zeros as went there. */
    private static final class ManyZeros extends TestUpdates {
        @Override
        public Content content(Sha256 digest) {
            return new Memory(SIZE) {
                @Override
                public InputStream open(long from, long length) {
                    return new Zeros();
                }
            };
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
