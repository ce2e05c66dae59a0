package waybill.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.backend.BackendPublish.Change;
import waybill.backend.BackendPublish.Published;
import waybill.backend.BackendSetupException.Kind;
import waybill.hop.UpdateService;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Pieces;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;

class BackendPublishTest {
    private static final BackendUrl URL = BackendUrl.parse("https://backend.example/inbox");
    private static final FileName MAIN = new FileName("av/main.cvd");

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Path directory;
    private Path updates;
    private PublishedFiles files;
    private TrustPolicy policy;
    private LivePublication live;

    @BeforeEach
    void start() throws Exception {
        directory = temporary.resolve("backend");
        updates = Files.createDirectories(temporary.resolve("updates"));
        BackendInit.init(directory, BackendInit.Options.of("backend.example"), clock);
        files = new BackendDirectory(directory).published();
        policy = TrustPolicy.of(Pem.certificates(directory.resolve("anchor.pem")));
        live = new LivePublication(files, URL, () -> policy, clock);
    }

    private void write(String name, String text) throws IOException {
        Path file = updates.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Published publish() throws Exception {
        return publish(BackendPublish.Options.of(directory));
    }

    private Published publish(BackendPublish.Options options) throws Exception {
        Published published = BackendPublish.publish(
                PublishSource.scan(updates), directory, options, clock, BackendPublishTest::heard);
        clock.pass(Duration.ofSeconds(2));
        return published;
    }

    private String given(FileName name) throws Exception {
        return given(live.named(name).sha256());
    }

    private String given(Sha256 digest) throws Exception {
        try (UpdateService.Content content = live.content(digest);
                InputStream in = content.open(0, content.size())) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static void refused(Problem problem, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    private static void setup(Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    /** As section 10.5 has it, with the anchor alone. */
    private CatalogueList verified() throws Exception {
        SignedPackets packets = new SignedPackets(policy, clock);
        byte[] cms = live.catalogue();
        Packet.Catalogue catalogue = packets.catalogue(cms, URL).packet();
        CatalogueList list =
                CatalogueList.of(catalogue, given(catalogue.sha256()).getBytes(UTF_8));
        for (CatalogueList.Entry entry : list.entries()) {
            byte[] signed = live.release(entry.name());
            Packet.Release release =
                    packets.release(signed, FileUrl.of(URL, entry.name())).packet();
            assertThat(CatalogueList.Entry.of(release, signed)).isEqualTo(entry);
            try (UpdateService.Content content = live.content(release.sha256());
                    InputStream in = content.open(0, content.size());
                    UpdateService.Content hashes = live.content(release.pieces());
                    InputStream list2 = hashes.open(0, hashes.size())) {
                Pieces pieces = Pieces.of(release.size(), list2.readAllBytes(), release.pieces());
                byte[] bytes = in.readAllBytes();
                assertThat(Sha256.of(bytes)).isEqualTo(release.sha256());
                for (int i = 0; i < pieces.count(); i++) {
                    pieces.check(i, bytes, (int) pieces.offset(i), pieces.length(i));
                }
            }
        }
        return list;
    }

    @Test
    void whatIsPublishedVerifiesFromTheAnchorDownToThePieces() throws Exception {
        write("av/main.cvd", "x".repeat(2_500_000));
        write("fw/rules", "allow");
        write("fw/empty", "");

        Published published = publish();

        assertThat(published.release()).isEqualTo(1);
        assertThat(published.expires()).isEqualTo(Instant.parse("2026-06-08T12:00:00Z"));
        assertThat(published.files(Change.NEW)).hasSize(3);
        assertThat(verified().entries().stream().map(entry -> entry.name().text()))
                .containsExactly("av/main.cvd", "fw/empty", "fw/rules");
    }

    @Test
    void beforeTheFirstPublicationThereIsNothing() {
        refused(Problem.NOT_FOUND, live::catalogue);
        refused(Problem.NOT_FOUND, () -> live.release(MAIN));
        refused(Problem.NOT_FOUND, () -> live.named(MAIN));
        refused(Problem.NOT_FOUND, () -> live.content(Sha256.of(new byte[0])));
    }

    @Test
    void theNextOneIsTakenUpAndSaysWhatChanged() throws Exception {
        write("av/main.cvd", "one");
        write("fw/rules", "allow");
        write("old", "gone soon");
        publish();
        verified();
        Instant first = live.named(MAIN).published();
        clock.pass(Duration.ofHours(1));

        write("av/main.cvd", "two");
        write("new", "fresh");
        Files.delete(updates.resolve("old"));
        Published published = publish();

        assertThat(published.release()).isEqualTo(2);
        assertThat(published.files(Change.NEW))
                .singleElement()
                .extracting(file -> file.name().text())
                .isEqualTo("new");
        assertThat(published.files(Change.CHANGED))
                .singleElement()
                .extracting(BackendPublish.File::name)
                .isEqualTo(MAIN);
        assertThat(published.files(Change.UNCHANGED)).hasSize(1);
        assertThat(published.files(Change.WITHDRAWN))
                .singleElement()
                .extracting(file -> file.name().text())
                .isEqualTo("old");
        assertThat(given(MAIN)).isEqualTo("two");
        // A file that did not change keeps its time, and has the new number.
        assertThat(live.named(MAIN).published()).isAfter(first);
        assertThat(live.named(new FileName("fw/rules")).published()).isEqualTo(first);
        assertThat(verified().entries())
                .allSatisfy(entry -> assertThat(entry.release()).isEqualTo(2));
        refused(Problem.NOT_FOUND, () -> live.named(new FileName("old")));
    }

    @Test
    void theContentsOfTheOneBeforeAreStillGivenAndThoseBeforeThemAreGone() throws Exception {
        for (String text : List.of("one", "two", "three")) {
            write("av/main.cvd", text);
            publish();
            assertThat(given(MAIN)).isEqualTo(text);
        }
        assertThat(given(Sha256.of("two".getBytes(UTF_8)))).isEqualTo("two");
        refused(Problem.NOT_FOUND, () -> live.content(Sha256.of("one".getBytes(UTF_8))));
        assertThat(files.holds(Sha256.of("one".getBytes(UTF_8)), 3)).isFalse();
        // two publications: file, pieces, release and list each
        assertThat(stored()).hasSize(8);
    }

    @Test
    void whoIsReadingReadsOnWhateverIsPublished() throws Exception {
        write("av/main.cvd", "the old bytes");
        publish();
        try (UpdateService.Content old = live.content(live.named(MAIN).sha256())) {
            for (String text : List.of("two", "three", "four")) {
                write("av/main.cvd", text);
                publish();
                assertThat(given(MAIN)).isEqualTo(text);
            }
            try (InputStream in = old.open(4, 9)) {
                assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("old bytes");
            }
        }
    }

    @Test
    void onlyWhatIsNamedIsGiven() throws Exception {
        write("av/main.cvd", "one");
        publish();
        Sha256 secret = Sha256.of("a secret".getBytes(UTF_8));
        Files.createDirectories(files.content(secret).getParent());
        Files.writeString(files.content(secret), "a secret");

        assertThat(given(MAIN)).isEqualTo("one");
        refused(Problem.NOT_FOUND, () -> live.content(secret));
    }

    @Test
    void halfOfAPublicationIsNeverGiven() throws Exception {
        write("av/main.cvd", "one");
        publish();
        assertThat(given(MAIN)).isEqualTo("one");
        write("av/main.cvd", "two");
        publish();
        Files.delete(files.content(Sha256.of("two".getBytes(UTF_8))));

        // The new catalogue is there, not all that it names is.
        assertThat(given(MAIN)).isEqualTo("one");

        // What is copied here from elsewhere comes bit by bit.
        Files.writeString(files.content(Sha256.of("two".getBytes(UTF_8))), "two");
        clock.pass(Duration.ofSeconds(2));
        assertThat(given(MAIN)).as("not looked through all the time").isEqualTo("one");
        clock.pass(Duration.ofMinutes(1));
        assertThat(given(MAIN)).isEqualTo("two");
    }

    @Test
    void whatComesAfterHalfOfOneIsTakenUpAtOnce() throws Exception {
        write("av/main.cvd", "one");
        publish();
        Files.delete(files.content(Sha256.of("one".getBytes(UTF_8))));
        refused(Problem.NOT_FOUND, live::catalogue);
        publish();
        assertThat(given(MAIN)).isEqualTo("one");
    }

    @Test
    void aCatalogueOfAStrangerIsNotGiven() throws Exception {
        write("av/main.cvd", "one");
        publish();
        assertThat(given(MAIN)).isEqualTo("one");
        byte[] mine = live.catalogue();
        Path other = temporary.resolve("other");
        BackendInit.init(other, BackendInit.Options.of("backend.example"), clock);
        write("av/main.cvd", "evil");
        BackendPublish.publish(
                PublishSource.scan(updates), other, BackendPublish.Options.of(other), clock, BackendPublishTest::heard);
        try (Stream<Path> theirs = Files.walk(other.resolve("published"))) {
            for (Path file : theirs.filter(Files::isRegularFile).toList()) {
                Path here = files.path()
                        .resolve(other.resolve("published").relativize(file).toString());
                Files.createDirectories(here.getParent());
                Files.deleteIfExists(here);
                Files.copy(file, here);
            }
        }
        clock.pass(Duration.ofSeconds(2));

        assertThat(live.catalogue()).isEqualTo(mine);
        assertThat(given(MAIN)).isEqualTo("one");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 100, 3_000_000})
    void aPublicationThatIsBrokenOffChangesNothing(long at) throws Exception {
        write("av/main.cvd", "one");
        publish();
        byte[] before = Files.readAllBytes(files.current());
        write("av/main.cvd", "x".repeat(1_500_000));
        write("fw/rules", "y".repeat(1_500_000));
        write("fw/zero", "");
        PublishSource source = PublishSource.scan(updates);
        assertThatThrownBy(() -> BackendPublish.publish(
                        source, directory, BackendPublish.Options.of(directory), clock, bytes -> {
                            if (bytes >= at) {
                                throw new IllegalStateException("killed");
                            }
                        }))
                .hasMessage("killed");
        clock.pass(Duration.ofSeconds(2));

        assertThat(Files.readAllBytes(files.current())).isEqualTo(before);
        assertThat(given(MAIN)).isEqualTo("one");
        verified();
        assertThat(publish().release()).isEqualTo(2);
        assertThat(verified().entries()).hasSize(3);
        assertThat(stored()).noneMatch(file -> file.toString().endsWith(".part"));
    }

    @Test
    void aFileThatChangesWhileItIsReadIsNotPublished() throws Exception {
        write("av/main.cvd", "x".repeat(200_000));
        AtomicLong calls = new AtomicLong();
        PublishSource source = PublishSource.scan(updates);
        assertThatThrownBy(() -> BackendPublish.publish(
                        source, directory, BackendPublish.Options.of(directory), clock, bytes -> {
                            if (calls.incrementAndGet() == 1) {
                                try {
                                    write("av/main.cvd", "y".repeat(200_000));
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            }
                        }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("changed while it was read");
        refused(Problem.NOT_FOUND, live::catalogue);
    }

    @Test
    void whatBecameOfTheOneBeforeHoldsUpNothing() throws Exception {
        write("av/main.cvd", "one");
        publish();
        write("av/main.cvd", "two");
        publish();
        Files.writeString(files.previous(), "rotten");
        live = new LivePublication(files, URL, () -> policy, clock);
        assertThat(given(MAIN)).isEqualTo("two");
        verified();
    }

    @Test
    void whoAsksWhileItIsLookedAtForTheFirstTimeIsGivenItToo() throws Exception {
        write("av/main.cvd", "one");
        publish();
        FutureTask<byte[]> second = new FutureTask<>(() -> live.catalogue());
        Thread asking = Thread.ofPlatform().daemon().unstarted(second);
        live = new LivePublication(
                files,
                URL,
                () -> {
                    asking.start();
                    // until it waits, or was told something at once
                    while (asking.isAlive() && asking.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                    return policy;
                },
                clock);
        assertThat(live.catalogue()).isEqualTo(second.get());
    }

    @Test
    void whatADiskLostIsMadeGood() throws Exception {
        write("av/main.cvd", "one");
        publish();
        Files.writeString(files.content(Sha256.of("one".getBytes(UTF_8))), "0ne");
        publish();
        assertThat(given(MAIN)).isEqualTo("one");
        verified();
    }

    @Test
    void linksAndNamesInAnotherFormAreRefused() throws Exception {
        write("good", "x");
        Files.createSymbolicLink(updates.resolve("link"), Path.of("/etc/passwd"));
        setup(Kind.BAD_FILE, this::publish);
        Files.delete(updates.resolve("link"));
        Path folder = Files.createSymbolicLink(updates.resolve("folder"), Path.of("/etc"));
        setup(Kind.BAD_FILE, this::publish);
        Files.delete(folder);
        for (String name : List.of("a b", "a%2f", "\u00e4", "a\\b", "a\nb", "x".repeat(201))) {
            write(name, "x");
            setup(Kind.BAD_FILE, this::publish);
            Files.delete(updates.resolve(name));
        }
        publish();
    }

    @Test
    void neitherNothingNorWhatHoldsTheKeysIsPublished() throws Exception {
        setup(Kind.BAD_FILE, this::publish);
        for (Path folder : List.of(
                directory,
                directory.resolve("online"),
                directory.resolve("offline"),
                directory.resolve("data"),
                temporary)) {
            setup(
                    Kind.BAD_FILE,
                    () -> BackendPublish.publish(
                            new PublishSource(folder, List.of()),
                            directory,
                            BackendPublish.Options.of(directory),
                            clock,
                            BackendPublishTest::heard));
        }
        assertThat(Files.exists(files.current())).isFalse();
    }

    @Test
    void theNumberOnlyGrows() throws Exception {
        write("av/main.cvd", "one");
        assertThat(publish(numbered(41)).release()).isEqualTo(41);
        setup(Kind.BAD_SETTING, () -> publish(numbered(41)));
        setup(Kind.BAD_SETTING, () -> publish(numbered(1)));
        assertThat(publish().release()).isEqualTo(42);
    }

    private BackendPublish.Options numbered(long number) {
        return new BackendPublish.Options(directory.resolve("offline"), Duration.ofDays(1), OptionalLong.of(number));
    }

    @Test
    void withoutThePublishersKeyNothingIsPublished() throws Exception {
        write("av/main.cvd", "one");
        Files.move(directory.resolve("offline"), temporary.resolve("safe"));
        setup(Kind.MISSING, this::publish);
        assertThat(publish(new BackendPublish.Options(
                                temporary.resolve("safe"), Duration.ofDays(1), OptionalLong.empty()))
                        .release())
                .isEqualTo(1);
    }

    @Test
    void noPublicationOutlivesItsCertificate() throws Exception {
        write("av/main.cvd", "one");
        Published published = publish(
                new BackendPublish.Options(directory.resolve("offline"), Duration.ofDays(3000), OptionalLong.empty()));
        Credential publisher = Credential.read(directory.resolve("offline/publisher.pem"));
        assertThat(published.expires()).isEqualTo(publisher.notAfter());
    }

    @Test
    void thereIsAWarningBeforeItEnds() throws Exception {
        assertThat(live.warning(clock.instant())).isEmpty();
        write("av/main.cvd", "one");
        publish();
        assertThat(live.warning(clock.instant())).isEmpty();
        clock.pass(Duration.ofDays(6));
        assertThat(live.warning(clock.instant()))
                .hasValueSatisfying(text -> assertThat(text).contains("ends on 2026-06-08"));
        clock.pass(Duration.ofDays(6));
        assertThat(live.warning(clock.instant()))
                .hasValueSatisfying(text -> assertThat(text).contains("has ended"));
        // Its readers refuse it; those who want no signature still get the bytes.
        assertThat(given(MAIN)).isEqualTo("one");
    }

    @Test
    void aClockThatWasSetBackMakesNoNewFileLookOld() throws Exception {
        clock.pass(Duration.ofDays(5));
        write("av/main.cvd", "one");
        publish();
        Instant first = live.named(MAIN).published();
        clock.pass(Duration.ofMinutes(-5));
        write("av/main.cvd", "two");
        publish();
        assertThat(given(MAIN)).isEqualTo("two");
        assertThat(live.named(MAIN).published()).isEqualTo(first.plusSeconds(1));
        clock.pass(Duration.ofDays(-1));
        write("av/main.cvd", "three");
        publish();
        assertThat(given(MAIN)).isEqualTo("three");
        // What was never true is not gone on with: nobody would take it for a day.
        assertThat(live.named(MAIN).published()).isBefore(first);
    }

    @Test
    void aBackendWithASegmentFilesInItsUrlCannotPublish() throws Exception {
        Path other = temporary.resolve("other");
        BackendInit.init(
                other,
                new BackendInit.Options(
                        "backend.example",
                        Optional.of(BackendUrl.parse("https://backend.example/files/inbox")),
                        1,
                        false),
                clock);
        write("a", "x");
        setup(
                Kind.BAD_NAME,
                () -> BackendPublish.publish(
                        PublishSource.scan(updates),
                        other,
                        BackendPublish.Options.of(other),
                        clock,
                        BackendPublishTest::heard));
    }

    private static void heard(long bytes) {
        assertThat(bytes).isPositive();
    }

    private List<Path> stored() throws IOException {
        try (Stream<Path> all = Files.walk(files.contents())) {
            return all.filter(Files::isRegularFile)
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }
}
