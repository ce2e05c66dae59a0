package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.hop.HopLimits;
import waybill.hop.Raw;
import waybill.hop.Servers;
import waybill.hop.TestUpdates;
import waybill.protocol.Sha256;

/** Readers who hold on to more than they may. The server loses its patience after a second and wants 1 MiB/s. */
@Timeout(60)
class DownloadLimitsTest {
    private static final long SIZE = 1L << 30;
    private static final String GET = "GET /inbox/content/" + Servers.DIGEST + " HTTP/1.1\r\nHost: x\r\n\r\n";

    private final TestUpdates updates = new TestUpdates() {
        @Override
        public Content content(Sha256 digest) {
            return new Memory(SIZE) {
                @Override
                public InputStream open(long from, long length) {
                    return new Zeros();
                }
            };
        }
    };

    private static HopLimits limits(int all, int ofOne) {
        return Servers.tight().withMaxDownloads(all, ofOne);
    }

    @Test
    void aReaderWhoTakesNothingIsClosed() throws IOException {
        try (HopServer server = Servers.giving(updates, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.send(GET);
            assertThat(raw.head()).startsWith("HTTP/1.1 200 ");
            await().until(() -> updates.open.get() == 0);
            assertThat(drained(raw)).isLessThan(SIZE);
        }
    }

    @Test
    void aReaderWhoSipsIsTooSlowOnAverage() throws IOException {
        try (HopServer server = Servers.giving(updates, Servers.tight());
                Raw raw = new Raw(server.address())) {
            raw.send(GET);
            assertThat(raw.head()).startsWith("HTTP/1.1 200 ");
            byte[] sip = new byte[4096];
            // Never idle for a second, yet far below 1 MiB/s once the buffers between the two are full.
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                read(raw, sip);
                return updates.open.get() == 0;
            });
        }
    }

    private static int read(Raw raw, byte[] into) throws IOException {
        try {
            return raw.socket.getInputStream().read(into);
        } catch (SocketException e) {
            return -1;
        }
    }

    private static long drained(Raw raw) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long sum = 0;
        for (int count = read(raw, buffer); count >= 0; count = read(raw, buffer)) {
            sum += count;
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void soManyAtOnceAndNoMore(boolean ofOne) throws IOException {
        HopLimits patient = new HopLimits(
                1 << 20,
                8192,
                64,
                32,
                16,
                16,
                ofOne ? 16 : 2,
                ofOne ? 2 : 16,
                Duration.ofSeconds(20),
                1,
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                1 << 20);
        try (HopServer server = Servers.giving(updates, patient);
                Raw one = new Raw(server.address());
                Raw two = new Raw(server.address());
                Raw three = new Raw(server.address())) {
            assertThat(one.send(GET).head()).startsWith("HTTP/1.1 200 ");
            assertThat(two.send(GET).head()).startsWith("HTTP/1.1 200 ");
            String refused = three.send(GET).head();
            assertThat(refused)
                    .startsWith(ofOne ? "HTTP/1.1 429 " : "HTTP/1.1 503 ")
                    .contains("\r\nRetry-After: ");
            // A question after the size costs no turn.
            three.until("}");
            assertThat(three.send(GET.replace("GET", "HEAD")).head()).startsWith("HTTP/1.1 200 ");

            one.socket.close();
            await().until(() -> updates.open.get() == 1);
            assertThat(three.send(GET).head()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aReaderWhoGoesLeavesNothingOpen() throws IOException {
        try (HopServer server = Servers.giving(updates, limits(1, 1))) {
            for (int i = 0; i < 5; i++) {
                try (Raw raw = new Raw(server.address())) {
                    assertThat(raw.send(GET).head()).startsWith("HTTP/1.1 200 ");
                }
                await().until(() -> updates.open.get() == 0);
            }
        }
    }
}
