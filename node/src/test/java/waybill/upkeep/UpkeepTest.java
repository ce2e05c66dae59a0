package waybill.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.UpdateFault;
import waybill.store.DirectoryInUseException;
import waybill.store.local.MemoryTempDir;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;
import waybill.update.FetchWatch;
import waybill.update.Fetcher;
import waybill.update.Target;
import waybill.update.Vetting;
import waybill.update.Wanted;
import waybill.upkeep.Item.Standing;

/** Rounds against a publication that is imagined: what is published, what is placed, and where it is killed. */
final class UpkeepTest {
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final TestClocks clocks = new TestClocks(NOW);
    private final Map<String, String> published = new TreeMap<>();
    private final List<Map<String, String>> told = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private long number = 1;
    private boolean away;
    private int exit;
    /** Called before, and after, a file is put in its place. */
    private Runnable beforePlacing = () -> {};

    private Runnable afterPlacing = () -> {};
    private Path folder;
    private Upkeep upkeep;

    /** What ends a process at any moment. */
    private static final class Killed extends Error {}

    @BeforeEach
    void open() throws IOException {
        folder = Files.createDirectories(root.resolve("folder"));
        upkeep = open(Selection.ALL);
    }

    @AfterEach
    void close() throws IOException {
        upkeep.close();
    }

    private Upkeep open(Selection selection) throws IOException {
        return Upkeep.open(
                new Upkeep.Settings(root.resolve("data"), folder, BACKEND, selection, Optional.of(this::command)),
                this::mirror,
                clocks);
    }

    private LocalCommand.Ended command(Map<String, String> environment) {
        told.add(environment);
        return new LocalCommand.Ended(exit == 0, OptionalInt.of(exit), exit == 0 ? "" : "it ended with " + exit);
    }

    private Fetcher.Mirrored mirror(Path directory, Fetcher.Choice choice, FetchWatch watch) throws IOException {
        if (away) {
            return new Fetcher.Mirrored(Optional.empty(), List.of(), Outcome.NOT_HAD, "nobody");
        }
        Vetting.Catalogue catalogue = catalogue();
        List<FetchResult> files = new ArrayList<>();
        for (CatalogueList.Entry entry : choice.of(catalogue)) {
            Path target = directory.resolve(entry.name().text());
            boolean current = Target.has(target, entry.size(), entry.sha256());
            if (!current) {
                beforePlacing.run();
                Files.createDirectories(target.getParent());
                Files.writeString(target, published.get(entry.name().text()));
                afterPlacing.run();
            }
            FileUrl url = FileUrl.of(BACKEND, entry.name());
            files.add(new FetchResult(
                    url,
                    target,
                    current ? Outcome.CURRENT : Outcome.FETCHED,
                    Optional.of(new FetchResult.Published(
                            Wanted.of(url, entry), entry.release(), entry.published(), entry.expires())),
                    ""));
        }
        return new Fetcher.Mirrored(Optional.of(catalogue), files, Outcome.FETCHED, "");
    }

    private Vetting.Catalogue catalogue() {
        Instant expires = NOW.plus(Duration.ofDays(7));
        List<CatalogueList.Entry> entries = new ArrayList<>();
        published.forEach((name, text) -> entries.add(new CatalogueList.Entry(
                new FileName(name),
                text.length(),
                digest(text),
                digest(""),
                number,
                NOW.minus(Duration.ofDays(1)),
                expires,
                digest(name))));
        byte[] list = new CatalogueList(entries).encode();
        Packet.Catalogue packet = new Packet.Catalogue(
                TaskId.fresh(InstantSource.fixed(NOW), new Random(number)),
                BACKEND,
                list.length,
                Sha256.of(list),
                number,
                NOW,
                expires);
        try {
            return new Vetting.Catalogue(packet, CatalogueList.of(packet, list), new byte[0]);
        } catch (UpdateFault e) {
            throw new AssertionError(e);
        }
    }

    private static Sha256 digest(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Round round() throws InterruptedException {
        return upkeep.round(FetchWatch.SILENT);
    }

    private void publish(String name, String text) {
        published.put(name, text);
        number++;
    }

    /** What the next process finds after this one was killed. */
    private void restart() throws IOException {
        upkeep.close();
        upkeep = open(Selection.ALL);
        beforePlacing = () -> {};
        afterPlacing = () -> {};
    }

    @Test
    void whatIsNewIsFetchedAndTheCommandHearsOfItOnce() throws Exception {
        publish("av/main.cvd", "one");
        publish("-rf", "two");
        Round first = round();
        assertThat(first.good()).isTrue();
        assertThat(first.outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(folder.resolve("av/main.cvd")).hasContent("one");
        assertThat(told)
                .singleElement()
                .isEqualTo(Map.of(
                        "UPDATE_DIRECTORY", folder.toString(),
                        "UPDATE_BACKEND", BACKEND.toString(),
                        "UPDATE_RELEASE", "3",
                        "UPDATE_COUNT", "2",
                        "UPDATE_FILES", "./-rf\n./av/main.cvd"));

        assertThat(round().outcome()).isEqualTo(Outcome.CURRENT);
        number++; // published again, unchanged
        assertThat(round().outcome()).isEqualTo(Outcome.CURRENT);
        assertThat(told).hasSize(1);

        publish("av/main.cvd", "three");
        assertThat(round().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(told).hasSize(2);
        assertThat(told.getLast()).containsEntry("UPDATE_FILES", "./av/main.cvd");
    }

    @Test
    void moreNamesThanAnEnvironmentTakesAreCountedOnly() throws Exception {
        for (int i = 0; i < 600; i++) {
            publish("a-name-of-some-length/and-another-one/of-no-meaning-at-all-" + i, "x");
        }
        assertThat(round().good()).isTrue();
        assertThat(told.getFirst()).containsEntry("UPDATE_FILES", "").containsEntry("UPDATE_COUNT", "600");
    }

    @Test
    void killedBetweenTheChangeAndTheCommandItIsRunAtTheNextStartWithoutAnyNetwork() throws Exception {
        publish("f", "one");
        afterPlacing = () -> {
            throw new Killed();
        };
        assertThatThrownBy(this::round).isInstanceOf(Killed.class);
        assertThat(told).isEmpty();
        restart();
        away = true;
        assertThat(upkeep.resume())
                .hasValueSatisfying(
                        one -> assertThat(one.items()).extracting(Item::name).containsExactly(new FileName("f")));
        assertThat(told).singleElement().satisfies(one -> assertThat(one).containsEntry("UPDATE_FILES", "./f"));
        assertThat(upkeep.there()).as("and it is known what is there").hasSize(1);

        restart();
        assertThat(upkeep.resume()).as("once is enough").isEmpty();
    }

    @Test
    void killedBeforeTheChangeThereIsNothingToTell() throws Exception {
        publish("f", "one");
        beforePlacing = () -> {
            throw new Killed();
        };
        assertThatThrownBy(this::round).isInstanceOf(Killed.class);
        restart();
        assertThat(upkeep.resume()).isEmpty();
        assertThat(told).isEmpty();
        assertThat(round().good()).isTrue();
        assertThat(told).hasSize(1);
    }

    @Test
    void killedWhileTheSameBytesCameBackItIsRunAsWell() throws Exception {
        publish("f", "one");
        round();
        Files.delete(folder.resolve("f"));
        afterPlacing = () -> {
            throw new Killed();
        };
        assertThatThrownBy(this::round).isInstanceOf(Killed.class);
        restart();
        assertThat(upkeep.resume()).isPresent();
        assertThat(told).hasSize(2);
    }

    @Test
    void aFileThatWasSpoiledHereIsFetchedAndToldAnew() throws Exception {
        publish("f", "one");
        round();
        Files.writeString(folder.resolve("f"), "eno");
        assertThat(round().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(told).hasSize(2);
    }

    @Test
    void aCommandThatFailsUndoesNothingAndIsRunAgainAfterTheNextRound() throws Exception {
        publish("f", "one");
        exit = 3;
        Round failed = round();
        assertThat(failed.good()).isFalse();
        assertThat(failed.outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(failed.told())
                .hasValueSatisfying(one -> assertThat(one.ended().exit()).hasValue(3));
        assertThat(folder.resolve("f")).hasContent("one");
        restart();
        assertThat(upkeep.resume()).as("and at the next start").isPresent();
        exit = 0;
        Round mended = round();
        assertThat(mended.outcome()).isEqualTo(Outcome.CURRENT);
        assertThat(mended.good()).isTrue();
        assertThat(told).hasSize(3);
        assertThat(round().told()).isEmpty();
    }

    @Test
    void onlyWhatIsWantedIsFetchedAndWhatIsNotPublishedIsSaid() throws Exception {
        publish("rules/a", "a");
        publish("rules/b", "b");
        publish("rulesets", "c");
        publish("other", "d");
        upkeep.close();
        upkeep = open(new Selection(List.of("rules/", "other", "absent", "none/")));
        Round round = round();
        assertThat(folder.resolve("rules/a")).exists();
        assertThat(folder.resolve("other")).exists();
        assertThat(folder.resolve("rulesets")).doesNotExist();
        assertThat(round.outcome()).isEqualTo(Outcome.NOT_PUBLISHED);
        assertThat(round.missing()).containsExactly("absent", "none/");
        assertThat(told).hasSize(1);
        assertThatThrownBy(() -> new Selection(List.of("../etc/passwd"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsMerelyWantedNoLongerIsNotSaidToBeWithdrawn() throws Exception {
        publish("f", "one");
        publish("g", "two");
        round();
        upkeep.close();
        upkeep = open(new Selection(List.of("g")));
        assertThat(round().withdrawn()).isEmpty();
        assertThat(upkeep.there()).hasSize(1);
        assertThat(folder.resolve("f")).exists();
    }

    @Test
    void whatIsPublishedNoLongerStaysAndIsSaidOnce() throws Exception {
        publish("f", "one");
        publish("g", "two");
        round();
        published.remove("f");
        number++;
        assertThat(round().withdrawn()).containsExactly(new FileName("f"));
        assertThat(folder.resolve("f")).exists();
        assertThat(round().withdrawn()).isEmpty();
        assertThat(upkeep.there()).hasSize(1);
        assertThat(told).hasSize(1);
    }

    @Test
    void withoutANetworkItStillKnowsHowOldEachFileIs() throws Exception {
        publish("f", "one");
        round();
        restart();
        away = true;
        Round round = round();
        assertThat(round.outcome()).isEqualTo(Outcome.NOT_HAD);
        assertThat(round.good()).isFalse();
        Item item = round.there().getFirst();
        assertThat(item.age(clocks.instant())).isEqualTo(Duration.ofDays(1));
        assertThat(item.standing(NOW)).isEqualTo(Standing.HOLDS);
        assertThat(item.standing(NOW.plus(Duration.ofDays(5)))).isEqualTo(Standing.ENDING);
        assertThat(item.standing(NOW.plus(Duration.ofDays(7)))).isEqualTo(Standing.EXPIRED);
        assertThat(item.age(NOW.minus(Duration.ofDays(400)))).isZero();
    }

    @Test
    void whereNothingCanBeWrittenDownNothingChanges() throws Exception {
        publish("f", "one");
        round();
        Path ledger;
        try (var files = Files.walk(root.resolve("data/upkeep"))) {
            ledger = files.filter(file -> file.endsWith("folder")).findFirst().orElseThrow();
        }
        Files.delete(ledger);
        Files.createDirectories(ledger.resolve("in the way"));
        publish("f", "two");
        Round round = round();
        assertThat(round.outcome()).isEqualTo(Outcome.LOCAL);
        assertThat(folder.resolve("f")).hasContent("one");
        Files.delete(ledger.resolve("in the way"));
        Files.delete(ledger);
        assertThat(round().good()).isTrue();
        assertThat(told).hasSize(2);
    }

    @Test
    void aLedgerThatRottedIsBegunAnewAndTheCommandRunsOnceMore() throws Exception {
        publish("f", "one");
        round();
        try (var files = Files.walk(root.resolve("data/upkeep"))) {
            Path ledger =
                    files.filter(file -> file.endsWith("folder")).findFirst().orElseThrow();
            Files.writeString(ledger, Files.readString(ledger).replace("there f", "there ../f"));
        }
        restart();
        assertThat(upkeep.there()).isEmpty();
        assertThat(round().outcome()).isEqualTo(Outcome.CURRENT);
        assertThat(told).hasSize(2);
    }

    @Test
    void aSecondOneForTheSameFolderIsRefused() throws Exception {
        assertThatThrownBy(() -> open(Selection.ALL)).isInstanceOf(DirectoryInUseException.class);
        upkeep.close();
        upkeep = open(Selection.ALL);
        assertThat(round().good()).isTrue();
    }

    @Test
    void roundsFollowTheScheduleWhateverTheWallClockDoes() throws Exception {
        publish("f", "one");
        Duration hour = Duration.ofHours(1);
        assertThat(rounds(3, hour)).containsExactly(hour, hour);
        int[] pauses = {0};
        clocks.meanwhile = () -> {
            if (++pauses[0] == 10) {
                clocks.jump(Duration.ofDays(-3));
            }
        };
        assertThat(rounds(2, hour)).as("set back").containsExactly(hour);
        pauses[0] = 0;
        clocks.meanwhile = () -> {
            if (++pauses[0] == 10) {
                clocks.jump(Duration.ofDays(3));
            }
        };
        assertThat(rounds(2, hour)).as("set forward, or asleep").containsExactly(Duration.ofMinutes(10));
    }

    @Test
    void whoGrowsOldBetweenRoundsIsSaidOnce() throws Exception {
        publish("f", "one");
        rounds(2, Duration.ofDays(9));
        assertThat(heard).containsExactly("round FETCHED", "aged f ENDING", "aged f EXPIRED", "round CURRENT");
    }

    /** So many rounds; gives how long was waited between them. */
    private List<Duration> rounds(int count, Duration every) throws InterruptedException {
        List<Duration> waits = new ArrayList<>();
        clocks.pauses.clear();
        Upkeep.Listener listener = new Upkeep.Listener() {
            private int begun;

            @Override
            public void resumed(Round.Told one) {
                heard.add("resumed");
            }

            @Override
            public FetchWatch begins() {
                if (begun > 0) {
                    waits.add(clocks.waited());
                    clocks.pauses.clear();
                }
                begun++;
                return FetchWatch.SILENT;
            }

            @Override
            public void ended(Round round, Duration next) {
                heard.add("round " + round.outcome());
                if (begun == count) {
                    throw new Killed();
                }
            }

            @Override
            public void aged(List<Item> items) {
                items.forEach(item -> heard.add("aged " + item.name() + " " + item.standing(clocks.instant())));
            }
        };
        assertThatThrownBy(() -> upkeep.run(new Schedule(every, Duration.ZERO, new Random(1)), listener))
                .isInstanceOf(Killed.class);
        return waits;
    }
}
