package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;

class TrackRecordTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    Path directory;

    private final NodeId node = new NodeId(Sha256.of(new byte[] {1}));

    @Test
    void whoDeliveredIsRememberedAcrossProcesses() throws IOException {
        TrackRecord record = TrackRecord.open(directory, () -> NOW);
        assertThat(record.delivered()).isEmpty();
        record.delivered(new Blacklist.Subject.Node(node));
        record.delivered(new Blacklist.Subject.Address(InetAddress.ofLiteral("192.0.2.1")));

        assertThat(TrackRecord.open(directory, () -> NOW).delivered()).containsExactly(node.toString(), "192.0.2.1");
    }

    @Test
    void whatWasPutDownAMomentAgoIsNotWrittenAgain() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        TrackRecord record = TrackRecord.open(directory, now::get);
        Path file = directory.resolve("relays.json");
        record.delivered(new Blacklist.Subject.Node(node));
        Files.delete(file);

        now.set(NOW.plusSeconds(59));
        record.delivered(new Blacklist.Subject.Node(node));
        assertThat(file).doesNotExist();
        record.delivered(new Blacklist.Subject.Address(InetAddress.ofLiteral("192.0.2.1")));
        assertThat(file).as("of another one it is").exists();
        Files.delete(file);

        now.set(NOW.plusSeconds(60));
        record.delivered(new Blacklist.Subject.Node(node));
        assertThat(file).exists();
        Files.delete(file);

        now.set(NOW.minusSeconds(1));
        record.delivered(new Blacklist.Subject.Node(node));
        assertThat(file).as("the clock was set back").exists();
    }

    @Test
    void theRecordIsBounded() throws IOException {
        TrackRecord record = TrackRecord.open(directory, () -> NOW);
        for (int i = 0; i <= TrackRecord.MAX_DELIVERED; i++) {
            record.delivered(new Blacklist.Subject.Address(InetAddress.ofLiteral("10.0." + i / 250 + "." + i % 250)));
        }
        assertThat(record.delivered()).hasSize(TrackRecord.MAX_DELIVERED).doesNotContain("10.0.0.0");
    }

    @Test
    void whoAnsweredLatelyIsKept() throws IOException {
        TrackRecord record = TrackRecord.open(directory, () -> NOW);
        record.keepSeen(Map.of(node, NOW));
        assertThat(TrackRecord.open(directory, () -> NOW).seen()).isEqualTo(Map.of(node, NOW));
    }
}
