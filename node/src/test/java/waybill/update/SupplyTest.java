package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.protocol.Pieces;
import waybill.store.content.Arrival;
import waybill.store.content.ContentLimits;
import waybill.store.content.ContentStore;
import waybill.store.local.MemoryTempDir;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;
import waybill.trust.KnownBackends;
import waybill.update.TestGiver.Manner;

/** Contents from givers of all kinds. Its clock goes a hundred times too fast, so that nobody waits for who is slow. */
@Timeout(60)
final class SupplyTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final int SIZE = 12 * Pieces.LENGTH + 12_345;

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Published published = Published.of(1, NOW, Map.of("f", Published.random(SIZE, 1)));
    private final Wanted wanted = published.wanted("f");
    private final List<String> passed = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Integer> taken = new java.util.concurrent.ConcurrentHashMap<>();
    private final FetchWatch watch = new FetchWatch() {
        @Override
        public void passedOver(Giver giver, Passing why, String detail) {
            passed.add(why + " " + giver.node().map(Object::toString).orElse("origin"));
        }

        @Override
        public void took(waybill.protocol.FileUrl file, Giver giver, int bytes) {
            taken.merge(giver.node().map(Object::toString).orElse("origin"), bytes, Integer::sum);
        }
    };

    private ContentStore store;
    private Blacklist blacklist;
    private Supply supply;

    @BeforeEach
    void open() throws IOException {
        InstantSource clock = InstantSource.fixed(NOW);
        store = ContentStore.open(root.resolve("cache"), new ContentLimits(1L << 30, Duration.ofDays(1), 0), clock);
        blacklist = FileBlacklist.open(root, clock);
        long start = System.nanoTime();
        supply = supply(() -> 100 * (System.nanoTime() - start));
    }

    private Supply supply(LongSupplier nanos) throws IOException {
        Blame blame = new Blame(Published.BACKEND, Published.PKI.anchors(), blacklist, KnownBackends.open(root));
        return new Supply(store, blame, true, nanos);
    }

    @Test
    void oneGiverIsEnough() throws Exception {
        TestGiver one = giver(1, Manner.WELL);
        bring(one.giver(true));
        assertThere();
        assertThat(one.offsets.getFirst()).isZero();
    }

    @Test
    void severalGiveAtOnceAndNoPieceComesTwice() throws Exception {
        TestGiver one = giver(1, Manner.WELL);
        TestGiver two = giver(2, Manner.WELL);
        TestGiver three = giver(3, Manner.WELL);
        supply = supply(() -> 0); // nobody is slow, however busy this machine is
        bring(one.giver(true), two.giver(true), three.giver(true));
        assertThere();
        assertThat(taken).hasSizeGreaterThan(1);
        assertThat(taken.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(SIZE);
        assertThat(blacklist.list()).isEmpty();
    }

    @Test
    void whoWouldHaveToFetchIsNotAskedWhileOthersHoldIt() throws Exception {
        TestGiver holder = giver(1, Manner.WELL);
        TestGiver other = giver(2, Manner.WELL);
        supply = supply(() -> 0); // the holder is not slow, however busy this machine is
        bring(holder.giver(true), other.giver(false));
        assertThere();
        assertThat(other.calls.get()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Manner.class,
            names = {"FLIPS_A_BIT", "WRONG_PLACE"})
    void whoGivesABadPieceIsBlackListedAndReplaced(Manner manner) throws Exception {
        TestGiver bad = giver(1, manner);
        TestGiver good = giver(2, Manner.WELL);
        store.keep(list());
        bring(bad.giver(true), good.giver(true));
        assertThere();
        assertThat(passed).contains("UNVERIFIED " + bad.node());
        assertThat(blacklist.list()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).hasToString(bad.node().toString());
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.FORGED_UPDATE);
            assertThat(entry.until()).as("until it is pardoned").isEmpty();
            assertThat(entry.evidence()).isPresent();
        });
        int before = bad.calls.get();
        store.drop(wanted.sha256());
        bring(bad.giver(true), good.giver(true));
        assertThat(bad.calls.get()).as("is not asked again").isEqualTo(before);
    }

    @Test
    void theListIsWaitedForAsLongAsThePieces() throws Exception {
        Giver ignorant = giver(1, Manner.KNOWS_NOTHING).giver(true);
        Giver good = giver(2, Manner.WELL).giver(true);
        AtomicInteger searches = new AtomicInteger();
        supply.bring(
                wanted,
                () -> List.of(searches.incrementAndGet() < 8 ? ignorant : good),
                _ -> {},
                watch,
                Duration.ofHours(10));
        assertThere();
    }

    @Test
    void whoGivesAWrongListIsBlackListedToo() throws Exception {
        TestGiver bad = giver(1, Manner.FLIPS_A_BIT);
        bring(bad.giver(true), giver(2, Manner.WELL).giver(true));
        assertThere();
        assertThat(blacklist.list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.reason()).isEqualTo(Blacklist.Reason.FORGED_UPDATE));
    }

    @ParameterizedTest
    @EnumSource(
            value = Manner.class,
            names = {"DRIPS", "OTHER_RANGE", "BREAKS_EACH_MEBIBYTE", "UNREACHABLE", "KNOWS_NOTHING", "SAYS_ANOTHER_SIZE"
            })
    void whoIsOfNoUseIsReplacedAndNotBlamed(Manner manner) throws Exception {
        TestGiver bad = giver(1, manner);
        TestGiver good = giver(2, Manner.WELL);
        store.keep(list());
        bring(bad.giver(true), good.giver(false));
        bad.enough.countDown();
        assertThere();
        assertThat(blacklist.list()).isEmpty();
    }

    @Test
    void thoseWhoOnlyKeepAPlaceKeepNobodyFromGiving() throws Exception {
        store.keep(list());
        List<TestGiver> idle = java.util.stream.IntStream.rangeClosed(1, 2 * Download.AT_ONCE)
                .mapToObj(number -> giver(number, Manner.DRIPS))
                .toList();
        TestGiver good = giver(100, Manner.WELL);
        Deque<List<Giver>> batches = new ArrayDeque<>();
        batches.add(idle.stream().map(one -> one.giver(true)).toList());
        batches.add(List.of(good.giver(false)));
        supply.bring(
                wanted,
                () -> batches.isEmpty() ? List.of() : batches.remove(),
                _ -> {},
                watch,
                Duration.ofHours(1)); // 36 s
        idle.forEach(one -> one.enough.countDown());
        assertThere();
        assertThat(taken).containsKey(good.node().toString());
    }

    @Test
    void severalWhoOnlyKeepAPieceKeepItFromNobody() throws Exception {
        Published small = Published.of(1, NOW, Map.of("s", Published.random(300_000, 3)));
        Wanted one = small.wanted("s");
        store.keep(java.util.Objects.requireNonNull(small.contents.get(one.pieces())));
        List<TestGiver> idle = List.of(1, 2, 3).stream()
                .map(number -> new TestGiver(number, small, Manner.DRIPS))
                .toList();
        TestGiver good = new TestGiver(100, small, Manner.WELL);
        Deque<List<Giver>> batches = new ArrayDeque<>();
        batches.add(idle.stream().map(giver -> giver.giver(true)).toList());
        batches.add(List.of(good.giver(false)));
        supply.bring(
                one,
                () -> batches.isEmpty() ? List.of() : batches.remove(),
                _ -> {},
                watch,
                Duration.ofHours(1)); // 36 s
        idle.forEach(giver -> giver.enough.countDown());
        assertThat(store.has(one.sha256())).isTrue();
    }

    @Test
    void theOriginIsNotTurnedToAsSoonAsANeighbourStalls() throws Exception {
        TestGiver neighbour = giver(1, Manner.HESITATES);
        TestGiver origin = giver(2, Manner.WELL);
        // 12 MiB are worth a wait of three seconds, from when it is said that he stalls.
        bring(neighbour, origin, Duration.ofSeconds(7), neighbour.enough::countDown, watch);
        assertThere();
        assertThat(origin.calls.get()).isZero();
    }

    @Test
    void theOriginIsTurnedToInTimeAndSparedOnceTheNeighbourGetsOnWithIt() throws Exception {
        TestGiver neighbour = giver(1, Manner.HESITATES);
        TestGiver origin = giver(2, Manner.WELL);
        CountDownLatch gave = new CountDownLatch(1);
        FetchWatch told = new FetchWatch() {
            @Override
            public void took(waybill.protocol.FileUrl file, Giver giver, int bytes) {
                watch.took(file, giver, bytes);
                if (giver.isOrigin()) {
                    neighbour.enough.countDown();
                    await(gave);
                } else {
                    gave.countDown();
                }
            }
        };
        bring(neighbour, origin, Duration.ofSeconds(9), () -> {}, told);
        assertThere();
        assertThat(taken).containsEntry("origin", Pieces.LENGTH);
    }

    @Test
    void whoIsAtTheOriginMovesToANeighbourWhoBeganAtTheSameMoment() throws Exception {
        store.keep(list());
        TestGiver origin = giver(1, Manner.WELL);
        TestGiver neighbour = giver(2, Manner.WELL);
        AtomicLong time = new AtomicLong();
        CountDownLatch gave = new CountDownLatch(1);
        FetchWatch told = new FetchWatch() {
            @Override
            public void took(waybill.protocol.FileUrl file, Giver giver, int bytes) {
                watch.took(file, giver, bytes);
                if (giver.isOrigin()) {
                    time.set(Duration.ofSeconds(1).toNanos());
                    await(gave);
                } else {
                    gave.countDown();
                }
            }
        };
        Hands hands = new Hands() {
            @Override
            public List<Giver> next() {
                return List.of(origin.origin());
            }

            @Override
            public List<Giver> instead() {
                return List.of(neighbour.giver(true));
            }
        };
        supply = supply(time::get);
        supply.bring(wanted, hands, _ -> {}, told, Duration.ofHours(1));
        assertThere();
        assertThat(taken).containsEntry("origin", Pieces.LENGTH);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aNeighbourThatWasTooBusyForTheListIsLookedForAgainBeforeTheOriginGivesTheRest() throws Exception {
        supply = supply(() -> 0);
        TestGiver neighbour = giver(1, Manner.LATE_ONCE);
        TestGiver origin = giver(2, Manner.WELL);
        Deque<List<Giver>> batches = new ArrayDeque<>();
        batches.add(List.of(neighbour.giver(true)));
        batches.add(List.of(origin.origin()));
        batches.add(List.of(neighbour.giver(true)));
        supply.bring(
                wanted, () -> batches.isEmpty() ? List.of() : batches.remove(), _ -> {}, watch, Duration.ofHours(1));
        assertThere();
        assertThat(taken).containsOnlyKeys(neighbour.node().toString());
    }

    @Test
    void howeverManyStallTheOriginHasItsPlace() throws Exception {
        store.keep(list());
        TestGiver origin = giver(1, Manner.WELL);
        List<TestGiver> idle = java.util.stream.IntStream.rangeClosed(2, 60)
                .mapToObj(number -> giver(number, Manner.HESITATES))
                .toList();
        Deque<List<Giver>> batches = new ArrayDeque<>();
        for (int i = 0; i < 56; i += 8) {
            batches.add(
                    idle.subList(i, i + 8).stream().map(one -> one.giver(true)).toList());
            batches.add(List.of(origin.origin()));
        }
        supply.bring(
                wanted,
                () -> batches.isEmpty() ? List.of() : batches.remove(),
                _ -> {},
                watch,
                Duration.ofSeconds(400)); // 4 s
        idle.forEach(one -> one.enough.countDown());
        assertThere();
    }

    /** From a neighbour, and the origin that is found next; the clock goes on to this time once the neighbour is waited for. */
    private void bring(TestGiver neighbour, TestGiver origin, Duration then, Runnable found, FetchWatch told)
            throws Exception {
        store.keep(list());
        AtomicLong time = new AtomicLong();
        supply = supply(time::get);
        Thread download = Thread.currentThread();
        Thread.ofVirtual().start(() -> {
            // Not before it waits for him: by then it has noted when he was set to work.
            Awaitility.await()
                    .until(() -> neighbour.calls.get() > 0 && download.getState() == Thread.State.TIMED_WAITING);
            time.set(then.toNanos());
        });
        Deque<List<Giver>> batches = new ArrayDeque<>();
        batches.add(List.of(neighbour.giver(true)));
        batches.add(List.of(origin.origin()));
        supply.bring(
                wanted,
                () -> {
                    List<Giver> next = batches.isEmpty() ? List.of() : batches.remove();
                    if (batches.isEmpty()) {
                        found.run();
                    }
                    return next;
                },
                _ -> {},
                told,
                Duration.ofHours(1));
    }

    @Test
    void whatBreaksAgainAndAgainGoesOnWhereItWas() throws Exception {
        TestGiver one = giver(1, Manner.BREAKS_EACH_MEBIBYTE);
        bring(one.giver(true));
        assertThere();
        assertThat(taken.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(SIZE);
    }

    @Test
    void anInterruptedOneGoesOnWithWhatCame() throws Exception {
        try (Arrival arrival = store.begin(wanted.sha256(), Pieces.of(SIZE, list(), wanted.pieces()), true)) {
            byte[] bytes = published.bytes("f");
            for (int piece = 0; piece < 5; piece++) {
                byte[] part = java.util.Arrays.copyOfRange(bytes, piece * Pieces.LENGTH, (piece + 1) * Pieces.LENGTH);
                arrival.put(piece, part, part.length);
            }
        }
        TestGiver one = giver(1, Manner.WELL);
        bring(one.giver(true));
        assertThere();
        assertThat(taken.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(SIZE - 5 * Pieces.LENGTH);
        assertThat(one.offsets).doesNotContain(0L);
    }

    @Test
    void whereNobodyGivesItEndsAndSaysWhetherItWasGivenWrong() {
        assertThatThrownBy(() -> bring(
                        Duration.ofMinutes(1), giver(1, Manner.KNOWS_NOTHING).giver(true)))
                .isInstanceOfSatisfying(
                        NobodyGivesException.class,
                        e -> assertThat(e.unverified()).isFalse());
        assertThatThrownBy(() -> bring(
                        Duration.ofMinutes(1), giver(2, Manner.FLIPS_A_BIT).giver(true)))
                .isInstanceOfSatisfying(
                        NobodyGivesException.class,
                        e -> assertThat(e.unverified()).isTrue());
        assertThat(store.has(wanted.sha256())).isFalse();
    }

    @Test
    void theOriginIsBlackListedByNobody() throws Exception {
        store.keep(list());
        TestGiver origin = giver(1, Manner.FLIPS_A_BIT);
        Deque<List<Giver>> batches = new ArrayDeque<>();
        batches.add(List.of(origin.origin()));
        batches.add(List.of(giver(2, Manner.WELL).giver(false)));
        supply.bring(
                wanted, () -> batches.isEmpty() ? List.of() : batches.remove(), _ -> {}, watch, Duration.ofHours(10));
        assertThere();
        assertThat(blacklist.list()).isEmpty();
        assertThat(passed).contains("UNVERIFIED origin");
    }

    private byte[] list() {
        return java.util.Objects.requireNonNull(published.contents.get(wanted.pieces()));
    }

    private TestGiver giver(int number, Manner manner) {
        return new TestGiver(number, published, manner);
    }

    /** With more patience than a busy machine needs. */
    private void bring(Giver... givers) throws Exception {
        bring(Duration.ofHours(10), givers);
    }

    private void bring(Duration patience, Giver... givers) throws Exception {
        supply.bring(wanted, Hands.only(List.of(givers)), _ -> {}, watch, patience);
    }

    private void assertThere() throws IOException {
        Path out = root.resolve("out");
        store.copyTo(wanted.sha256(), out);
        assertThat(out).hasBinaryContent(published.bytes("f"));
    }
}
