package waybill.store.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.StoreFullException;
import waybill.store.TestClock;
import waybill.store.local.Disk;
import waybill.store.local.FaultyDisk;
import waybill.store.local.MemoryTempDir;

final class ContentStoreTest {
    private static final int TWO_AND_A_HALF = 5 * Pieces.LENGTH / 2;
    private static final ContentLimits ROOMY = new ContentLimits(1L << 30, Duration.ofDays(30), 0);

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final TestClock clock = new TestClock();

    @Test
    void piecesComeInAnyOrderAndTheWholeIsThereOnlyAtTheEnd() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        ContentStore store = open(ROOMY);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 2);
            sample.put(arrival, 0);
            assertThat(arrival.missing()).isEqualTo(1);
            assertThat(arrival.nextMissing(0)).isEqualTo(1);
            assertThat(arrival.bytes()).isEqualTo(Pieces.LENGTH + Pieces.LENGTH / 2);
            assertThat(store.has(sample.digest())).isFalse();
            assertThat(store.open(sample.digest())).isEmpty();
            assertThatThrownBy(arrival::complete).isInstanceOf(IllegalStateException.class);
            sample.put(arrival, 1);
            arrival.complete();
        }
        assertThat(store.has(sample.digest())).isTrue();
        assertThat(bytes(store, sample.digest())).isEqualTo(sample.bytes());
        assertThat(store.used()).isEqualTo(sample.bytes().length);
    }

    @Test
    void whatIsNotThePieceIsNotWritten() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        try (Arrival arrival = open(ROOMY).begin(sample.digest(), sample.pieces(), true)) {
            byte[] flipped = sample.piece(0);
            flipped[77] ^= 1;
            assertThatThrownBy(() -> arrival.put(0, flipped, flipped.length))
                    .isInstanceOfSatisfying(
                            UpdateFault.class, e -> assertThat(e.kind()).isEqualTo(UpdateFault.Kind.WRONG_CONTENT));
            byte[] other = sample.piece(1);
            assertThatThrownBy(() -> arrival.put(0, other, other.length)).isInstanceOf(UpdateFault.class);
            byte[] right = sample.piece(0);
            assertThatThrownBy(() -> arrival.put(0, right, right.length - 1)).isInstanceOf(UpdateFault.class);
            assertThat(arrival.has(0)).isFalse();
            assertThat(Files.size(
                            root.resolve("partial").resolve(sample.digest().hex())))
                    .isZero();
        }
    }

    @Test
    void anInterruptedArrivalGoesOnWhereItWasAndTrustsNoDamagedPiece() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        try (Arrival arrival = open(ROOMY).begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
            sample.put(arrival, 2);
        }
        Path partial = root.resolve("partial").resolve(sample.digest().hex());
        ContentStore again = open(ROOMY);
        assertThat(again.used()).isEqualTo(Files.size(partial));
        try (Arrival arrival = again.begin(sample.digest(), sample.pieces(), true)) {
            assertThat(arrival.has(0)).isTrue();
            assertThat(arrival.has(1)).isFalse();
            assertThat(arrival.has(2)).isTrue();
        }
        byte[] damaged = Files.readAllBytes(partial);
        damaged[5] ^= 1;
        Files.write(partial, damaged);
        ContentStore third = open(ROOMY);
        try (Arrival arrival = third.begin(sample.digest(), sample.pieces(), true)) {
            assertThat(arrival.has(0)).isFalse();
            sample.putAll(arrival);
            arrival.complete();
        }
        assertThat(bytes(third, sample.digest())).isEqualTo(sample.bytes());
    }

    @Test
    void aReaderThatFollowsAnArrivalReadsOnWhenItIsComplete() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        ContentStore store = open(ROOMY);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
            try (SeekableByteChannel early = arrival.open()) {
                sample.put(arrival, 1);
                sample.put(arrival, 2);
                arrival.complete();
                assertThat(all(early)).isEqualTo(sample.bytes());
            }
            try (SeekableByteChannel late = arrival.open()) {
                assertThat(all(late)).isEqualTo(sample.bytes());
            }
        }
    }

    @Test
    void anEmptyContentHasNoPieces() throws Exception {
        Sample sample = Sample.of(0, 1);
        ContentStore store = open(ROOMY);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            arrival.complete();
        }
        assertThat(bytes(store, sample.digest())).isEmpty();
    }

    @Test
    void piecesThatFitAndMakeAnotherWholeAreDropped() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        Sha256 other = Sample.of(10, 2).digest();
        ContentStore store = open(ROOMY);
        try (Arrival arrival = store.begin(other, sample.pieces(), true)) {
            sample.putAll(arrival);
            assertThatThrownBy(arrival::complete).isInstanceOf(DamagedContentException.class);
        }
        assertThat(store.has(other)).isFalse();
        assertThat(files()).isEmpty();
    }

    @Test
    void theLeastWantedGoesForWhatComes() throws Exception {
        ContentStore store = open(new ContentLimits(3L * Pieces.LENGTH, Duration.ofDays(30), 0));
        Sample first = bring(store, 1);
        clock.advance(Duration.ofMinutes(5));
        Sample second = bring(store, 2);
        clock.advance(Duration.ofMinutes(5));
        Sample third = bring(store, 3);
        clock.advance(Duration.ofMinutes(5));
        assertThat(bytes(store, first.digest())).isEqualTo(first.bytes());
        bring(store, 4);
        assertThat(store.has(first.digest())).isTrue();
        assertThat(store.has(second.digest())).as("asked for longest ago").isFalse();
        assertThat(store.has(third.digest())).isTrue();
        assertThat(store.used()).isLessThanOrEqualTo(3L * Pieces.LENGTH);

        ContentStore after = open(new ContentLimits(2L * Pieces.LENGTH, Duration.ofDays(30), 0));
        assertThat(after.has(third.digest()))
                .as("what was asked for when is known after a restart")
                .isFalse();
        assertThat(after.has(first.digest())).isTrue();
    }

    @Test
    void whatIsTooLargeOrHasNoRoomIsRefusedAndKeepsNothing() throws Exception {
        ContentStore store = open(new ContentLimits(2L * Pieces.LENGTH, Duration.ofDays(30), 0));
        Sample large = Sample.of(TWO_AND_A_HALF, 1);
        assertThatThrownBy(() -> store.begin(large.digest(), large.pieces(), true))
                .isInstanceOf(StoreFullException.class);
        Sample a = Sample.of(3 * Pieces.LENGTH / 2, 2);
        Sample b = Sample.of(3 * Pieces.LENGTH / 2, 3);
        try (Arrival _ = store.begin(a.digest(), a.pieces(), true)) {
            assertThatThrownBy(() -> store.begin(b.digest(), b.pieces(), true))
                    .as("what arrives is not driven out")
                    .isInstanceOf(StoreFullException.class);
        }
        ContentStore full = open(new ContentLimits(1L << 30, Duration.ofDays(30), Long.MAX_VALUE / 2));
        assertThatThrownBy(() -> full.begin(a.digest(), a.pieces(), false))
                .isInstanceOfSatisfying(
                        StoreFullException.class,
                        e -> assertThat(e.limit()).isEqualTo(StoreFullException.Limit.FREE_SPACE));
    }

    @Test
    void whereTheDiskIsSmallerThanTheCacheMayBeTheLeastWantedGoes() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.setUsable(1L << 30);
        ContentStore store =
                ContentStore.open(root, new ContentLimits(1L << 30, Duration.ofDays(30), 1000), clock, disk);
        Sample first = bring(store, 1);
        clock.advance(Duration.ofMinutes(5));
        Sample second = bring(store, 2);
        clock.advance(Duration.ofMinutes(5));
        Sample third = bring(store, 3);
        Sample next = Sample.of(Pieces.LENGTH, 4);

        disk.setUsable(1000);
        assertThatThrownBy(() -> store.begin(next.digest(), next.pieces(), true))
                .as("what goes frees nothing on this disk")
                .isInstanceOf(StoreFullException.class);
        assertThat(store.has(first.digest())).isFalse();
        assertThat(store.has(second.digest())).as("as much as was lacking").isFalse();
        assertThat(store.has(third.digest())).as("and no more than that").isTrue();

        disk.setUsable(0);
        Sample large = Sample.of(3 * Pieces.LENGTH, 5);
        assertThatThrownBy(() -> store.begin(large.digest(), large.pieces(), true))
                .isInstanceOf(StoreFullException.class);
        assertThat(store.has(third.digest())).as("nothing goes in vain").isTrue();
    }

    @Test
    void whatTheDiskLacksIsMadeFreeForWhatComes() throws Exception {
        FullDisk disk = new FullDisk(root.resolve("whole"), 3L * Pieces.LENGTH);
        ContentStore store = ContentStore.open(root, new ContentLimits(1L << 30, Duration.ofDays(30), 0), clock, disk);
        Sample first = bring(store, 1);
        clock.advance(Duration.ofMinutes(5));
        bring(store, 2);
        clock.advance(Duration.ofMinutes(5));
        bring(store, 3);
        clock.advance(Duration.ofMinutes(5));
        Sample fourth = bring(store, 4);
        assertThat(store.has(first.digest())).isFalse();
        assertThat(store.has(fourth.digest())).isTrue();
    }

    /** So large, and nothing else is on it. */
    private static final class FullDisk extends Disk {
        private final Path folder;
        private final long size;

        FullDisk(Path folder, long size) {
            this.folder = folder;
            this.size = size;
        }

        @Override
        public long usableSpace(FileStore filesystem) throws IOException {
            try (Stream<Path> all = Files.walk(folder)) {
                return size
                        - all.filter(Files::isRegularFile)
                                .mapToLong(file -> file.toFile().length())
                                .sum();
            }
        }
    }

    @Test
    void whatIsRefusedStaysCountedAsFarAsItCame() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.setUsable(1L << 30);
        ContentStore store = ContentStore.open(root, ROOMY, clock, disk);
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
        }
        disk.setUsable(0);
        assertThatThrownBy(() -> store.begin(sample.digest(), sample.pieces(), true))
                .isInstanceOf(StoreFullException.class);
        assertThat(store.used()).isEqualTo(Pieces.LENGTH);
    }

    @Test
    void aCacheThatIsTakenAwayWhileItIsUsedIsBegunAnew() throws Exception {
        ContentStore store = open(ROOMY);
        Sample sample = bring(store, 1);
        byte[] list = Sample.of(64, 5).bytes();
        store.keep(list);
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.sorted(Comparator.reverseOrder())
                    .filter(file -> !file.equals(root))
                    .toList()) {
                Files.delete(file);
            }
        }
        assertThat(store.isThere(sample.digest())).isFalse();
        assertThat(store.read(Sha256.of(list), 64)).isEmpty();
        store.keep(list);
        assertThat(store.read(Sha256.of(list), 64)).hasValue(list);
        assertThat(bytes(store, bring(store, 1).digest())).isEqualTo(sample.bytes());
    }

    @Test
    void whatAnotherProcessMadeWholeIsThereHereTooAlsoWhereHalfOfItWasKnown() throws Exception {
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        ContentStore other = open(ROOMY);
        try (Arrival arrival = other.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
            ContentStore store = open(ROOMY);
            assertThat(store.used()).isEqualTo(Pieces.LENGTH);
            sample.putAll(arrival);
            arrival.complete();
            assertThat(store.isThere(sample.digest())).isTrue();
            assertThat(store.has(sample.digest())).isTrue();
            assertThat(store.used()).isEqualTo(TWO_AND_A_HALF);
        }
    }

    @Test
    void whatSomebodyWritesAsideStaysAndWhatOneLeftWhoWasKilledGoes() throws Exception {
        open(ROOMY);
        Path fresh = Files.write(root.resolve("partial").resolve("a.part"), new byte[9]);
        Path old = Files.write(root.resolve("partial").resolve("b.part"), new byte[9]);
        Files.setLastModifiedTime(fresh, FileTime.from(clock.instant().minusSeconds(60)));
        Files.setLastModifiedTime(old, FileTime.from(clock.instant().minusSeconds(7200)));
        open(ROOMY);
        assertThat(fresh).exists();
        assertThat(old).doesNotExist();
    }

    @Test
    void whatOnlyPassesThroughMayBeLargerAndStaysNoLonger() throws Exception {
        ContentStore store = open(new ContentLimits(0, Duration.ofDays(30), 0));
        Sample sample = Sample.of(TWO_AND_A_HALF, 1);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), false)) {
            sample.put(arrival, 0);
        }
        store.expire();
        ContentStore again = open(new ContentLimits(0, Duration.ofDays(30), 0));
        try (Arrival arrival = again.begin(sample.digest(), sample.pieces(), false)) {
            assertThat(arrival.has(0)).as("an interrupted one goes on").isTrue();
            sample.putAll(arrival);
            arrival.complete();
        }
        Path out = root.resolve("out");
        again.copyTo(sample.digest(), out);
        assertThat(out).hasBinaryContent(sample.bytes());
        again.expire();
        assertThat(again.has(sample.digest())).isFalse();
        Files.delete(out);
        assertThat(files()).isEmpty();
    }

    @Test
    void whatNobodyAskedForGoesByItsAge() throws Exception {
        ContentStore store = open(new ContentLimits(1L << 30, Duration.ofDays(3), 0));
        Sample old = bring(store, 1);
        Sample wanted = bring(store, 2);
        clock.advance(Duration.ofDays(2));
        assertThat(store.open(wanted.digest())).isPresent();
        clock.advance(Duration.ofDays(2));
        store.expire();
        assertThat(store.has(old.digest())).isFalse();
        assertThat(store.has(wanted.digest())).isTrue();
    }

    @Test
    void theOutputAppearsWholeOrNotAtAll() throws Exception {
        ContentStore store = open(ROOMY);
        Sample sample = bring(store, 1);
        Path out = root.resolve("out");
        Files.writeString(out, "the old one");
        Path whole = root.resolve("whole")
                .resolve(sample.digest().hex().substring(0, 2))
                .resolve(sample.digest().hex());
        byte[] damaged = Files.readAllBytes(whole);
        damaged[9] ^= 1;
        Files.write(whole, damaged);
        assertThat(store.isSound(sample.digest())).isFalse();
        assertThatThrownBy(() -> store.copyTo(sample.digest(), out)).isInstanceOf(DamagedContentException.class);
        assertThat(out).hasContent("the old one");
        assertThat(store.has(sample.digest())).isFalse();
        Sample again = bring(store, 1);
        store.moveTo(again.digest(), out);
        assertThat(out).hasBinaryContent(sample.bytes());
        assertThat(store.has(sample.digest())).isFalse();
        try (Stream<Path> left = Files.list(root)) {
            assertThat(left.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("whole", "partial", "arriving", "out");
        }
    }

    @Test
    void smallContentsAreKeptAsBytes() throws Exception {
        ContentStore store = open(ROOMY);
        byte[] list = Sample.of(64, 5).bytes();
        Sha256 digest = store.keep(list);
        assertThat(open(ROOMY).read(digest, 64)).hasValue(list);
        assertThat(store.read(digest, 63)).isEmpty();
        assertThat(store.read(Sha256.of(new byte[1]), 64)).isEmpty();
    }

    private ContentStore open(ContentLimits limits) throws IOException {
        return ContentStore.open(root, limits, clock);
    }

    private static Sample bring(ContentStore store, long seed) throws Exception {
        Sample sample = Sample.of(Pieces.LENGTH - 7, seed);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.putAll(arrival);
            arrival.complete();
        }
        return sample;
    }

    private static byte[] bytes(ContentStore store, Sha256 digest) throws IOException {
        Optional<SeekableByteChannel> channel = store.open(digest);
        assertThat(channel).isPresent();
        return all(channel.get());
    }

    private static byte[] all(SeekableByteChannel channel) throws IOException {
        try (InputStream in = Channels.newInputStream(channel)) {
            return in.readAllBytes();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("arriving"))
                    .toList();
        }
    }
}
