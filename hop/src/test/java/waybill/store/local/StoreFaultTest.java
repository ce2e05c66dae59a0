package waybill.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;
import waybill.store.Goods;
import waybill.store.StoreLimits;
import waybill.store.TestClock;
import waybill.store.local.FaultyDisk.Step;

/**
 * Every durable step failed, and every one that succeeded but was reported failed; then the process is killed and the power
 * cut. Nothing acknowledged may be lost, nothing stored twice, and the room must be right.
 */
class StoreFaultTest {
    private static final int SIZE = 100_000;
    private static final long COST = StoreLimits.DEFAULT.remembered().cost();
    private static final byte[] RECEIPT = Goods.bytes("the receipt");

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final TestClock clock = new TestClock();
    private final byte[] body = new byte[SIZE];
    private DeliveryKey key = DeliveryKey.of(TaskId.fresh(clock, new Random(1)), Sha256.of(body));
    private FaultyDisk disk = new FaultyDisk();
    private final List<LocalDeliveryStore> opened = new ArrayList<>();

    StoreFaultTest() {
        new Random(7).nextBytes(body);
        key = DeliveryKey.of(key.id(), Sha256.of(body));
    }

    static Stream<Arguments> faults() {
        return Stream.of(Step.values())
                .flatMap(step -> Stream.of(false, true)
                        .flatMap(happens -> Stream.of(1, 1000).map(times -> Arguments.of(step, happens, times))));
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void anAcceptanceIsWholeOrNotAtAll(Step step, boolean happens, int times) throws Exception {
        LocalDeliveryStore store = open();
        disk.fail(step, happens, times);
        boolean acknowledged = attempt(() -> accept(store, Optional.empty()));
        assertThat(disk.failures() > 0).isEqualTo(step != Step.DELETE);

        LocalDeliveryStore after = restartAfterPowerCut(store);
        Optional<Held> held = after.find(key);
        if (acknowledged) {
            assertThat(held).isPresent();
        }
        assertConsistent(after, held);

        Held again = accept(after, Optional.empty());
        assertThat(again.state()).isEqualTo(State.ACCEPTED);
        assertConsistent(after, Optional.of(again));
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void anAcceptanceWithItsReceiptIsWholeOrNotAtAll(Step step, boolean happens, int times) throws Exception {
        LocalDeliveryStore store = open();
        disk.fail(step, happens, times);
        boolean acknowledged = attempt(() -> accept(store, Optional.of(RECEIPT)));

        LocalDeliveryStore after = restartAfterPowerCut(store);
        Optional<Held> held = after.find(key);
        if (acknowledged) {
            assertThat(held.orElseThrow().outcome())
                    .hasValueSatisfying(o -> assertThat(o).isEqualTo(RECEIPT));
        }
        assertConsistent(after, held);
        // If a receipt is kept, the bytes it speaks of are there.
        if (held.isPresent()) {
            assertThat(Goods.read(after, key)).isEqualTo(body);
        }
        Held again = accept(after, Optional.of(RECEIPT));
        assertThat(again.state()).isEqualTo(State.SETTLED);
        assertConsistent(after, Optional.of(again));
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void aFailedAcceptanceGivesItsRoomBackAtOnce(Step step, boolean happens, int times) throws Exception {
        LocalDeliveryStore store = open();
        disk.fail(step, happens, times);
        boolean acknowledged = attempt(() -> accept(store, Optional.empty()));
        disk.fail(step, happens, 0);
        boolean uncertain = step == Step.COMMIT && times > 1;
        assertThat(store.ledger().used()).isEqualTo(acknowledged || uncertain ? SIZE + COST : 0);

        Held again = accept(store, Optional.empty());
        assertThat(again.state()).isEqualTo(State.ACCEPTED);
        assertThat(Goods.read(store, key)).isEqualTo(body);
        assertConsistent(restartAfterPowerCut(store), Optional.of(again));
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void aSettlementKeepsTheReceiptBeforeThePayloadGoes(Step step, boolean happens, int times) throws Exception {
        LocalDeliveryStore store = open();
        accept(store, Optional.empty());
        disk.fail(step, happens, times);
        boolean acknowledged = attempt(() -> store.settle(key, RECEIPT, true, false));

        LocalDeliveryStore after = restartAfterPowerCut(store);
        Held held = after.find(key).orElseThrow();
        if (acknowledged) {
            assertThat(held.state()).isEqualTo(State.SETTLED);
        }
        assertConsistent(after, Optional.of(held));
        assertThat(after.settle(key, RECEIPT, true, false)).isEqualTo(RECEIPT);
        assertThat(after.ledger().used()).isEqualTo(COST);
        assertThat(payloads()).isEmpty();
    }

    @ParameterizedTest(name = "{0}, happened {1}, {2} times")
    @MethodSource("faults")
    void expiryLeavesNoHalves(Step step, boolean happens, int times) throws Exception {
        LocalDeliveryStore store = open();
        accept(store, Optional.of(RECEIPT));
        disk.fail(step, happens, times);
        boolean done = attempt(() -> {
            store.expire(clock.instant().plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
            return true;
        });
        LocalDeliveryStore after = restartAfterPowerCut(store);
        Held held = after.find(key).orElseThrow();
        if (done) {
            assertThat(held.state()).isEqualTo(State.TOMBSTONE);
        }
        assertConsistent(after, Optional.of(held));
    }

    @Test
    void aFullDiskAtTheCommitIsNoDoubt() throws Exception {
        LocalDeliveryStore store = new LocalDeliveryStore(root, StoreLimits.DEFAULT, clock, new Disk() {
            private int commits;

            @Override
            void commit(java.sql.Connection connection) throws java.sql.SQLException {
                if (++commits > 1 && commits < 4) {
                    throw new SQLiteException("database or disk is full", SQLiteErrorCode.SQLITE_FULL);
                }
                super.commit(connection);
            }
        });
        opened.add(store);
        assertThatThrownBy(() -> accept(store, Optional.empty())).isInstanceOf(IOException.class);
        assertThat(store.ledger().used()).isZero();
        assertThat(payloads()).isEmpty();
    }

    @Test
    void oneThatFailsTakesNothingFromOthersInItsGroup() throws Exception {
        LocalDeliveryStore store = open();
        accept(store, Optional.empty());
        try (Database database = second(store)) {
            java.util.concurrent.CountDownLatch gathered = new java.util.concurrent.CountDownLatch(1);
            disk.beforeCommit(() -> awaitQuietly(gathered));
            try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
                var first = threads.submit(() -> database.write(records -> 1));
                var bad = threads.submit(() -> database.write(records -> {
                    records.delete(key);
                    throw new IllegalStateException("on demand");
                }));
                var good = threads.submit(() -> database.write(records -> {
                    records.execute("UPDATE delivery SET note = 'good'");
                    return 2;
                }));
                gathered.countDown();
                assertThat(first.get()).isEqualTo(1);
                assertThat(good.get()).isEqualTo(2);
                assertThatThrownBy(bad::get).hasRootCauseMessage("on demand");
            }
        }
        disk.beforeCommit(() -> {});
        assertThat(store.find(key).orElseThrow().note()).isEqualTo("good");
    }

    /** A second writer on the same index, so that a test can give it work of its own. */
    private Database second(LocalDeliveryStore store) throws Exception {
        Path index = store.files().index();
        return new Database(index, Database.connect(index), disk);
    }

    private static void awaitQuietly(java.util.concurrent.CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Call {
        Object call() throws Exception;
    }

    /** Whether it was acknowledged. */
    private static boolean attempt(Call call) throws Exception {
        try {
            call.call();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Held accept(DeliveryStore store, Optional<byte[]> outcome) throws Exception {
        return Goods.accept(store, "peer", new Label(key, SIZE, Optional.of("age1x"), 1), body, outcome);
    }

    private LocalDeliveryStore open() throws IOException {
        LocalDeliveryStore store = new LocalDeliveryStore(root, StoreLimits.DEFAULT, clock, disk);
        opened.add(store);
        return store;
    }

    private LocalDeliveryStore restartAfterPowerCut(LocalDeliveryStore store) throws IOException {
        disk.kill();
        store.close();
        disk.cutPower();
        disk = new FaultyDisk();
        return open();
    }

    /** Files, records and ledger say the same. */
    private void assertConsistent(LocalDeliveryStore store, Optional<Held> held) throws IOException {
        boolean payload = held.isPresent() && held.get().state() != State.TOMBSTONE;
        boolean there = !payloads().isEmpty();
        if (held.isEmpty() || held.get().state() == State.ACCEPTED) {
            assertThat(there).isEqualTo(payload);
        }
        assertThat(payloads()).hasSizeLessThanOrEqualTo(1);
        assertThat(store.ledger().used()).isEqualTo((there ? SIZE : 0) + (held.isPresent() ? COST : 0));
        assertThat(store.pending())
                .isEqualTo(held.filter(h -> h.state() == State.ACCEPTED).isPresent() ? 1 : 0);
        if (there) {
            assertThat(Goods.read(store, key)).isEqualTo(body);
        }
        try (Stream<Path> arrivals = Files.list(root.resolve("incoming"))) {
            assertThat(arrivals).isEmpty();
        }
        try (Stream<Path> damaged = Files.list(root.resolve("set-aside"))) {
            assertThat(damaged).isEmpty();
        }
    }

    private List<Path> payloads() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("upload"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @AfterEach
    void close() throws IOException {
        for (LocalDeliveryStore store : opened) {
            store.close();
        }
    }
}
