package waybill.requester.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.LinkZone;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.outbox.OutboxTask.Acceptance;
import waybill.requester.outbox.OutboxTask.Phase;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.store.DirectoryInUseException;
import waybill.store.DurableOutput;

class OutboxTest {
    private static final byte[] PARCEL = "sealed".getBytes(StandardCharsets.UTF_8);
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    private static final String RECIPIENT = "age1vewsdxxmeraett7ztsaym88jsrv85kzm0xvjg09xqz8aqvjcja0sdfud95";
    private static final Promise PROMISE = new Promise(60, 5, 0, 1 << 20, 1);

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(3);
    private Instant now = Instant.parse("2026-03-01T00:00:00Z");
    private Outbox outbox;

    @BeforeEach
    void open() throws IOException {
        outbox = Outbox.open(directory.resolve("outbox"));
    }

    private TaskId fresh() {
        now = now.plusMillis(5);
        return TaskId.fresh(() -> now, random);
    }

    private OutboxTask put(TaskId id) throws IOException {
        try (Outbox.Held held = outbox.create(id)) {
            OutboxTask task = write(held, id);
            held.save(task);
            return task;
        }
    }

    private static OutboxTask write(Outbox.Held held, TaskId id) throws IOException {
        try (DurableOutput parcel = held.parcel()) {
            parcel.write(PARCEL);
            parcel.commit();
        }
        held.waybill("<waybill/>".getBytes(StandardCharsets.UTF_8));
        return task(id);
    }

    private static Carrier relay(String name) {
        return new Carrier.Relay(
                new NodeId(Sha256.of(name.getBytes(StandardCharsets.UTF_8))),
                AliasUrl.parse("https://127.0.0.1:7506/a/" + name),
                LinkZone.NONE);
    }

    private static OutboxTask task(TaskId id) {
        Carrier relay = relay("relay");
        return new OutboxTask(
                DeliveryKey.of(id, Sha256.of(PARCEL)).withContents(Sha256.of(new byte[] {1})),
                BACKEND,
                PARCEL.length,
                RECIPIENT,
                Instant.parse("2026-03-01T00:00:00Z"),
                2,
                Phase.AWAITING,
                Optional.of(relay),
                List.of(
                        new Acceptance(
                                relay,
                                PROMISE,
                                Instant.parse("2026-03-01T00:00:01.5Z"),
                                Duration.ofSeconds(86),
                                Standing.WAITING),
                        new Acceptance(
                                new Carrier.Direct(BACKEND),
                                PROMISE,
                                Instant.parse("2026-03-01T00:00:02Z"),
                                Duration.ofSeconds(86),
                                Standing.LATE)),
                3,
                List.of(new OutboxTask.Entry(Instant.parse("2026-03-01T00:00:03Z"), "LATE", "who", "what \"it\" was")));
    }

    private Path home(TaskId id) {
        return directory.resolve("outbox").resolve(id.toString());
    }

    @Test
    void aTaskComesBackAsItWasKept() throws IOException {
        OutboxTask task = put(fresh());
        assertThat(Outbox.open(directory.resolve("outbox")).list()).containsExactly(task);
        try (Outbox.Held held = outbox.take(task.id())) {
            assertThat(held.task()).isEqualTo(task);
            assertThat(held.open().size()).isEqualTo(PARCEL.length);
            Path name = directory.resolve("kept.xml");
            assertThat(held.waybill(name)).isTrue();
            assertThat(name).hasContent("<waybill/>");
        }
    }

    @Test
    void tasksAreListedOldestFirst() throws IOException {
        TaskId first = fresh();
        TaskId second = fresh();
        put(second);
        put(first);
        assertThat(outbox.list()).extracting(OutboxTask::id).containsExactly(first, second);
    }

    @Test
    void aTaskIsWorkedOnByOneAtATime() throws IOException {
        OutboxTask task = put(fresh());
        try (Outbox.Held held = outbox.take(task.id())) {
            assertThat(held.task()).isEqualTo(task);
            assertThatThrownBy(() -> outbox.take(task.id())).isInstanceOf(DirectoryInUseException.class);
        }
        outbox.take(task.id()).close();
    }

    @Test
    void whatWasLeftHalfMadeIsNoTaskAndIsRemovedAtTheNextStart() throws IOException {
        TaskId id = fresh();
        try (Outbox.Held held = outbox.create(id)) {
            assertThat(write(held, id).id()).isEqualTo(id);
        }
        Files.writeString(home(id).resolve(".123.part"), "half");
        OutboxTask whole = put(fresh());
        assertThat(outbox.list()).containsExactly(whole);
        assertThatThrownBy(() -> outbox.take(id)).isInstanceOf(NoSuchFileException.class);

        assertThat(Outbox.open(directory.resolve("outbox")).list()).containsExactly(whole);
        assertThat(home(id)).doesNotExist();
    }

    @Test
    void whatIsBeingSealedIsNotRemovedByAnotherStart() throws IOException {
        TaskId id = fresh();
        try (Outbox.Held held = outbox.create(id)) {
            OutboxTask task = write(held, id);
            Outbox.open(directory.resolve("outbox"));
            held.save(task);
        }
        assertThat(outbox.list()).hasSize(1);
    }

    @Test
    void aTaskThatIsRemovedLeavesNothing() throws IOException {
        OutboxTask task = put(fresh());
        try (Outbox.Held held = outbox.take(task.id())) {
            assertThat(held.keep(new byte[] {1})).isPresent();
            held.remove();
        }
        assertThat(home(task.id())).doesNotExist();
        assertThat(outbox.list()).isEmpty();
    }

    @Test
    void aCrashWhileATaskIsRemovedLeavesNoTask() throws IOException {
        OutboxTask task = put(fresh());
        Files.delete(home(task.id()).resolve("task.json"));
        assertThat(outbox.list()).isEmpty();
        Outbox.open(directory.resolve("outbox"));
        assertThat(home(task.id())).doesNotExist();
    }

    @Test
    void aDamagedTaskIsSetAsideAndTheOthersGoOn() throws IOException {
        OutboxTask broken = put(fresh());
        OutboxTask whole = put(fresh());
        Files.writeString(home(broken.id()).resolve("task.json"), "{ \"format\": 1, ");
        assertThat(outbox.list()).containsExactly(whole);
        assertThat(home(broken.id())).doesNotExist();
        assertThat(directory
                        .resolve("outbox/aside")
                        .resolve(broken.id().toString())
                        .resolve("parcel.age"))
                .exists();
    }

    @Test
    void aTaskWhoseParcelIsMissingOrCutOrThatSaysAnotherIdIsDamaged() throws IOException {
        OutboxTask missing = put(fresh());
        Files.delete(home(missing.id()).resolve("parcel.age"));
        OutboxTask cut = put(fresh());
        Files.write(home(cut.id()).resolve("parcel.age"), new byte[2]);
        OutboxTask stolen = put(fresh());
        OutboxTask whole = put(fresh());
        Files.copy(
                home(whole.id()).resolve("task.json"),
                home(stolen.id()).resolve("task.json"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(outbox.list()).containsExactly(whole);
        assertThat(directory.resolve("outbox/aside"))
                .isDirectoryContaining(p -> p.endsWith(missing.id().toString()))
                .isDirectoryContaining(p -> p.endsWith(cut.id().toString()))
                .isDirectoryContaining(p -> p.endsWith(stolen.id().toString()));
    }

    @Test
    void strangersInTheDirectoryAreLeftAlone() throws IOException {
        Path stranger = Files.createDirectories(directory.resolve("outbox/notes"));
        Files.writeString(stranger.resolve("file"), "mine");
        assertThat(Outbox.open(directory.resolve("outbox")).list()).isEmpty();
        assertThat(stranger.resolve("file")).exists();
    }

    @Test
    void onlySoManyUnverifiedReceiptsAreKept() throws IOException {
        OutboxTask task = put(fresh());
        try (Outbox.Held held = outbox.take(task.id())) {
            for (int i = 0; i < Outbox.MAX_KEPT; i++) {
                assertThat(held.keep(new byte[] {(byte) i})).isPresent();
            }
            assertThat(held.keep(new byte[] {99})).isEmpty();
        }
    }

    @Test
    void historyAndAcceptancesAreBounded() {
        OutboxTask task = task(fresh());
        for (int i = 0; i < 500; i++) {
            task = task.noting(new OutboxTask.Entry(now, "event" + i, "", "x".repeat(5_000)));
            task = task.with(new Acceptance(relay("relay" + i), PROMISE, now, Duration.ofSeconds(1), Standing.LATE));
        }
        assertThat(task.history()).hasSize(OutboxTask.MAX_HISTORY);
        assertThat(task.history().getLast().event()).isEqualTo("event499");
        assertThat(task.history().getLast().detail()).hasSize(OutboxTask.MAX_DETAIL);
        assertThat(task.acceptances()).hasSize(OutboxTask.MAX_ACCEPTANCES);
    }
}
