package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.Peer;
import waybill.protocol.AliasUrl;
import waybill.protocol.FileName;
import waybill.protocol.Pieces;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.requester.Clocks;
import waybill.requester.Collaborators;
import waybill.requester.RequesterConfig;
import waybill.requester.RequesterConfig.Via;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.store.content.ContentLimits;
import waybill.store.local.MemoryTempDir;
import waybill.update.FetchResult.Outcome;
import waybill.update.TestGiver.Manner;

/** One machine that fetches, on a LAN and before an origin that are as each test wants them. */
@Timeout(60)
final class FetcherTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ContentLimits LIMITS = new ContentLimits(1L << 30, Duration.ofDays(30), 0);
    private static final Duration GIVE_UP = Duration.ofMinutes(10);
    private static final FileName F = new FileName("f");
    private static final int LARGE = 5 * Pieces.LENGTH + 77;

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Published published = Published.of(2, NOW, Map.of("f", Published.random(LARGE, 1)));
    private final TestTime time = new TestTime();
    private final Net net = new Net();
    /** How often the LAN was asked. */
    private int rounds;

    private int findersClosed;
    private Via via = Via.AUTO;
    private ContentLimits limits = LIMITS;
    private Path data;
    private Path out;
    private Fetcher fetcher;

    @BeforeEach
    void start() throws Exception {
        data = Files.createDirectories(root.resolve("data"));
        out = Files.createDirectories(root.resolve("out"));
        open();
    }

    /** As after a restart. */
    private void open() throws IOException {
        RequesterConfig config = RequesterConfig.builder(data, TrustPolicy.of(Published.PKI.anchors()))
                .backend(Published.BACKEND)
                .via(via)
                .giveUp(GIVE_UP)
                .build();
        Collaborators with = new Collaborators(
                net,
                _ -> new TestLan(),
                Collaborators.Verifier.of(new SignedPackets(config.trust(), time)),
                (_, _, _, _, _, _, _) -> {
                    throw new UnsupportedOperationException("nothing is sent here");
                },
                time,
                new Random(7));
        fetcher = Fetcher.open(config, Holdings.open(config, limits, time), with);
    }

    @AfterEach
    void end() throws IOException {
        fetcher.close();
    }

    private FetchResult fetch() throws Exception {
        return fetcher.fetch(F, out.resolve("f"), FetchWatch.SILENT);
    }

    private TestGiver origin(Published has, Manner manner) {
        TestGiver giver = new TestGiver(200, has, manner);
        net.all.put(Published.BACKEND.uri(), giver);
        return giver;
    }

    private TestGiver relay(int number, Published has, Manner manner, boolean holds) {
        TestGiver giver = new TestGiver(number, has, manner);
        Offer offer = offer(giver, number, holds);
        net.offers.add(offer);
        net.all.put(offer.alias().uri(), giver);
        return giver;
    }

    private static Offer offer(TestGiver giver, int number, boolean holds) {
        InetAddress address = InetAddress.ofLiteral("192.0.2." + number);
        AliasUrl alias = AliasUrl.at(true, new InetSocketAddress(address, 7506), "/a/AAAAAAAAAAAAAAAAAAAAAA");
        return new Offer(
                giver.node(), alias, new Promise(0, 0, 0, 1, holds ? 0 : 1), address, new Lan("eth0", address, 24));
    }

    private static Published with(long number, Map<String, String> files) {
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        files.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.US_ASCII)));
        return Published.of(number, NOW, bytes);
    }

    @Test
    void whoHoldsItOnTheLanGivesItAndTheOriginIsNotAsked() throws Exception {
        TestGiver origin = origin(published, Manner.WELL);
        TestGiver neighbour = relay(1, published, Manner.WELL, true);
        FetchResult result = fetch();
        assertThat(result.outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(result.bytes()).hasValueSatisfying(bytes -> {
            assertThat(bytes.number()).isEqualTo(2);
            assertThat(bytes.wanted()).isEqualTo(published.wanted("f"));
        });
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
        assertThat(origin.calls).hasValue(0);
        int before = neighbour.offsets.size();
        assertThat(fetch().outcome()).isEqualTo(Outcome.CURRENT);
        assertThat(neighbour.offsets).as("not a byte of it came again").hasSize(before);
    }

    @Test
    void whereTheLanIsSilentTheOriginGivesItAtOnce() throws Exception {
        origin(published, Manner.WELL);
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(time.pauses).isEmpty();
        assertThat(rounds).isPositive();
    }

    @Test
    void whoGoesStraightNeverAsksTheLanAndWhoMayNotNeverTheOrigin() throws Exception {
        fetcher.close();
        via = Via.DIRECT;
        open();
        TestGiver origin = origin(published, Manner.WELL);
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(rounds).isZero();
        fetcher.close();
        via = Via.LAN;
        open();
        int before = origin.calls.get();
        Files.delete(out.resolve("f"));
        assertThat(fetcher.fetch(new FileName("g"), out.resolve("g"), FetchWatch.SILENT)
                        .outcome())
                .isEqualTo(Outcome.NOT_HAD);
        assertThat(origin.calls).hasValue(before);
    }

    @Test
    void whatNobodyGivesIsLookedForWithLongerAndLongerPausesAndThenGivenUp() throws Exception {
        FetchResult result = fetch();
        assertThat(result.outcome()).isEqualTo(Outcome.NOT_HAD);
        assertThat(result.detail()).isNotEmpty();
        assertThat(time.pauses.subList(0, 6))
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(15));
        assertThat(time.pauses.stream().reduce(Duration.ZERO, Duration::plus)).isLessThanOrEqualTo(GIVE_UP);
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void whatWasKeptIsGoodWhereNobodyCanBeAskedUntilItExpires() throws Exception {
        origin(published, Manner.WELL);
        fetch();
        Files.delete(out.resolve("f"));
        origin(published, Manner.UNREACHABLE);
        fetcher.close();
        open();
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
        Files.delete(out.resolve("f"));
        time.wall = time.wall.plus(Duration.ofDays(8));
        assertThat(fetch().outcome()).isEqualTo(Outcome.NOT_HAD);
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void whatTheBackendSaysIsPublishedNoMoreIsNotTakenFromBefore() throws Exception {
        origin(published, Manner.WELL);
        fetch();
        Files.delete(out.resolve("f"));
        origin(with(3, Map.of("other", "x")), Manner.WELL);
        assertThat(fetch().outcome()).isEqualTo(Outcome.NOT_PUBLISHED);
        assertThat(out).isEmptyDirectory();
        assertThat(time.pauses).as("that is an answer").isEmpty();
    }

    @Test
    void whereThePublisherSaidTwoThingsUnderOneNumberNeitherIsTaken() throws Exception {
        origin(published, Manner.WELL);
        fetch();
        Files.delete(out.resolve("f"));
        origin(with(2, Map.of("f", "something else")), Manner.WELL);
        FetchResult result = fetch();
        assertThat(result.outcome()).isEqualTo(Outcome.UNVERIFIED);
        assertThat(result.detail()).contains("EQUIVOCATION");
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void anOlderReleaseIsNotTakenWhoeverGivesIt() throws Exception {
        origin(published, Manner.WELL);
        fetch();
        Files.delete(out.resolve("f"));
        net.all.clear();
        relay(1, with(1, Map.of("f", "old")), Manner.WELL, true);
        fetcher.close();
        via = Via.LAN;
        limits = new ContentLimits(0, LIMITS.age(), 0);
        open();
        assertThat(fetch().outcome()).isEqualTo(Outcome.UNVERIFIED);
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void whereNobodyHasTheReleaseTheCatalogueSaysTheSame() throws Exception {
        published.releases.clear();
        relay(1, published, Manner.WELL, true);
        FetchResult result = fetch();
        assertThat(result.outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(result.bytes().orElseThrow().number()).isEqualTo(2);
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
    }

    @Test
    void whoGivesABadPieceIsLeftAndTheFileStillComes() throws Exception {
        relay(1, published, Manner.FLIPS_A_BIT, true);
        origin(published, Manner.WELL);
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
    }

    @Test
    void whatWentFromTheCacheMeanwhileIsFetchedAgain() throws Exception {
        TestGiver origin = origin(published, Manner.WELL);
        fetch();
        Files.delete(out.resolve("f"));
        // Another process that shares the cache, or somebody's rm.
        try (Stream<Path> all = Files.walk(data.resolve("cache"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        int before = origin.offsets.size();
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(origin.offsets.size()).isGreaterThan(before);
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
    }

    @Test
    void whatIsLargerThanTheCacheOnlyPassesThroughIt() throws Exception {
        fetcher.close();
        limits = new ContentLimits(Pieces.LENGTH, LIMITS.age(), 0);
        open();
        origin(published, Manner.WELL);
        assertThat(fetch().outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(out.resolve("f")).hasBinaryContent(published.bytes("f"));
        fetcher.close();
        try (Stream<Path> all = Files.walk(data.resolve("cache/whole"))) {
            assertThat(all.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length()))
                    .allMatch(size -> size < Pieces.LENGTH);
        }
        open();
    }

    @Test
    void whatCannotBePutInItsPlaceIsSaidAndNobodyIsBlamed() throws Exception {
        origin(published, Manner.WELL);
        FetchResult result = fetcher.fetch(F, out.resolve("none/f"), FetchWatch.SILENT);
        assertThat(result.outcome()).isEqualTo(Outcome.LOCAL);
        assertThat(result.detail()).contains("no such directory");
    }

    private Fetcher.Mirrored mirror() throws Exception {
        return fetcher.mirror(out, FetchWatch.SILENT);
    }

    @Test
    void aMirroredFolderHoldsAllAndOfTheNextOnlyWhatChangedComes() throws Exception {
        origin(with(1, Map.of("a", "one", "fw/rules", "allow", "empty", "", "gone", "x")), Manner.WELL);
        Fetcher.Mirrored first = mirror();
        assertThat(first.outcome()).isEqualTo(Outcome.FETCHED);
        assertThat(first.files()).extracting(FetchResult::outcome).containsOnly(Outcome.FETCHED);
        assertThat(out.resolve("a")).hasContent("one");
        assertThat(out.resolve("fw/rules")).hasContent("allow");
        assertThat(out.resolve("empty")).isEmptyFile();

        origin(with(2, Map.of("a", "two", "fw/rules", "allow", "empty", "")), Manner.WELL);
        Fetcher.Mirrored second = mirror();
        assertThat(outcomes(second))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("a", Outcome.FETCHED, "fw/rules", Outcome.CURRENT, "empty", Outcome.CURRENT));
        assertThat(out.resolve("a")).hasContent("two");
        assertThat(out.resolve("gone")).as("a mirror deletes nothing").hasContent("x");
    }

    private static Map<String, Outcome> outcomes(Fetcher.Mirrored mirrored) {
        Map<String, Outcome> all = new HashMap<>();
        mirrored.files().forEach(file -> all.put(file.file().name().text(), file.outcome()));
        return all;
    }

    @Test
    void onlyWhatIsChosenComesAndNothingChangesWhereThatFails() throws Exception {
        origin(with(1, Map.of("a", "one", "b", "two")), Manner.WELL);
        Fetcher.Mirrored some = fetcher.mirror(
                out,
                catalogue -> catalogue.list().entries().stream()
                        .filter(entry -> entry.name().text().equals("b"))
                        .toList(),
                FetchWatch.SILENT);
        assertThat(outcomes(some)).containsOnlyKeys("b");
        assertThat(out.resolve("a")).doesNotExist();
        Files.delete(out.resolve("b"));
        assertThatThrownBy(() -> fetcher.mirror(
                        out,
                        _ -> {
                            throw new IOException("not now");
                        },
                        FetchWatch.SILENT))
                .isInstanceOf(IOException.class)
                .hasMessage("not now");
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void oneFileThatHasNoPlaceKeepsNoOtherFromComing() throws Exception {
        Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
        Files.createSymbolicLink(out.resolve("fw"), elsewhere);
        Files.createDirectories(out.resolve("b/in-the-way"));
        origin(with(1, Map.of("a", "one", "b", "two", "fw/rules", "allow")), Manner.WELL);
        Fetcher.Mirrored mirrored = mirror();
        assertThat(outcomes(mirrored))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("a", Outcome.FETCHED, "b", Outcome.LOCAL, "fw/rules", Outcome.LOCAL));
        assertThat(elsewhere).as("nothing is written behind a link").isEmptyDirectory();
    }

    @Test
    void aCatalogueDoesNotOutliveTheReleasesThatItNames() throws Exception {
        Map<String, byte[]> files = Map.of("a", new byte[] {1}, "f", new byte[] {2});
        origin(Published.of(1, NOW, files, Map.of("f", NOW.plusSeconds(3600))), Manner.WELL);
        time.wall = NOW.plusSeconds(7200);
        assertThat(outcomes(mirror()))
                .containsExactlyInAnyOrderEntriesOf(Map.of("a", Outcome.FETCHED, "f", Outcome.UNVERIFIED));
        FetchResult alone = fetch();
        assertThat(alone.outcome()).isEqualTo(Outcome.UNVERIFIED);
        assertThat(alone.detail()).contains("EXPIRED");
        assertThat(out.resolve("f")).doesNotExist();
    }

    @Test
    void aCatalogueWhoseListIsKeptBackIsNone() throws Exception {
        relay(1, published, Manner.KNOWS_NOTHING, true);
        fetcher.close();
        via = Via.LAN;
        open();
        Fetcher.Mirrored mirrored = mirror();
        assertThat(mirrored.outcome()).isEqualTo(Outcome.NOT_HAD);
        assertThat(mirrored.catalogue()).isEmpty();
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void twoNamesOfTheSameBytesBothComeAndTheBytesOnce() throws Exception {
        byte[] bytes = Published.random(LARGE, 3);
        TestGiver origin = origin(Published.of(1, NOW, Map.of("a", bytes, "b", bytes)), Manner.WELL);
        assertThat(mirror().files()).extracting(FetchResult::outcome).containsOnly(Outcome.FETCHED);
        assertThat(out.resolve("a")).hasBinaryContent(bytes);
        assertThat(out.resolve("b")).hasBinaryContent(bytes);
        // The list of the catalogue begins at 0, too.
        assertThat(origin.offsets.stream().filter(offset -> offset > 0))
                .isNotEmpty()
                .doesNotHaveDuplicates();
    }

    @Test
    void whateverFailsAtTheEndNothingStaysOpen() throws Exception {
        Files.createDirectory(data.resolve("relays.json.lock"));
        Fetcher one = fetcher;
        assertThatThrownBy(one::close).isInstanceOf(IOException.class);
        assertThat(findersClosed).isEqualTo(1);
        assertThat(net.closed).isEqualTo(1);
        Files.delete(data.resolve("relays.json.lock"));
    }

    /** Time that passes only where somebody waits, but for the little that a test takes, many times too fast. */
    private static final class TestTime implements Clocks {
        final List<Duration> pauses = new ArrayList<>();
        Instant wall = NOW;
        private final long start = System.nanoTime();
        private long waited;

        @Override
        public Instant instant() {
            return wall;
        }

        @Override
        public synchronized long ticks() {
            return waited + 20 * (System.nanoTime() - start);
        }

        @Override
        public synchronized void pause(Duration duration) {
            pauses.add(duration);
            waited += duration.toNanos();
        }
    }

    /** Those who answer on the LAN. */
    private final class TestLan implements RelayFinder {
        @Override
        public Round ask(Question question) {
            rounds++;
            List<Offer> answers = net.offers.stream()
                    .filter(offer ->
                            question.sha256().isEmpty() || offer.promise().hops() == 0)
                    .toList();
            return new Answers(answers);
        }

        @Override
        public void close() {
            findersClosed++;
        }
    }

    /** Everybody who can be dialled, by his URL. */
    private static final class Net extends UpdatesOnly {
        final Map<URI, TestGiver> all = new HashMap<>();
        final List<Offer> offers = new ArrayList<>();
        int closed;

        private TestGiver at(Peer peer) throws UnreachableException {
            TestGiver giver = all.get(peer.base());
            if (giver == null) {
                throw new UnreachableException("nobody at " + peer.base(), new IOException());
            }
            return giver;
        }

        @Override
        public HopAnswer catalogue(Peer peer) throws IOException {
            return at(peer).catalogue(peer);
        }

        @Override
        public HopAnswer release(Peer peer, FileName name) throws IOException {
            return at(peer).release(peer, name);
        }

        @Override
        public ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit)
                throws IOException {
            return at(peer).content(peer, digest, from, length, sink, limit);
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
