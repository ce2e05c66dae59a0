package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Carriage.fifo;
import static waybill.requester.Carriage.unfit;
import static waybill.requester.Stage.RECIPIENT;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.refusal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.byhand.Imported;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;

/** Parcels delivered out of a folder that anybody may have written to (section 9). */
class ImportTest {
    @TempDir
    Path directory;

    private Carriage carriage;

    @BeforeEach
    void actors() throws IOException {
        carriage = new Carriage(directory);
    }

    @Test
    void aRelayMayCarryItOnAndIsAskedFirstAfterAnInterruption() throws Exception {
        carriage.seal("report");
        carriage.export(false);
        carriage.gateway.config.via(Via.LAN);
        Host relay = carriage.gateway.relay("honest").silent();
        carriage.gateway.clocks.beforePause = () -> {
            throw new InterruptedException();
        };
        assertThat(carriage.deliver()).isEmpty();
        assertThat(relay.puts).isEqualTo(1);

        carriage.gateway.clocks.beforePause = () -> {};
        relay.receiptAfter = Duration.ZERO;
        assertThat(carriage.deliver()).singleElement().isInstanceOf(Imported.Ended.class);
        assertThat(relay.puts).as("it has it already").isEqualTo(1);
        assertThat(carriage.gateway.data().resolve("carried")).isDirectoryNotContaining(Files::isDirectory);
    }

    @Test
    void whatHasAReceiptThatVerifiesIsNotSentAgain() throws Exception {
        OutboxTask task = carriage.seal("report");
        carriage.export(false);
        carriage.deliver();
        assertThat(carriage.deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Before.class,
                        before -> assertThat(before.receipt()).isTrue());
        assertThat(carriage.backend.puts).isEqualTo(1);

        Files.write(
                carriage.file(task, "receipt"),
                fault(SignatureFault.Kind.BAD_SIGNATURE).bytes());
        assertThat(carriage.deliver()).singleElement().isInstanceOf(Imported.Ended.class);
        assertThat(carriage.file(task, "receipt")).hasBinaryContent(receipt().bytes());
        assertThat(carriage.backend.puts).isEqualTo(2);
    }

    @Test
    void aRefusalIsWrittenAndEndsTheTaskAtHome() throws Exception {
        OutboxTask task = carriage.seal("report");
        carriage.export(false);
        carriage.backend.put = () -> refusal(Problem.TOO_LARGE, RECIPIENT);
        carriage.deliver();
        assertThat(carriage.file(task, "refusal")).exists();
        assertThat(carriage.deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Before.class,
                        before -> assertThat(before.receipt()).isFalse());
        assertThat(carriage.collect(false))
                .singleElement()
                .isInstanceOfSatisfying(
                        Result.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Refused.class));
        assertThat(carriage.home.outbox()).isEmpty();
    }

    @Test
    void aRefusalThatSomebodyProvokedIsNoReasonNotToDeliver() throws Exception {
        OutboxTask task = carriage.seal("report");
        carriage.export(false);
        Files.write(
                carriage.file(task, "refusal"),
                refusal(Problem.UNKNOWN_RECIPIENT, Stage.OTHER_RECIPIENT).bytes());
        assertThat(carriage.deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class));
    }

    @Test
    void receiptsMayBeKeptElsewhereAndParcelsRemoved() throws Exception {
        OutboxTask task = carriage.seal("report");
        carriage.export(false);
        Path kept = carriage.directory.resolve("kept/of/others");
        carriage.deliver(kept, true);
        assertThat(carriage.names()).isEmpty();
        assertThat(kept.resolve(task.id() + "." + task.key().sha256() + ".receipt"))
                .hasBinaryContent(receipt().bytes());
    }

    @Test
    void aParcelForAnotherBackendIsLeftAndNobodyIsDialled() throws Exception {
        BackendUrl other = BackendUrl.parse("https://other.example/inbox");
        carriage.lay("for another", other);
        assertThat(carriage.deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Elsewhere.class, e -> assertThat(e.backend()).isEqualTo(other));
        assertThat(carriage.gateway.hop.dialled).isEmpty();
    }

    @Test
    void whatIsNotWhatItsLabelSaysIsLeftAndTheOthersGoOn() throws Exception {
        Packet.Label shorter = carriage.lay("shorter", Stage.BACKEND);
        Files.write(carriage.parcel(shorter), "short".getBytes(StandardCharsets.UTF_8));
        Packet.Label missing = carriage.lay("missing", Stage.BACKEND);
        Files.delete(carriage.parcel(missing));
        Packet.Label longer = carriage.lay("longer", Stage.BACKEND);
        Files.write(carriage.parcel(longer), "longer than it was".getBytes(StandardCharsets.UTF_8));
        Packet.Label swapped = carriage.lay("swapped", Stage.BACKEND);
        Files.write(carriage.parcel(swapped), "deppaws".getBytes(StandardCharsets.UTF_8));
        Packet.Label linked = carriage.lay("linked", Stage.BACKEND);
        Files.delete(carriage.parcel(linked));
        Files.createSymbolicLink(carriage.parcel(linked), Path.of("/etc/passwd"));
        Packet.Label piped = carriage.lay("piped", Stage.BACKEND);
        Files.delete(carriage.parcel(piped));
        fifo(carriage.parcel(piped));
        OutboxTask good = carriage.seal("report");
        carriage.export(false);

        List<Imported> results = carriage.deliver();

        assertThat(unfit(results))
                .containsExactlyInAnyOrder(
                        Imported.Kind.INCOMPLETE,
                        Imported.Kind.INCOMPLETE,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED);
        assertThat(carriage.backend.keys).containsExactly(good.key());
        assertThat(carriage.file(good, "receipt")).exists();
    }

    @Test
    void aLabelThatIsNoneIsLeftWhateverItIs() throws Exception {
        Packet.Label one = carriage.lay("one", Stage.BACKEND);
        Packet.Label two = carriage.lay("two", Stage.BACKEND);
        carriage.lay(one, PacketCodec.encode(two));
        carriage.lay(two, new byte[PacketCodec.MAX_FILE + 1]);
        Packet.Label three = carriage.lay("three", Stage.BACKEND);
        Path label = carriage.stick.resolve(three.id() + "." + three.sha256() + ".label");
        Files.delete(label);
        Files.createSymbolicLink(label, Path.of("/etc/passwd"));
        Packet.Label four = carriage.lay("four", Stage.BACKEND);
        label = carriage.stick.resolve(four.id() + "." + four.sha256() + ".label");
        Files.delete(label);
        Files.createDirectory(label);
        Packet.Label five = carriage.lay("five", Stage.BACKEND);
        label = carriage.stick.resolve(five.id() + "." + five.sha256() + ".label");
        Files.delete(label);
        fifo(label);

        assertThat(unfit(carriage.deliver())).hasSize(5).containsOnly(Imported.Kind.BAD_LABEL);
        assertThat(carriage.gateway.hop.dialled).isEmpty();
    }

    @Test
    void howeverManyOlderOnesAreUnfitTheYoungerIsDelivered() throws Exception {
        carriage.seal("report");
        carriage.export(false);
        int old = 10_001;
        for (int i = 0; i < old; i++) {
            Files.createFile(carriage.stick.resolve("00000000-0000-7000-8000-%012x.%064x.label".formatted(i, i)));
        }
        List<Imported> results = carriage.deliver();
        assertThat(unfit(results)).hasSize(old).containsOnly(Imported.Kind.BAD_LABEL);
        assertThat(results).hasSize(old + 1).anyMatch(result -> result instanceof Imported.Ended);
    }

    @Test
    void aParcelBeyondWhatTheBackendTakesIsNotRead() throws Exception {
        try (Requester requester = carriage.gateway.open()) {
            requester.learn(Stage.profile(1).bytes());
        }
        Packet.Label label = new Packet.Label(
                waybill.protocol.TaskId.fresh(carriage.gateway.clocks, new java.util.SplittableRandom(1)),
                Stage.BACKEND,
                1L << 40,
                Sha256.of(new byte[0]),
                Sha256.of(new byte[0]),
                RECIPIENT);
        carriage.lay(label, PacketCodec.encode(label));
        try (RandomAccessFile sparse =
                new RandomAccessFile(carriage.parcel(label).toFile(), "rw")) {
            sparse.setLength(1L << 40);
        }
        assertThat(unfit(carriage.deliver())).containsExactly(Imported.Kind.TOO_LARGE);
    }

    @Test
    void theFirstLooksForACarrierAsLongAsItShouldTheOthersOnce() throws Exception {
        for (String content : List.of("a", "b", "c")) {
            carriage.lay(content, Stage.BACKEND);
        }
        carriage.backend.put = Script.unreachable();
        long begun = carriage.gateway.clocks.ticks();
        assertThat(carriage.deliver())
                .hasSize(3)
                .allSatisfy(result ->
                        assertThat(((Imported.Ended) result).decision()).isInstanceOf(Decision.Expired.class));
        assertThat(Duration.ofNanos(carriage.gateway.clocks.ticks() - begun))
                .isBetween(Duration.ofMinutes(1), Duration.ofMinutes(2));
    }
}
