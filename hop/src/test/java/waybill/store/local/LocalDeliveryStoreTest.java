package waybill.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.store.Goods.FREE;
import static waybill.store.Goods.RECEIPT;
import static waybill.store.Goods.REFUSAL;
import static waybill.store.Goods.SMALL;
import static waybill.store.Goods.accept;
import static waybill.store.Goods.assertFull;
import static waybill.store.Goods.bytes;
import static waybill.store.Goods.keys;
import static waybill.store.Goods.label;
import static waybill.store.Goods.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;
import waybill.store.DirectoryInUseException;
import waybill.store.DurableFiles;
import waybill.store.Goods;
import waybill.store.StoreContract;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits;
import waybill.store.StoreLimits.Remembered;

class LocalDeliveryStoreTest implements StoreContract {
    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Goods goods = new Goods();
    private final FaultyDisk disk = new FaultyDisk();
    private final List<LocalDeliveryStore> opened = new ArrayList<>();

    @Override
    public Goods goods() {
        return goods;
    }

    @Override
    public LocalDeliveryStore open(StoreLimits limits) throws IOException {
        LocalDeliveryStore store = new LocalDeliveryStore(root, limits, goods.clock, disk);
        opened.add(store);
        return store;
    }

    @AfterEach
    void close() throws IOException {
        for (DeliveryStore store : opened) {
            store.close();
        }
    }

    @Test
    void everythingIsThereAfterARestart() throws Exception {
        LocalDeliveryStore store = open(SMALL);
        byte[] body = goods.body(100);
        DeliveryKey waiting = goods.key(body).withContents(Sha256.of(bytes("xml")));
        Held held = accept(store, "peer", new Label(waiting, 100, Optional.of("age1x"), 3), body, Optional.empty());
        DeliveryKey postponed = goods.accept(store, goods.body(200));
        store.postpone(postponed, goods.clock.instant().plusSeconds(60), "in vain");
        DeliveryKey settled = goods.accept(store, goods.body(300));
        store.settle(settled, RECEIPT, true, false);
        DeliveryKey kept = goods.accept(store, "other", goods.body(50));
        store.settle(kept, RECEIPT, true, true);
        DeliveryKey refused = goods.accept(store, goods.body(1));
        store.settle(refused, REFUSAL, false, false);
        Held later = store.find(postponed).orElseThrow();
        store.close();

        LocalDeliveryStore again = open(SMALL);
        assertThat(again.find(waiting)).contains(held);
        assertThat(again.find(postponed)).contains(later);
        assertThat(read(again, waiting)).isEqualTo(body);
        assertThat(again.find(settled).orElseThrow().outcome())
                .hasValueSatisfying(o -> assertThat(o).isEqualTo(RECEIPT));
        assertThat(again.find(refused).orElseThrow().state()).isEqualTo(State.REFUSED);
        assertThat(again.pending()).isEqualTo(2);
        assertThat(again.backlog()).isEqualTo(300);
        assertThat(again.ledger().used()).isEqualTo(350);
        assertFull(Limit.SHARE, () -> again.begin("peer", 301));
        again.begin("peer", 300).close();
    }

    @Test
    void theFreeSpaceFloorCountsWhatOthersWerePromised() throws Exception {
        LocalDeliveryStore store = open(new StoreLimits(1000, 500, 1, 5, FREE));
        disk.setUsable(1000);
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 501));
        Intake first = store.begin("peer", 300);
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 201));
        first.write(goods.body(300), 0, 300);
        disk.setUsable(700);
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 201));
        store.begin("peer", 200).close();
        first.close();
        disk.setUsable(1000);
        store.begin("peer", 500).close();
    }

    @Test
    void theFreeSpaceFloorCountsTheOutcomesToCome() throws Exception {
        LocalDeliveryStore store = open(new StoreLimits(10_000, 500, 1, 5, new Remembered(100, 1, Duration.ZERO)));
        disk.setUsable(1000);
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 401));
        DeliveryKey waiting = goods.accept(store, goods.body(50));
        store.begin("peer", 300).close();
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 301));
        store.settle(waiting, RECEIPT, true, true);
        store.begin("peer", 400).close();
        assertFull(Limit.FREE_SPACE, () -> store.begin("peer", 401));
    }

    @Test
    void whatIsRememberedIsCountedAgainAfterARestart() throws Exception {
        StoreLimits limits = new StoreLimits(1000, 0, 0.6, 5, new Remembered(100, 1, Duration.ofDays(1)));
        LocalDeliveryStore store = open(limits);
        goods.accept(store, goods.body(50));
        store.settle(goods.accept(store, goods.body(60)), RECEIPT, true, false);
        store.settle(goods.accept(store, "other", goods.body(70)), RECEIPT, true, true);
        store.close();
        LocalDeliveryStore again = open(limits);
        assertThat(again.ledger().used()).isEqualTo(3 * 100 + 50 + 70);
        again.begin("peer", 250).close();
        assertFull(Limit.SHARE, () -> again.begin("peer", 251));
        goods.clock.advance(Duration.ofDays(1));
        Instant now = goods.clock.instant();
        again.expire(now, now, now, now);
        assertThat(again.ledger().used()).isEqualTo(3 * 100 + 50);
        again.expire(now, now, now.plusMillis(1), now);
        assertThat(again.ledger().used()).isEqualTo(100 + 50);
    }

    @Test
    void whatIsForgottenForOthersLeavesNoFile() throws Exception {
        LocalDeliveryStore store = open(new StoreLimits(1000, 0, 1, 5, new Remembered(100, 0.1, Duration.ofDays(1))));
        store.settle(goods.accept(store, goods.body(10)), RECEIPT, true, true);
        goods.clock.advance(Duration.ofDays(1).plusMillis(1));
        store.begin("peer", 10).close();
        assertThat(copies()).isEmpty();
        assertThat(store.ledger().used()).isZero();
        try (Stream<Path> files = Files.walk(root.resolve("upload"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void twoStoresDoNotRunOnOneDirectory() throws Exception {
        open(SMALL);
        assertThatThrownBy(() -> open(SMALL))
                .isInstanceOf(DirectoryInUseException.class)
                .hasMessageContaining(root.toString())
                .hasMessageContaining("in use");
    }

    @Test
    void halfReceivedFilesAreGoneAfterARestart() throws Exception {
        LocalDeliveryStore store = open(SMALL);
        Intake intake = store.begin("peer", 300);
        intake.write(goods.body(200), 0, 200);
        disk.kill();
        store.close();
        try (Stream<Path> left = Files.list(root.resolve("incoming"))) {
            assertThat(left).hasSize(1);
        }
        LocalDeliveryStore again = reopen();
        try (Stream<Path> left = Files.list(root.resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
        assertThat(again.ledger().used()).isZero();
    }

    @Test
    void aPayloadWithoutARecordIsTakenOverAsItWasDescribed() throws Exception {
        byte[] body = goods.body(100);
        DeliveryKey key = goods.key(body).withContents(Sha256.of(bytes("xml")));
        Label label = new Label(key, 100, Optional.of("age1x"), 3);
        try (LocalDeliveryStore store = open(SMALL)) {
            accept(store, "peer", label, body, Optional.empty());
        }
        try (Records records = Database.connect(root.resolve("state.db"))) {
            records.delete(key);
        }
        LocalDeliveryStore again = open(SMALL);
        Held held = again.find(key).orElseThrow();
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.label().size()).isEqualTo(100);
        assertThat(held.note()).isNotEmpty();
        if (Files.getFileStore(root).supportsFileAttributeView("user")) {
            assertThat(held.label()).isEqualTo(label);
            assertFull(Limit.SHARE, () -> again.begin("peer", 501));
        }
        assertThat(keys(again.due(goods.clock.instant(), 10))).containsExactly(key);
        assertThat(read(again, key)).isEqualTo(body);
    }

    @Test
    void aFileThatIsNotWhatItsNameSaysIsSetAsideAndTheServiceGoesOn() throws Exception {
        DeliveryKey good;
        try (LocalDeliveryStore store = open(SMALL)) {
            good = goods.accept(store, goods.body(10));
        }
        DeliveryKey other = goods.key(goods.body(5));
        Path folder = DurableFiles.parentOf(payload(good));
        Files.write(folder.resolve(other.toString()), bytes("not these bytes"));
        Files.write(folder.resolve("..stranger"), bytes("?"));
        Files.createDirectory(
                folder.resolve(good.withContents(Sha256.of(bytes("a folder"))).toString()));

        LocalDeliveryStore again = open(SMALL);
        assertThat(again.find(other)).isEmpty();
        assertThat(again.find(good)).isPresent();
        assertThat(setAside()).hasSize(3);
        assertThat(again.ledger().used()).isEqualTo(10);
    }

    @Test
    void aDamagedPayloadIsSetAsideAndCanComeAgain() throws Exception {
        byte[] body = goods.body(100);
        byte[] kept = goods.body(50);
        byte[] gone = goods.body(60);
        try (LocalDeliveryStore store = open(SMALL)) {
            goods.accept(store, body);
            goods.accept(store, gone);
            accept(store, "peer", label(goods.key(kept), 50), kept, Optional.of(RECEIPT));
        }
        try (FileChannel file = FileChannel.open(payload(goods.key(body)), StandardOpenOption.WRITE)) {
            file.truncate(99);
        }
        Files.delete(payload(goods.key(gone)));
        Files.delete(payload(goods.key(kept)));

        LocalDeliveryStore again = open(SMALL);
        assertThat(again.find(goods.key(body))).isEmpty();
        assertThat(again.find(goods.key(gone))).isEmpty();
        assertThat(setAside()).hasSize(4);
        // A receipt is for ever, whatever became of the bytes.
        Held held = again.find(goods.key(kept)).orElseThrow();
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(held.note()).contains("missing");
        assertThat(again.ledger().used()).isZero();
        goods.accept(again, body);
        assertThat(read(again, goods.key(body))).isEqualTo(body);
    }

    @Test
    void aLostIndexIsMadeAnewFromTheFiles() throws Exception {
        rebuilt(() -> Files.delete(root.resolve("state.db")));
        assertThat(setAside()).noneMatch(name -> name.startsWith("state.db"));
    }

    @Test
    void aBrokenIndexIsSetAsideAndMadeAnewFromTheFiles() throws Exception {
        rebuilt(() -> Files.write(root.resolve("state.db"), bytes("this is no database. ".repeat(1000))));
        assertThat(setAside()).anyMatch(name -> name.startsWith("state.db"));
    }

    @Test
    void anIndexBrokenInsideIsSetAsideAndMadeAnewFromTheFiles() throws Exception {
        rebuilt(() -> {
            try (FileChannel file = FileChannel.open(root.resolve("state.db"), StandardOpenOption.WRITE)) {
                for (int page = 2; page < 6; page++) {
                    file.write(ByteBuffer.wrap(bytes("garbage".repeat(100))), page * 4096L);
                }
            }
        });
        assertThat(setAside()).anyMatch(name -> name.startsWith("state.db"));
    }

    private interface Damage {
        void done() throws IOException;
    }

    private void rebuilt(Damage damage) throws Exception {
        byte[] waiting = goods.body(100);
        byte[] atBackend = goods.body(200);
        byte[] relayed = goods.body(300);
        byte[] unknown = goods.body(1);
        byte[] torn = goods.body(2);
        try (LocalDeliveryStore store = open(SMALL)) {
            goods.accept(store, waiting);
            accept(store, "two", label(goods.key(atBackend), 200), atBackend, Optional.of(RECEIPT));
            goods.accept(store, "two", relayed);
            store.settle(goods.key(relayed), REFUSAL, false, true);
            store.settle(goods.key(relayed), RECEIPT, true, false);
            goods.accept(store, unknown);
            store.settle(goods.key(unknown), REFUSAL, false, false);
            goods.accept(store, torn);
            store.settle(goods.key(torn), bytes("torn in two"), false, false);
        }
        Path copy = copies().stream()
                .filter(file -> file.toString().contains(goods.key(torn).toString()))
                .findFirst()
                .orElseThrow();
        Files.write(copy, bytes("torn"));
        damage.done();

        LocalDeliveryStore again = open(SMALL);
        assertThat(again.find(goods.key(waiting)).orElseThrow().state()).isEqualTo(State.ACCEPTED);
        assertThat(read(again, goods.key(waiting))).isEqualTo(waiting);
        assertThat(receipt(again, atBackend)).isEqualTo(RECEIPT);
        assertThat(read(again, goods.key(atBackend))).isEqualTo(atBackend);
        assertThat(receipt(again, relayed)).isEqualTo(RECEIPT);
        assertThat(again.find(goods.key(unknown)).orElseThrow().state()).isEqualTo(State.REFUSED);
        assertThat(again.find(goods.key(torn))).isEmpty();
        assertThat(again.ledger().used()).isEqualTo(300);
        assertThat(again.pending()).isEqualTo(1);
        // One receipt for ever, also now.
        Held held =
                accept(again, "two", label(goods.key(atBackend), 200), atBackend, Optional.of(bytes("a newer one")));
        assertThat(held.outcome()).hasValueSatisfying(o -> assertThat(o).isEqualTo(RECEIPT));
        assertThat(setAside()).anyMatch(name -> name.startsWith(goods.key(torn).toString()));
    }

    @Test
    void copiesOfOutcomesLostInAPowerCutAreMadeAnew() throws Exception {
        try (LocalDeliveryStore store = open(SMALL)) {
            DeliveryKey key = goods.accept(store, goods.body(10));
            store.settle(key, RECEIPT, true, false);
        }
        Path copy = copies().getFirst();
        Files.write(copy, new byte[0]);
        try (LocalDeliveryStore store = open(SMALL)) {
            assertThat(store.pending()).isZero();
        }
        assertThat(Files.readAllBytes(copy)).isEqualTo(RECEIPT);
    }

    @Test
    void tombstonesTakeTheirCopiesAlong() throws Exception {
        LocalDeliveryStore store = open(SMALL);
        DeliveryKey key = goods.accept(store, goods.body(10));
        store.settle(key, RECEIPT, true, true);
        assertThat(copies()).hasSize(1);
        store.expire(goods.clock.instant().plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        assertThat(copies()).isEmpty();
    }

    @Test
    void theIndexShrinksAgain() throws Exception {
        LocalDeliveryStore store = open(StoreLimits.DEFAULT);
        byte[] large = goods.body(LocalDeliveryStore.MAX_OUTCOME);
        for (int i = 0; i < 20; i++) {
            store.settle(goods.accept(store, goods.body(i)), large, true, false);
        }
        store.expire(goods.clock.instant().plusMillis(1), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        store.close();
        assertThat(Files.size(root.resolve("state.db"))).isLessThan(200_000);
    }

    @Test
    void anOutcomeHasALimit() throws Exception {
        LocalDeliveryStore store = open(SMALL);
        DeliveryKey key = goods.accept(store, goods.body(10));
        byte[] over = goods.body(LocalDeliveryStore.MAX_OUTCOME + 1);
        assertThatThrownBy(() -> store.settle(key, over, true, true)).isInstanceOf(IllegalArgumentException.class);
        assertThat(store.find(key).orElseThrow().state()).isEqualTo(State.ACCEPTED);
    }

    @Test
    void everythingIsOpenToItsOwnerAlone() throws Exception {
        Path inside = root.resolve("fresh");
        try (LocalDeliveryStore store = new LocalDeliveryStore(inside, SMALL, goods.clock)) {
            DeliveryKey key = goods.accept(store, goods.body(10));
            store.settle(key, RECEIPT, true, true);
            try (Stream<Path> all = Files.walk(inside)) {
                for (Path each : all.toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                            .as(each.toString())
                            .isEqualTo(Files.isDirectory(each) ? "rwx------" : "rw-------");
                }
            }
        }
    }

    @Test
    void aClosedStoreSaysSo() throws Exception {
        LocalDeliveryStore store = open(SMALL);
        Intake intake = store.begin("peer", 0);
        store.close();
        assertThatThrownBy(intake::seal).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> store.find(goods.key(goods.body(1))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> store.settle(goods.key(goods.body(1)), RECEIPT, true, true))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aLongQueueTakesNoMemory() throws Exception {
        open(SMALL).close();
        int many = 20_000;
        try (Records records = Database.connect(root.resolve("state.db"))) {
            records.execute("BEGIN");
            for (int i = 0; i < many; i++) {
                DeliveryKey key = DeliveryKey.of(TaskId.fresh(goods.clock, new Random(i)), Sha256.of(bytes("" + i)));
                Row row = Row.accepted(
                        label(key, 10), "owner", goods.clock.instant().plusMillis(i), "x".repeat(400));
                // Without a payload to look for, only the queue is long.
                records.put(row.withoutPayload(row.held().note()));
            }
            records.execute("COMMIT");
        }
        long before = usedMemory();
        LocalDeliveryStore store = open(new StoreLimits(1000, 0, 1, many, FREE));
        Instant last = goods.clock.instant().plusMillis(many);
        List<Held> page = store.due(last, 100);
        assertThat(page).hasSize(100);
        assertThat(page.getLast().due()).isEqualTo(goods.clock.instant().plusMillis(99));
        assertThat(store.pending()).isEqualTo(many);
        assertThat(store.backlog()).isEqualTo(10L * many);
        assertFull(Limit.COUNT, () -> store.begin("peer", 0));
        // As objects the 20,000 would be more than 10 MB.
        assertThat(usedMemory() - before).isLessThan(4_000_000);
        assertThat(store.due(last, 1)).hasSize(1);
    }

    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private LocalDeliveryStore reopen() throws IOException {
        LocalDeliveryStore store = new LocalDeliveryStore(root, SMALL, goods.clock);
        opened.add(store);
        return store;
    }

    private static byte[] receiptOf(Held held) {
        assertThat(held.state()).isEqualTo(State.SETTLED);
        return held.outcome().orElseThrow();
    }

    private byte[] receipt(DeliveryStore store, byte[] body) throws IOException {
        return receiptOf(store.find(goods.key(body)).orElseThrow());
    }

    private Path payload(DeliveryKey key) {
        return new StoreFiles(root, disk).payload(key);
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("outcomes"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private List<String> setAside() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("set-aside"))) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
