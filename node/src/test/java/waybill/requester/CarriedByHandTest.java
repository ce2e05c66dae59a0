package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.RECIPIENT;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.refusal;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
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
import waybill.requester.byhand.Export;
import waybill.requester.byhand.Export.Exported;
import waybill.requester.byhand.Homecoming;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.byhand.Import;
import waybill.requester.byhand.Imported;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;

/** Out of the outbox, into a folder, to the backend and home again (section 9). */
class CarriedByHandTest {
    @TempDir
    Path directory;

    private Path stick;
    private Stage home;
    private Stage gateway;
    private Host backend;

    @BeforeEach
    void actors() throws IOException {
        stick = Files.createDirectory(directory.resolve("stick"));
        home = new Stage(Files.createDirectory(directory.resolve("home")));
        gateway = new Stage(Files.createDirectory(directory.resolve("gateway")));
        gateway.config.via(Via.DIRECT).giveUp(Duration.ofMinutes(1));
        backend = gateway.backend();
        backend.put = Stage::receipt;
    }

    // What the commands do.

    private OutboxTask seal(String content) throws Exception {
        try (Requester requester = home.open()) {
            assertThat(requester.learn(Stage.profile(1).bytes())).isPresent();
            return requester
                    .seal(List.of(home.file("in/" + content + ".txt", content)), home.steps::add)
                    .orElseThrow();
        }
    }

    private List<Exported> export(boolean oneWay) throws Exception {
        List<Exported> results = new ArrayList<>();
        try (Requester requester = home.open()) {
            new Export(requester, stick).run(requester.outstanding(), oneWay, new Export.Listener() {
                @Override
                public void copied(OutboxTask task, long bytes) {}

                @Override
                public void exported(Exported result) {
                    results.add(result);
                }
            });
        }
        return results;
    }

    private List<Imported> deliver() throws Exception {
        return deliver(stick, false);
    }

    private List<Imported> deliver(Path outcomes, boolean remove) throws Exception {
        List<Imported> results = new ArrayList<>();
        try (Requester requester = gateway.open()) {
            new Import(requester, requester.batch(1), Stage.BACKEND, stick, outcomes, remove)
                    .run(new Import.Listener() {
                        @Override
                        public void found(int deliveries) {}

                        @Override
                        public Journey journey(Packet.Label label) {
                            return gateway.steps::add;
                        }

                        @Override
                        public void imported(Imported result) {
                            results.add(result);
                        }
                    });
        }
        return results;
    }

    private List<Result> collect(boolean remove) throws Exception {
        List<Result> results = new ArrayList<>();
        try (Requester requester = home.open()) {
            new Homecoming(requester, stick).run(requester.outstanding(), remove, new Homecoming.Listener() {
                @Override
                public Journey journey(OutboxTask task) {
                    return home.steps::add;
                }

                @Override
                public void collected(Result result) {
                    results.add(result);
                }
            });
        }
        return results;
    }

    private Path file(OutboxTask task, String kind) {
        return stick.resolve(task.id() + "." + task.key().sha256() + "." + kind);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(stick)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".waybill.lock"))
                    .sorted()
                    .toList();
        }
    }

    private byte[] sealed(OutboxTask task) throws IOException {
        return Files.readAllBytes(home.data().resolve("outbox/" + task.id() + "/parcel.age"));
    }

    /** A parcel of this content as anybody could lay it there, with what the label says of it changed. */
    private Packet.Label lay(String content, BackendUrl to) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        Packet.Label label = new Packet.Label(
                waybill.protocol.TaskId.fresh(gateway.clocks, new java.util.SplittableRandom(content.hashCode())),
                to,
                bytes.length,
                Sha256.of(bytes),
                Sha256.of(new byte[0]),
                RECIPIENT);
        lay(label, PacketCodec.encode(label));
        Files.write(stick.resolve(label.id() + "." + label.sha256() + ".parcel"), bytes);
        return label;
    }

    private void lay(Packet.Label name, byte[] label) throws IOException {
        Files.write(stick.resolve(name.id() + "." + name.sha256() + ".label"), label);
    }

    private static List<Imported.Kind> unfit(List<Imported> results) {
        return results.stream()
                .filter(Imported.Unfit.class::isInstance)
                .map(result -> ((Imported.Unfit) result).kind())
                .toList();
    }

    // The journey.

    @Test
    void thereAndHomeAgainWithoutAnyNetwork() throws Exception {
        OutboxTask task = seal("report");
        assertThat(export(false)).containsExactly(new Exported.Written(task, false, Optional.empty()));
        assertThat(home.hop.dialled).isEmpty();
        assertThat(home.finder.questions).isEmpty();

        assertThat(deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class));
        assertThat(backend.keys).containsExactly(task.key());
        assertThat(backend.bodies).containsExactly(sealed(task));
        assertThat(file(task, "receipt")).hasBinaryContent(receipt().bytes());

        assertThat(collect(false))
                .singleElement()
                .isInstanceOfSatisfying(
                        Result.Ended.class,
                        ended -> assertThat(ended.decision())
                                .isInstanceOfSatisfying(Decision.Delivered.class, delivered -> {
                                    assertThat(delivered.receipt())
                                            .isEqualTo(home.directory.resolve("receipts/" + task.id() + ".receipt"))
                                            .hasBinaryContent(receipt().bytes());
                                    assertThat(delivered.waybill().orElseThrow())
                                            .content()
                                            .contains("report.txt");
                                }));
        assertThat(home.outbox()).isEmpty();
        assertThat(collect(false)).isEmpty();
        assertThat(home.hop.dialled).isEmpty();
    }

    @Test
    void withoutAProfileNothingCanBeSealed() throws Exception {
        try (Requester requester = home.open()) {
            assertThat(requester.seal(List.of(home.file("in/x", "x")), Journey.SILENT))
                    .isEmpty();
        }
        assertThat(home.outbox()).isEmpty();
    }

    @Test
    void anOlderProfileIsNotTaken() throws Exception {
        try (Requester requester = home.open()) {
            assertThat(requester.learn(Stage.profile(7).bytes())).isPresent();
            assertThat(requester.learn(Stage.profile(6).bytes())).isEmpty();
            assertThat(requester.knownProfile().orElseThrow().serial()).isEqualTo(7);
            assertThatThrownBy(() -> requester.learn(
                            fault(SignatureFault.Kind.UNKNOWN_CHAIN).bytes()))
                    .isInstanceOf(SignatureFault.class);
        }
    }

    @Test
    void theProfileIsLeftForWhoHasNoNetwork() throws Exception {
        try (Requester requester = gateway.open()) {
            Import carried = new Import(requester, requester.batch(1), Stage.BACKEND, stick, stick, false);
            assertThat(carried.leaveProfile(Journey.SILENT)).isEqualTo(Import.Profile.LEFT);
            assertThat(carried.leaveProfile(Journey.SILENT)).isEqualTo(Import.Profile.THERE);
            backend.profile = () -> Stage.profile(2);
            assertThat(carried.leaveProfile(Journey.SILENT))
                    .as("not the one known here, but the present one")
                    .isEqualTo(Import.Profile.LEFT);
        }
        try (Requester requester = home.open()) {
            byte[] left = new Export(requester, stick).profile(Stage.BACKEND).orElseThrow();
            assertThat(requester.learn(left).orElseThrow().serial()).isEqualTo(2);
        }
    }

    // Writing.

    @Test
    void whatIsThereIsNotWrittenAgainAndWhatIsDamagedIs() throws Exception {
        OutboxTask task = seal("report");
        export(false);
        Object before = Files.getAttribute(file(task, "parcel"), "unix:ino");
        assertThat(export(false)).containsExactly(new Exported.Written(task, true, Optional.empty()));
        assertThat(Files.getAttribute(file(task, "parcel"), "unix:ino")).isEqualTo(before);

        byte[] flipped = sealed(task);
        flipped[flipped.length / 2] ^= 1;
        Files.write(file(task, "parcel"), flipped);
        assertThat(export(false)).containsExactly(new Exported.Written(task, false, Optional.empty()));
        assertThat(file(task, "parcel")).hasBinaryContent(sealed(task));
    }

    @Test
    void aRottenOutboxPutsNothingIntoTheFolder() throws Exception {
        OutboxTask task = seal("report");
        byte[] flipped = sealed(task);
        flipped[flipped.length / 2] ^= 1;
        Files.write(home.data().resolve("outbox/" + task.id() + "/parcel.age"), flipped);

        assertThat(export(true)).singleElement().isInstanceOf(Exported.Failed.class);
        assertThat(names()).isEmpty();
        assertThat(home.outbox()).containsExactly(task);
    }

    @Test
    void aFolderThatIsNotThereIsNotMade() throws Exception {
        try (Requester requester = home.open()) {
            assertThatThrownBy(() -> new Export(requester, directory.resolve("unmounted")))
                    .isInstanceOf(NoSuchFileException.class);
        }
        assertThat(directory.resolve("unmounted")).doesNotExist();
    }

    @Test
    void whatAKilledWriterLeftIsRemovedAndForeignFilesStay() throws Exception {
        seal("report");
        Files.write(stick.resolve(".0b4c9cf0-3f1c-4f4c-9d0e-0123456789ab.part"), new byte[10]);
        Files.write(stick.resolve("holiday.jpg"), new byte[10]);
        Files.write(stick.resolve(".hidden.part"), new byte[10]);
        export(false);
        assertThat(names())
                .hasSize(4)
                .contains("holiday.jpg", ".hidden.part")
                .noneMatch(name -> name.startsWith(".0b4c"));
    }

    @Test
    void aLockThatIsALinkOrAPipeIsRefused() throws Exception {
        seal("report");
        Path lock = stick.resolve(".waybill.lock");
        Files.createSymbolicLink(lock, directory.resolve("elsewhere"));
        assertThatThrownBy(() -> export(false)).isInstanceOf(IOException.class);
        assertThat(directory.resolve("elsewhere")).doesNotExist();
        Files.delete(lock);
        fifo(lock);
        assertThatThrownBy(() -> export(false)).isInstanceOf(IOException.class);
    }

    @Test
    void oneWayEndsTheTaskWithoutProofAndKeepsWhatALateReceiptNeeds() throws Exception {
        OutboxTask task = seal("report");
        assertThat(export(true)).singleElement().isInstanceOfSatisfying(Exported.Written.class, written -> {
            Decision.Unproven unproven = written.ended().orElseThrow();
            assertThat(unproven.label()).hasBinaryContent(PacketCodec.encode(task.label()));
            assertThat(unproven.waybill().orElseThrow()).content().contains("report.txt");
        });
        assertThat(home.outbox()).isEmpty();
        assertThat(home.directory.resolve("receipts/" + task.id() + ".receipt")).doesNotExist();
        assertThat(file(task, "label")).exists();
        assertThat(file(task, "parcel")).exists();
    }

    // Delivering.

    @Test
    void aRelayMayCarryItOnAndIsAskedFirstAfterAnInterruption() throws Exception {
        seal("report");
        export(false);
        gateway.config.via(Via.LAN);
        Host relay = gateway.relay("honest").silent();
        gateway.clocks.beforePause = () -> {
            throw new InterruptedException();
        };
        assertThat(deliver()).isEmpty();
        assertThat(relay.puts).isEqualTo(1);

        gateway.clocks.beforePause = () -> {};
        relay.receiptAfter = Duration.ZERO;
        assertThat(deliver()).singleElement().isInstanceOf(Imported.Ended.class);
        assertThat(relay.puts).as("it has it already").isEqualTo(1);
        assertThat(gateway.data().resolve("carried")).isDirectoryNotContaining(Files::isDirectory);
    }

    @Test
    void whatHasAReceiptThatVerifiesIsNotSentAgain() throws Exception {
        OutboxTask task = seal("report");
        export(false);
        deliver();
        assertThat(deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Before.class,
                        before -> assertThat(before.receipt()).isTrue());
        assertThat(backend.puts).isEqualTo(1);

        Files.write(
                file(task, "receipt"), fault(SignatureFault.Kind.BAD_SIGNATURE).bytes());
        assertThat(deliver()).singleElement().isInstanceOf(Imported.Ended.class);
        assertThat(file(task, "receipt")).hasBinaryContent(receipt().bytes());
        assertThat(backend.puts).isEqualTo(2);
    }

    @Test
    void aRefusalIsWrittenAndEndsTheTaskAtHome() throws Exception {
        OutboxTask task = seal("report");
        export(false);
        backend.put = () -> refusal(Problem.TOO_LARGE, RECIPIENT);
        deliver();
        assertThat(file(task, "refusal")).exists();
        assertThat(deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Before.class,
                        before -> assertThat(before.receipt()).isFalse());
        assertThat(collect(false))
                .singleElement()
                .isInstanceOfSatisfying(
                        Result.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Refused.class));
        assertThat(home.outbox()).isEmpty();
    }

    @Test
    void aRefusalThatSomebodyProvokedIsNoReasonNotToDeliver() throws Exception {
        OutboxTask task = seal("report");
        export(false);
        Files.write(
                file(task, "refusal"),
                refusal(Problem.UNKNOWN_RECIPIENT, Stage.OTHER_RECIPIENT).bytes());
        assertThat(deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class));
    }

    @Test
    void receiptsMayBeKeptElsewhereAndParcelsRemoved() throws Exception {
        OutboxTask task = seal("report");
        export(false);
        Path kept = directory.resolve("kept/of/others");
        deliver(kept, true);
        assertThat(names()).isEmpty();
        assertThat(kept.resolve(task.id() + "." + task.key().sha256() + ".receipt"))
                .hasBinaryContent(receipt().bytes());
    }

    @Test
    void aParcelForAnotherBackendIsLeftAndNobodyIsDialled() throws Exception {
        BackendUrl other = BackendUrl.parse("https://other.example/inbox");
        lay("for another", other);
        assertThat(deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Elsewhere.class, e -> assertThat(e.backend()).isEqualTo(other));
        assertThat(gateway.hop.dialled).isEmpty();
    }

    @Test
    void whatIsNotWhatItsLabelSaysIsLeftAndTheOthersGoOn() throws Exception {
        Packet.Label shorter = lay("shorter", Stage.BACKEND);
        Files.write(parcel(shorter), "short".getBytes(StandardCharsets.UTF_8));
        Packet.Label missing = lay("missing", Stage.BACKEND);
        Files.delete(parcel(missing));
        Packet.Label longer = lay("longer", Stage.BACKEND);
        Files.write(parcel(longer), "longer than it was".getBytes(StandardCharsets.UTF_8));
        Packet.Label swapped = lay("swapped", Stage.BACKEND);
        Files.write(parcel(swapped), "deppaws".getBytes(StandardCharsets.UTF_8));
        Packet.Label linked = lay("linked", Stage.BACKEND);
        Files.delete(parcel(linked));
        Files.createSymbolicLink(parcel(linked), Path.of("/etc/passwd"));
        Packet.Label piped = lay("piped", Stage.BACKEND);
        Files.delete(parcel(piped));
        fifo(parcel(piped));
        OutboxTask good = seal("report");
        export(false);

        List<Imported> results = deliver();

        assertThat(unfit(results))
                .containsExactlyInAnyOrder(
                        Imported.Kind.INCOMPLETE,
                        Imported.Kind.INCOMPLETE,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED,
                        Imported.Kind.DAMAGED);
        assertThat(backend.keys).containsExactly(good.key());
        assertThat(file(good, "receipt")).exists();
    }

    @Test
    void aLabelThatIsNoneIsLeftWhateverItIs() throws Exception {
        Packet.Label one = lay("one", Stage.BACKEND);
        Packet.Label two = lay("two", Stage.BACKEND);
        lay(one, PacketCodec.encode(two));
        lay(two, new byte[PacketCodec.MAX_FILE + 1]);
        Packet.Label three = lay("three", Stage.BACKEND);
        Path label = stick.resolve(three.id() + "." + three.sha256() + ".label");
        Files.delete(label);
        Files.createSymbolicLink(label, Path.of("/etc/passwd"));
        Packet.Label four = lay("four", Stage.BACKEND);
        label = stick.resolve(four.id() + "." + four.sha256() + ".label");
        Files.delete(label);
        Files.createDirectory(label);
        Packet.Label five = lay("five", Stage.BACKEND);
        label = stick.resolve(five.id() + "." + five.sha256() + ".label");
        Files.delete(label);
        fifo(label);

        assertThat(unfit(deliver())).hasSize(5).containsOnly(Imported.Kind.BAD_LABEL);
        assertThat(gateway.hop.dialled).isEmpty();
    }

    @Test
    void howeverManyOlderOnesAreUnfitTheYoungerIsDelivered() throws Exception {
        seal("report");
        export(false);
        int old = 10_001;
        for (int i = 0; i < old; i++) {
            Files.createFile(stick.resolve("00000000-0000-7000-8000-%012x.%064x.label".formatted(i, i)));
        }
        List<Imported> results = deliver();
        assertThat(unfit(results)).hasSize(old).containsOnly(Imported.Kind.BAD_LABEL);
        assertThat(results).hasSize(old + 1).anyMatch(result -> result instanceof Imported.Ended);
    }

    @Test
    void aParcelBeyondWhatTheBackendTakesIsNotRead() throws Exception {
        try (Requester requester = gateway.open()) {
            requester.learn(Stage.profile(1).bytes());
        }
        Packet.Label label = new Packet.Label(
                waybill.protocol.TaskId.fresh(gateway.clocks, new java.util.SplittableRandom(1)),
                Stage.BACKEND,
                1L << 40,
                Sha256.of(new byte[0]),
                Sha256.of(new byte[0]),
                RECIPIENT);
        lay(label, PacketCodec.encode(label));
        try (RandomAccessFile sparse = new RandomAccessFile(parcel(label).toFile(), "rw")) {
            sparse.setLength(1L << 40);
        }
        assertThat(unfit(deliver())).containsExactly(Imported.Kind.TOO_LARGE);
    }

    @Test
    void theFirstLooksForACarrierAsLongAsItShouldTheOthersOnce() throws Exception {
        for (String content : List.of("a", "b", "c")) {
            lay(content, Stage.BACKEND);
        }
        backend.put = Script.unreachable();
        long begun = gateway.clocks.ticks();
        assertThat(deliver())
                .hasSize(3)
                .allSatisfy(result ->
                        assertThat(((Imported.Ended) result).decision()).isInstanceOf(Decision.Expired.class));
        assertThat(Duration.ofNanos(gateway.clocks.ticks() - begun))
                .isBetween(Duration.ofMinutes(1), Duration.ofMinutes(2));
    }

    // Coming home.

    @Test
    void aForgedReceiptIsKeptOutAndBlamesNobody() throws Exception {
        OutboxTask task = seal("report");
        Files.write(
                file(task, "receipt"), fault(SignatureFault.Kind.WRONG_DELIVERY).bytes());
        assertThat(collect(true)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(home.outbox()).containsExactly(task);
        assertThat(home.blacklist().list()).isEmpty();
        assertThat(home.directory.resolve("receipts")).doesNotExist();
        assertThat(file(task, "receipt")).as("it is left where it is").exists();
    }

    @Test
    void whatIsNoReceiptAtAllIsNotOpened() throws Exception {
        OutboxTask task = seal("report");
        Files.createSymbolicLink(file(task, "receipt"), Path.of("/etc/passwd"));
        fifo(file(task, "refusal"));
        assertThat(collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        Files.delete(file(task, "receipt"));
        Files.write(file(task, "receipt"), new byte[(64 << 10) + 1]);
        assertThat(collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(home.outbox()).containsExactly(task);
    }

    @Test
    void strangersReceiptsAreNotItsBusinessAndWhatHasNoneStays() throws Exception {
        OutboxTask task = seal("report");
        Packet.Label stranger = lay("another's", Stage.BACKEND);
        Files.write(
                stick.resolve(stranger.id() + "." + stranger.sha256() + ".receipt"),
                receipt().bytes());
        assertThat(collect(false)).containsExactly(new Result.Nothing(task));
        assertThat(home.outbox()).containsExactly(task);
    }

    @Test
    void aGoodReceiptCountsThoughARefusalLiesBesideIt() throws Exception {
        OutboxTask task = seal("report");
        Files.write(file(task, "receipt"), receipt().bytes());
        Files.write(file(task, "refusal"), refusal(Problem.TOO_LARGE, RECIPIENT).bytes());
        assertThat(collect(true)).singleElement().isInstanceOfSatisfying(Result.Ended.class, ended -> {
            assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class);
            assertThat(ended.left()).isFalse();
        });
        assertThat(names()).isEmpty();
    }

    @Test
    void aRefusalForAnotherRecipientEndsNothing() throws Exception {
        OutboxTask task = seal("report");
        Files.write(
                file(task, "refusal"),
                refusal(Problem.UNKNOWN_RECIPIENT, Stage.OTHER_RECIPIENT).bytes());
        assertThat(collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(home.outbox()).containsExactly(task);
    }

    @Test
    void aReceiptByHandCondemnsNobodyForBeingLate() throws Exception {
        home.config.via(Via.LAN);
        home.relay("slow", PROMISE, true).silent();
        home.send();
        OutboxTask task = home.task();
        assertThat(task.acceptances())
                .singleElement()
                .satisfies(a -> assertThat(a.standing()).isEqualTo(OutboxTask.Standing.LATE));
        Files.write(file(task, "receipt"), receipt().bytes());
        assertThat(collect(false)).singleElement().isInstanceOf(Result.Ended.class);
        assertThat(home.blacklist().list()).isEmpty();
    }

    @Test
    void aReceiptByHandShowsWhoBrokeHisWord() throws Exception {
        home.config.via(Via.LAN);
        Host liar = home.relay("liar", PROMISE, true);
        liar.collect = Optional.of(() -> Stage.failed(Problem.NOT_FOUND));
        home.send();
        OutboxTask task = home.task();
        Files.write(file(task, "receipt"), receipt().bytes());
        collect(false);
        assertThat(home.blacklist().list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.subject()).isEqualTo(subject("liar")));
    }

    private Path parcel(Packet.Label label) {
        return stick.resolve(label.id() + "." + label.sha256() + ".parcel");
    }

    private static void fifo(Path path) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
    }
}
