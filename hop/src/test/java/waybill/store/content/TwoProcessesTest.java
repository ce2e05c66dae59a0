package waybill.store.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.channels.FileLock;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Pieces;
import waybill.store.local.MemoryTempDir;

/** Two processes that share a cache: a lock of the system's is a process's, so one JVM proves nothing. */
@Timeout(120)
final class TwoProcessesTest {
    private static final ContentLimits LIMITS = new ContentLimits(1L << 30, Duration.ofDays(30), 0);
    private static final int SIZE = 5 * Pieces.LENGTH / 2;
    private static final int MANY = 40;

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    /** Says whether it could take a content in now. */
    static final class Asker {
        public static void main(String[] args) throws Exception {
            Optional<FileLock> lock =
                    ArrivalLocks.of(Path.of(args[0])).take(Sample.of(SIZE, 1).digest());
            System.out.println(lock.isPresent() ? "free" : "taken");
        }
    }

    /** Brings many contents, one after the other. */
    static final class Bringer {
        public static void main(String[] args) throws Exception {
            bringMany(ContentStore.open(Path.of(args[0]), LIMITS, InstantSource.system()));
            System.out.println("brought");
        }
    }

    private static void bringMany(ContentStore store) throws Exception {
        for (int seed = 1; seed <= MANY; seed++) {
            Sample sample = Sample.of(SIZE, seed);
            try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
                if (arrival.missing() > 0 && store.isThere(sample.digest())) {
                    continue;
                }
                sample.putAll(arrival);
                arrival.open().close();
                arrival.complete();
            }
        }
    }

    @Test
    void whoFollowsAnArrivalDoesNotLetAnotherProcessIn() throws Exception {
        ContentStore store = ContentStore.open(root, LIMITS, InstantSource.system());
        Sample sample = Sample.of(SIZE, 1);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
            try (SeekableByteChannel follower = arrival.open()) {
                assertThat(follower.size()).isPositive();
            }
            assertThat(ask()).isEqualTo("taken");
            sample.putAll(arrival);
            arrival.complete();
        }
        assertThat(ask()).isEqualTo("free");
    }

    @Test
    void aSecondStoreOfTheSameProcessIsKeptOutToo() throws Exception {
        ContentStore store = ContentStore.open(root, LIMITS, InstantSource.system());
        ContentStore second = ContentStore.open(root, LIMITS, InstantSource.system());
        Sample sample = Sample.of(SIZE, 1);
        try (Arrival arrival = store.begin(sample.digest(), sample.pieces(), true)) {
            sample.put(arrival, 0);
            second.drop(sample.digest());
            assertThat(root.resolve("partial").resolve(sample.digest().hex())).exists();
            assertThat(ask()).isEqualTo("taken");
        }
        second.drop(sample.digest());
        assertThat(root.resolve("partial").resolve(sample.digest().hex())).doesNotExist();
    }

    @Test
    void bothBringTheSameAndNeitherIsInTheOthersWay() throws Exception {
        Process other = start(Bringer.class);
        ContentStore store = ContentStore.open(root, LIMITS, InstantSource.system());
        bringMany(store);
        assertThat(lastLine(other)).isEqualTo("brought");
        for (int seed = 1; seed <= MANY; seed++) {
            assertThat(store.isSound(Sample.of(SIZE, seed).digest())).isTrue();
        }
        try (Stream<Path> left = Files.list(root.resolve("partial"))) {
            assertThat(left).isEmpty();
        }
    }

    private String ask() throws Exception {
        return lastLine(start(Asker.class));
    }

    private static String lastLine(Process process) throws Exception {
        try (BufferedReader says =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            List<String> lines = says.lines().toList();
            process.waitFor();
            return lines.isEmpty() ? "nothing" : lines.getLast();
        } finally {
            process.destroyForcibly();
        }
    }

    private Process start(Class<?> main) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
