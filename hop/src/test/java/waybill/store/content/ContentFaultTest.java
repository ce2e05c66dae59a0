package waybill.store.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.Pieces;
import waybill.store.TestClock;
import waybill.store.local.FaultyDisk;
import waybill.store.local.FaultyDisk.Step;
import waybill.store.local.MemoryTempDir;

/**
 * Every step on the disk failed, and every one that succeeded but was reported failed; then the power is cut. A content is
 * whole or not there, what was reported whole stays so, and the next attempt succeeds.
 */
final class ContentFaultTest {
    private static final ContentLimits LIMITS = new ContentLimits(1L << 30, Duration.ofDays(30), 0);

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final TestClock clock = new TestClock();
    private final Sample sample = Sample.of(3 * Pieces.LENGTH / 2, 4);

    static Stream<Arguments> faults() {
        return Stream.of(Step.CREATE, Step.WRITE, Step.SYNC_FILE, Step.RENAME, Step.SYNC_DIRECTORY)
                .flatMap(step -> Stream.of(false, true)
                        .flatMap(happens -> Stream.of(1, 1000).map(times -> Arguments.of(step, happens, times))));
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void aContentIsWholeOrNotThere(Step step, boolean happens, int times) throws Exception {
        FaultyDisk disk = new FaultyDisk();
        ContentStore store = ContentStore.open(root, LIMITS, clock, disk);
        disk.fail(step, happens, times);
        boolean said = attempt(store);
        assertThat(disk.failures()).isPositive();
        disk.kill();
        disk.cutPower();

        ContentStore after = ContentStore.open(root, LIMITS, clock, new FaultyDisk());
        if (said) {
            assertThat(after.has(sample.digest())).isTrue();
        }
        if (after.has(sample.digest())) {
            assertThat(bytes(after)).isEqualTo(sample.bytes());
        }
        after.drop(sample.digest());
        assertThat(after.used()).as("room is right").isZero();
        assertThat(attempt(after)).isTrue();
        assertThat(bytes(after)).isEqualTo(sample.bytes());
        assertThat(after.used()).isEqualTo(sample.bytes().length);
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void aSmallContentIsWholeOrNotThere(Step step, boolean happens, int times) throws Exception {
        FaultyDisk disk = new FaultyDisk();
        ContentStore store = ContentStore.open(root, LIMITS, clock, disk);
        disk.fail(step, happens, times);
        boolean said;
        try {
            store.keep(sample.bytes());
            said = true;
        } catch (IOException e) {
            said = false;
        }
        disk.kill();
        disk.cutPower();
        ContentStore after = ContentStore.open(root, LIMITS, clock);
        Optional<byte[]> found = after.read(sample.digest(), sample.bytes().length);
        assertThat(found.isPresent() || !said).isTrue();
        found.ifPresent(bytes -> assertThat(bytes).isEqualTo(sample.bytes()));
        after.keep(sample.bytes());
        assertThat(after.used()).isEqualTo(sample.bytes().length);
    }

    private boolean attempt(ContentStore store) throws Exception {
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.putAll(arrival);
            arrival.complete();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private byte[] bytes(ContentStore store) throws IOException {
        Optional<SeekableByteChannel> channel = store.open(sample.digest());
        assertThat(channel).isPresent();
        try (InputStream in = Channels.newInputStream(channel.get())) {
            return in.readAllBytes();
        }
    }
}
