package waybill.store.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Sha256;
import waybill.store.StoreFullException;
import waybill.store.local.FaultyDisk;

final class CopyStoreTest {
    private static final ContentLimits LIMITS = new ContentLimits(50_000, Duration.ofDays(2), 0);
    private static final Sha256 A = Sha256.of(new byte[] {1});
    private static final Sha256 B = Sha256.of(new byte[] {2});

    @TempDir
    Path dir;

    private Instant now = Instant.parse("2026-11-30T10:00:00Z");
    private CopyStore store;

    @BeforeEach
    void open() throws IOException {
        store = CopyStore.open(dir, LIMITS, () -> now);
    }

    private void put(Sha256 key, String text) throws IOException, StoreFullException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try (Filing filing = store.begin(key, bytes.length, Map.of("tag", "\"" + text.length() + "\""))) {
            filing.write(bytes, 0, bytes.length);
            filing.commit();
            filing.end();
        }
    }

    private String get(Sha256 key) throws IOException {
        try (Copy copy = store.open(key).orElseThrow()) {
            ByteBuffer all = ByteBuffer.allocate((int) copy.size());
            while (all.hasRemaining() && copy.read(all, all.position()) >= 0) {
                // All of it.
            }
            return copy.notes() + new String(all.array(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aCopyIsThereWithItsNotesAfterARestart() throws Exception {
        put(A, "one");
        open();
        assertThat(get(A)).isEqualTo("{tag=\"3\"}one");
        put(A, "three");
        assertThat(get(A)).isEqualTo("{tag=\"5\"}three");
        assertThat(store.open(B)).isEmpty();
    }

    @Test
    void whoReadsTheOldOneReadsItToItsEnd() throws Exception {
        put(A, "one");
        try (Copy old = store.open(A).orElseThrow()) {
            put(A, "two");
            ByteBuffer all = ByteBuffer.allocate(3);
            assertThat(old.read(all, 0)).isEqualTo(3);
            assertThat(new String(all.array(), StandardCharsets.US_ASCII)).isEqualTo("one");
        }
    }

    @Test
    void whatWasNotCommittedIsNotThere() throws Exception {
        put(A, "one");
        try (Filing filing = store.begin(A, 10, Map.of())) {
            filing.write(new byte[4], 0, 4);
            assertThatThrownBy(filing::commit).isInstanceOf(IOException.class);
            filing.end();
        }
        assertThat(get(A)).endsWith("one");
        // As a crash leaves it.
        Files.write(dir.resolve("aside/x"), new byte[100]);
        open();
        assertThat(dir.resolve("aside/x")).doesNotExist();
        assertThat(get(A)).endsWith("one");
    }

    @Test
    void whatRottedIsDropped() throws Exception {
        put(A, "one");
        Path file = dir.resolve("copies").resolve(A.hex());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        open();
        assertThat(store.open(A)).isEmpty();
        assertThat(file).doesNotExist();
        Files.write(file, new byte[10]);
        assertThat(store.open(A)).as("not even a head").isEmpty();
    }

    @Test
    void whatNobodyAskedForGoesAndWhatIsTooMuchToo() throws Exception {
        put(A, "x".repeat(20_000));
        now = now.plusSeconds(3600);
        put(B, "y".repeat(20_000));
        put(Sha256.of(new byte[] {3}), "z".repeat(20_000));
        assertThat(store.open(A)).as("nobody asked longest").isEmpty();
        assertThat(get(B)).isNotEmpty();
        assertThat(store.used()).isLessThanOrEqualTo(LIMITS.size());
        now = now.plus(Duration.ofDays(3));
        store.expire();
        assertThat(store.used()).isZero();
        assertThat(dir.resolve("copies")).isEmptyDirectory();
    }

    @Test
    void whatCanNeverFitIsRefusedAndNothingGoesForIt() throws Exception {
        put(A, "one");
        assertThatThrownBy(() -> store.begin(B, 60_000, Map.of())).isInstanceOf(StoreFullException.class);
        assertThat(get(A)).endsWith("one");
        CopyStore full = CopyStore.open(dir, new ContentLimits(50_000, Duration.ofDays(1), Long.MAX_VALUE), () -> now);
        assertThatThrownBy(() -> full.begin(B, 10, Map.of())).isInstanceOf(StoreFullException.class);
    }

    @Test
    void whereTheDiskIsFullTheLeastWantedGoes() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.setUsable(1 << 20);
        store = CopyStore.open(dir, LIMITS, () -> now, disk);
        put(A, "one");
        now = now.plusSeconds(3600);
        put(B, "two");
        disk.setUsable(0);
        assertThatThrownBy(() -> store.begin(Sha256.of(new byte[] {3}), 10, Map.of()))
                .as("what goes frees nothing on this disk")
                .isInstanceOf(StoreFullException.class);
        assertThat(store.open(A)).isEmpty();
        assertThat(get(B)).endsWith("two");
    }

    @Test
    void aCacheThatIsTakenAwayWhileItIsUsedIsBegunAnew() throws Exception {
        put(A, "one");
        Files.delete(dir.resolve("copies").resolve(A.hex()));
        Files.delete(dir.resolve("copies"));
        Files.delete(dir.resolve("aside"));
        assertThat(store.open(A)).isEmpty();
        put(A, "two");
        assertThat(get(A)).endsWith("two");
    }

    @Test
    void aNoteCannotBecomeTwo() {
        assertThatThrownBy(() -> store.begin(A, 1, Map.of("tag", "a\nsha256 b")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.begin(A, 1, Map.of("sha 256", "b")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
