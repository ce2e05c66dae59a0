package waybill.update.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.content.ContentLimits;
import waybill.store.content.ContentStore;
import waybill.store.local.MemoryTempDir;
import waybill.update.Published;

@Timeout(60)
final class PassageTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final int SIZE = 3_000_000;

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Published published = Published.of(1, NOW, Map.of("f", Published.random(SIZE, 1)));
    private ContentStore store;
    private Passage passage;

    @BeforeEach
    void open() throws IOException {
        store = ContentStore.open(root, new ContentLimits(1L << 30, Duration.ofDays(1), 0), () -> NOW);
        passage = new Passage(published.wanted("f"), store);
    }

    private byte[] read(int from, int length) throws Exception {
        try (InputStream in = passage.open(from, length)) {
            return in.readNBytes(length);
        }
    }

    @Test
    void whatAnotherProcessBroughtMeanwhileIsGivenAsWell() throws Exception {
        byte[] bytes = published.bytes("f");
        store.keep(bytes);
        passage.ended(Optional.empty());
        assertThat(read(0, SIZE)).isEqualTo(bytes);
        assertThat(read(2_000_000, 7)).isEqualTo(Arrays.copyOfRange(bytes, 2_000_000, 2_000_007));
        assertThat(read(SIZE, 0)).isEmpty();
    }

    @Test
    void whatWentAgainBeforeItWasReadIsAskedForOnceMore() {
        passage.ended(Optional.empty());
        assertThatThrownBy(() -> read(0, 1))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.BUSY));
    }
}
