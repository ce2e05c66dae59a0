package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.parcel.Manifest;
import waybill.parcel.ManifestXml;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.store.DurableOutput;

/** What {@code receipts list} says of an outbox. */
final class ReceiptsListTest {
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    private static final Instant SEALED = Instant.parse("2026-03-01T00:00:00Z");
    private static final byte[] PARCEL = "sealed".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path data;

    private final SplittableRandom random = new SplittableRandom(5);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private OutboxTask keep(String... names) throws IOException {
        TaskId id = TaskId.fresh(() -> SEALED, random);
        List<Manifest.Item> items = new ArrayList<>();
        for (String name : names) {
            items.add(new Manifest.Item(name, 1, Sha256.of(new byte[1]), SEALED));
        }
        byte[] xml = ManifestXml.encode(new Manifest(id, "test", "00".repeat(16), SEALED, items));
        OutboxTask task = OutboxTask.sealed(
                DeliveryKey.of(id, Sha256.of(PARCEL)).withContents(Sha256.of(xml)),
                BACKEND,
                PARCEL.length,
                "age1vewsdxxmeraett7ztsaym88jsrv85kzm0xvjg09xqz8aqvjcja0sdfud95",
                SEALED,
                names.length);
        try (Outbox.Held held = Outbox.open(Outbox.under(data)).create(id)) {
            try (DurableOutput parcel = held.parcel()) {
                parcel.write(PARCEL);
                parcel.commit();
            }
            held.waybill(xml);
            held.save(task);
        }
        return task;
    }

    private void change(OutboxTask task) throws IOException {
        try (Outbox.Held held = Outbox.open(Outbox.under(data)).take(task.id())) {
            held.save(task);
        }
    }

    private static OutboxTask awaiting(OutboxTask task, Instant accepted) {
        Carrier backend = new Carrier.Direct(BACKEND);
        return task.with(new OutboxTask.Acceptance(
                        backend,
                        new Promise(60, 5, 0, 1 << 20, 1),
                        accepted,
                        Duration.ofHours(1),
                        OutboxTask.Standing.WAITING))
                .at(OutboxTask.Phase.AWAITING, Optional.of(backend));
    }

    private String list(String... more) {
        out.getBuffer().setLength(0);
        assertThat(run(more)).isZero();
        return out.toString();
    }

    private int run(String... more) {
        List<String> line = new ArrayList<>(List.of("receipts", "list", "--data", data.toString()));
        line.addAll(List.of(more));
        return Main.run(
                line.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true), Map.of(), data);
    }

    @Test
    void withoutAnOutboxNothingIsOutstandingAndNoneIsMade() {
        assertThat(list()).isEmpty();
        assertThat(err.toString()).isEqualTo("nothing is outstanding\n");
        assertThat(Files.exists(Outbox.under(data))).isFalse();
    }

    @Test
    void everyTaskIsALineThatSaysWhatWhoAndUntilWhen() throws IOException {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        OutboxTask fresh = keep("crash.dmp");
        OutboxTask awaited = keep("a.log", "b.log", "c.log");
        change(awaiting(awaited, now));
        OutboxTask overdue = keep("old.log");
        change(awaiting(overdue, SEALED));
        OutboxTask given = keep("given.log");
        change(given.at(OutboxTask.Phase.EXPIRED, Optional.empty()));

        String lines = list();

        assertThat(lines.lines()).hasSize(4);
        assertThat(lineOf(lines, fresh)).contains("crash.dmp, 6 B, sealed ").endsWith("no relay or backend had it yet");
        assertThat(lineOf(lines, awaited))
                .contains(" and 2 more, ")
                .contains("with https://backend.example/inbox, its receipt is awaited until ");
        assertThat(lineOf(lines, overdue)).contains("its receipt is overdue since ");
        assertThat(lineOf(lines, given)).endsWith("not decided when it was last tried");
        assertThat(err.toString()).isEqualTo("4 outstanding, 24 B\n");

        JsonNode said = new ObjectMapper().readTree(list("--json"));
        assertThat(said.path("count").asInt()).isEqualTo(4);
        JsonNode row = said.path("tasks").path(1);
        for (JsonNode each : said.path("tasks")) {
            row = each.path("id").asText().equals(awaited.id().toString()) ? each : row;
        }
        assertThat(row.path("state").asText()).isEqualTo("AWAITING");
        assertThat(row.path("until").asText())
                .isEqualTo(now.plus(Duration.ofHours(1)).toString());
        assertThat(row.path("names").get(0).asText()).isEqualTo("a.log");
        assertThat(row.path("files").asInt()).isEqualTo(3);
    }

    @Test
    void itLooksWhileSomebodyWorksOnATask() throws IOException {
        OutboxTask task = keep("crash.dmp");
        try (Outbox.Held _ = Outbox.open(Outbox.under(data)).take(task.id())) {
            assertThat(list()).contains(task.id().toString());
        }
    }

    @Test
    void whatIsDamagedOrHalfMadeIsLeftAsItIsAndSaid() throws IOException {
        OutboxTask damaged = keep("crash.dmp");
        Path home = Outbox.under(data).resolve(damaged.id().toString());
        Files.writeString(home.resolve("task.json"), "{");
        Path half =
                Outbox.under(data).resolve(TaskId.fresh(() -> SEALED, random).toString());
        Files.createDirectory(half);

        assertThat(run()).isEqualTo(6);

        assertThat(out.toString().lines()).singleElement().asString().startsWith(damaged.id() + "  cannot be read: ");
        assertThat(err.toString()).contains("1 that cannot be read").doesNotContain("nothing is outstanding");
        assertThat(home).exists();
        assertThat(half).exists();
        out.getBuffer().setLength(0);
        assertThat(run("--json")).isEqualTo(6);
        JsonNode said = new ObjectMapper().readTree(out.toString());
        assertThat(said.path("count").asInt()).isZero();
        assertThat(said.path("unreadable").asInt()).isEqualTo(1);
        assertThat(said.path("exit").asInt()).isEqualTo(6);
    }

    @Test
    void whatWasOnItsWayOrHadAttemptsIsSaidToBe() throws IOException {
        Carrier backend = new Carrier.Direct(BACKEND);
        OutboxTask going = keep("going.log");
        change(going.attempted().at(OutboxTask.Phase.FORWARDING, Optional.of(backend)));
        OutboxTask late = keep("late.log");
        change(awaiting(late, SEALED).attempted().at(OutboxTask.Phase.SEEKING, Optional.empty()));
        OutboxTask back = keep("back.log");
        change(back.attempted().at(OutboxTask.Phase.SEEKING, Optional.empty()));

        String lines = list();

        assertThat(lineOf(lines, going)).endsWith("on its way to https://backend.example/inbox");
        assertThat(lineOf(lines, late)).endsWith("1 took it and brought no receipt yet; another one is looked for");
        assertThat(lineOf(lines, back)).endsWith("no relay or backend took it yet");
    }

    @Test
    void anOutboxThatCannotBeReadIsNoEmptyOne() throws IOException {
        // A file in its place: as unreadable as another user's directory, also for root.
        Files.writeString(Outbox.under(data), "");
        assertThat(run()).isEqualTo(6);
        assertThat(err.toString()).contains("cannot be read").doesNotContain("nothing is outstanding");
    }

    @Test
    void anOutboxOnADiskThatIsAwayIsNoEmptyOne() throws IOException {
        Files.createSymbolicLink(Outbox.under(data), data.resolve("disk"));
        assertThat(run()).isEqualTo(6);
        assertThat(err.toString()).doesNotContain("nothing is outstanding");
    }

    @Test
    void aTimeThatCannotBeIsDamage() throws IOException {
        OutboxTask task = keep("crash.dmp");
        Path file = Outbox.under(data).resolve(task.id().toString()).resolve("task.json");
        Files.writeString(file, Files.readString(file).replace(SEALED.toString(), Instant.MAX.toString()));
        assertThat(run()).isEqualTo(6);
        assertThat(out.toString()).contains("cannot be read");
    }

    @Test
    void aTaskWithoutItsListOfFilesIsListedAllTheSame() throws IOException {
        OutboxTask task = keep("crash.dmp");
        Path xml = Outbox.under(data).resolve(task.id().toString()).resolve("waybill.xml");
        Files.writeString(xml, "<nonsense/>");
        assertThat(list()).contains(task.id() + "  1 file, 6 B");
        Files.delete(xml);
        assertThat(list()).contains(task.id() + "  1 file, 6 B");
    }

    private static String lineOf(String lines, OutboxTask task) {
        return lines.lines()
                .filter(line -> line.startsWith(task.id().toString()))
                .findFirst()
                .orElseThrow();
    }
}
