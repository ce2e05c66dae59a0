package waybill.update.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Answerer;
import waybill.discovery.Lan;
import waybill.discovery.Turn;
import waybill.hop.UpdateService.Content;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.RequesterConfig;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.store.content.ContentLimits;
import waybill.store.local.MemoryTempDir;
import waybill.update.Giver;
import waybill.update.Holdings;
import waybill.update.Published;
import waybill.update.Supply;
import waybill.update.TestGiver;
import waybill.update.Vetting;
import waybill.update.Wanted;
import waybill.update.Words;

/** Who holds something and fetches nothing for others, and beside him one who does. */
@Timeout(60)
final class GivingTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final NodeId NODE = new NodeId(Sha256.of(new byte[] {1}));
    private static final String PATH = "/a/AAAAAAAAAAAAAAAAAAAAAA";
    private static final Lan LAN = new Lan("eth1", (Inet4Address) InetAddress.ofLiteral("192.0.2.7"), 24);

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Published published =
            Published.of(1, NOW, Map.of("f", Published.random(3_000_000, 1), "g", Published.random(100, 2)));
    private final Wanted wanted = published.wanted("f");
    private Instant now = NOW;
    private Holdings holdings;
    private Share share;
    private Answerer answerer;

    @BeforeEach
    void open() throws Exception {
        RequesterConfig config = RequesterConfig.builder(root, TrustPolicy.of(Published.PKI.anchors()))
                .backend(Published.BACKEND)
                .build();
        holdings = Holdings.open(config, new ContentLimits(1L << 30, Duration.ofDays(30), 0), () -> now);
        share = share(Sources.NONE, Runnable::run);
        answerer = new HolderAnswerer(NODE, true, new InetSocketAddress("0.0.0.0", 7507), PATH, share, holdings);
    }

    private Share share(Sources sources, Executor executor) {
        return new Share(
                holdings.vetting(),
                new Words(holdings.vetting(), holdings.blame()),
                new Supply(holdings.store(), holdings.blame(), true, System::nanoTime),
                sources,
                executor,
                System::nanoTime);
    }

    /** It has heard of the publication. */
    private void know() throws Exception {
        Packet.Catalogue packet = new SignedPackets(TrustPolicy.of(Published.PKI.anchors()), () -> now)
                .catalogue(published.catalogue, Published.BACKEND)
                .packet();
        byte[] list = content(packet.sha256());
        holdings.store().keep(list);
        Vetting.Catalogue held = holdings.vetting().hold(published.catalogue, packet, list);
        assertThat(held.list().entries()).extracting(CatalogueList.Entry::name).hasSize(2);
    }

    private byte[] content(Sha256 digest) {
        return java.util.Objects.requireNonNull(published.contents.get(digest));
    }

    private byte[] signed(String name) {
        return java.util.Objects.requireNonNull(published.releases.get(new FileName(name)));
    }

    private void have(String name) throws IOException {
        holdings.store().keep(published.bytes(name));
        holdings.store().keep(content(published.wanted(name).pieces()));
    }

    private static Packet.Request request(Packet.Method method, String href, Optional<Sha256> bytes, int number) {
        return new Packet.Request(
                TaskId.fresh(() -> NOW, new Random(number)),
                method,
                BackendUrl.parse(href),
                0,
                0,
                4,
                Sha256.of(new byte[0]),
                bytes);
    }

    private static Packet.Request get(String href) {
        return request(Packet.Method.GET, href, Optional.empty(), 1);
    }

    private static Packet.Request get(String href, Sha256 bytes) {
        return request(Packet.Method.GET, href, Optional.of(bytes), 2);
    }

    private static byte[] read(Content content) throws Exception {
        try (content;
                InputStream in = content.open(0, content.size())) {
            return in.readAllBytes();
        }
    }

    private void refused(Sha256 digest, Problem problem) {
        assertThatThrownBy(() -> share.content(digest))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @Test
    void whatItHoldsAndTheCatalogueNamesItOffersAndGives() throws Exception {
        know();
        have("f");
        String href = wanted.file().toString();
        assertThat(answerer.answer(get(href, wanted.sha256()), LAN)).hasValueSatisfying(answer -> {
            assertThat(answer.promise().hops()).isZero();
            assertThat(answer.node()).isEqualTo(NODE);
            assertThat(answer.alias()).isEqualTo(AliasUrl.parse("https://192.0.2.7:7507" + PATH));
        });
        assertThat(answerer.answer(get(href), LAN)).isPresent();
        assertThat(answerer.answer(get(Published.BACKEND.toString()), LAN)).isPresent();
        assertThat(read(share.content(wanted.sha256()))).isEqualTo(published.bytes("f"));
        assertThat(read(share.content(wanted.pieces()))).isEqualTo(content(wanted.pieces()));
        assertThat(share.catalogue()).isEqualTo(published.catalogue);
    }

    @Test
    void theBytesThemselvesItOffersSoonWhatMayBeOldLast() {
        String href = wanted.file().toString();
        assertThat(answerer.turn(get(href, wanted.sha256()))).isInstanceOf(Turn.Soon.class);
        assertThat(answerer.turn(get(href))).isInstanceOf(Turn.Last.class);
        assertThat(answerer.turn(get(Published.BACKEND.toString()))).isInstanceOf(Turn.Last.class);
    }

    @Test
    void whatItHasNotItNeitherOffersNorFetches() throws Exception {
        know();
        have("f");
        Wanted other = published.wanted("g");
        assertThat(answerer.answer(get(other.file().toString()), LAN)).isEmpty();
        assertThat(answerer.answer(get(other.file().toString(), other.sha256()), LAN))
                .isEmpty();
        refused(other.sha256(), Problem.BUSY);
        assertThatThrownBy(() -> share.release(new FileName("g")))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.BUSY));
        assertThatThrownBy(() -> share.release(new FileName("none")))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.NOT_FOUND));
        assertThat(holdings.vetting().release(signed("g"), new FileName("g"))).isNotNull();
        assertThat(share.release(new FileName("g"))).isEqualTo(signed("g"));
    }

    @Test
    void whatNoCatalogueNamesStaysHereWhateverTheCacheHolds() throws Exception {
        have("f");
        assertThat(answerer.answer(get(wanted.file().toString(), wanted.sha256()), LAN))
                .isEmpty();
        know();
        Sha256 own = holdings.store().keep("of this machine".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(answerer.answer(get(wanted.file().toString(), own), LAN)).isEmpty();
        refused(own, Problem.NOT_FOUND);
    }

    @Test
    void whatHasExpiredIsNotGiven() throws Exception {
        know();
        have("f");
        now = NOW.plus(Duration.ofDays(8));
        assertThat(answerer.answer(get(wanted.file().toString(), wanted.sha256()), LAN))
                .isEmpty();
        assertThat(answerer.answer(get(wanted.file().toString()), LAN)).isEmpty();
        assertThat(answerer.answer(get(Published.BACKEND.toString()), LAN)).isEmpty();
        refused(wanted.sha256(), Problem.BUSY); // it knows no catalogue that holds
    }

    @Test
    void whatRottedOnThisDiskIsNotGiven() throws Exception {
        know();
        have("f");
        Path file;
        try (var files = Files.walk(root.resolve("cache/whole"))) {
            file = files.filter(one -> one.endsWith(wanted.sha256().hex()))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[1_234_567] ^= 1;
        Files.write(file, bytes);
        refused(wanted.sha256(), Problem.BUSY);
        assertThat(answerer.answer(get(wanted.file().toString(), wanted.sha256()), LAN))
                .isEmpty();
    }

    @Test
    void deliveriesOtherBackendsAndItsOwnRoundsItDoesNotAnswer() throws Exception {
        know();
        have("f");
        String href = wanted.file().toString();
        assertThat(answerer.answer(request(Packet.Method.PUT, Published.BACKEND.toString(), Optional.empty(), 3), LAN))
                .isEmpty();
        assertThat(answerer.turn(request(Packet.Method.PUT, href, Optional.empty(), 3)))
                .isNotInstanceOf(Turn.Soon.class);
        assertThat(answerer.answer(get("https://other.example/inbox/files/f", wanted.sha256()), LAN))
                .isEmpty();
        assertThat(answerer.answer(get("https://other.example/inbox"), LAN)).isEmpty();
    }

    @Test
    void whoFetchesForOthersFetchesOnceAndPassesOnWhileItArrives() throws Exception {
        know();
        TestGiver giver = new TestGiver(9, published, TestGiver.Manner.WELL);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Share relay = share(new From(giver.giver(true)), threads);
            List<Future<byte[]>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(threads.submit(() -> read(relay.content(wanted.sha256()))));
            }
            for (Future<byte[]> one : all) {
                assertThat(one.get()).isEqualTo(published.bytes("f"));
            }
        }
        assertThat(giver.offsets).as("each piece was fetched once").doesNotHaveDuplicates();
        assertThat(holdings.store().has(wanted.sha256())).isTrue();
    }

    @Test
    void whatComesFromNeighboursIsOfferedToRelaysAsIfItWereMeantToCome() throws Exception {
        know();
        offers(new TestGiver(9, published, TestGiver.Manner.HESITATES).giver(true), 1);
    }

    @Test
    void whatComesFromTheOriginIsOfferedToAll() throws Exception {
        know();
        offers(new TestGiver(9, published, TestGiver.Manner.HESITATES).origin(), 0);
    }

    /** What a relay offers to other relays of what it takes from this one; a machine may wait beside it in any case. */
    private void offers(Giver giver, int hopsToRelays) throws Exception {
        TestGiver from = (TestGiver) giver.hop();
        Packet.Request request = get(wanted.file().toString(), wanted.sha256());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            holdings.store().keep(content(wanted.pieces()));
            Share relay = share(new From(giver), threads);
            assertThat(relay.offer(request, "eth1", true)).isEmpty();
            Future<byte[]> one = threads.submit(() -> read(relay.content(wanted.sha256())));
            Awaitility.await().until(() -> from.calls.get() > 0);
            assertThat(relay.offer(request, "eth1", true)).contains(hopsToRelays);
            assertThat(relay.offer(request, "eth1", false)).contains(0);
            from.enough.countDown();
            assertThat(one.get()).isEqualTo(published.bytes("f"));
        }
        assertThat(share.offer(request, "eth1", true)).as("it is whole").contains(0);
    }

    @Test
    void aListAndAReleaseThatManyAskForComeOnceToo() throws Exception {
        know();
        TestGiver giver = new TestGiver(9, published, TestGiver.Manner.WELL);
        Share relay = share(new From(giver.giver(true)), Runnable::run);
        CountDownLatch ready = new CountDownLatch(8);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> lists = new ArrayList<>();
            List<Future<byte[]>> releases = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                lists.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return read(relay.content(wanted.pieces()));
                }));
                releases.add(threads.submit(() -> relay.release(new FileName("f"))));
            }
            for (int i = 0; i < 8; i++) {
                assertThat(lists.get(i).get()).isEqualTo(content(wanted.pieces()));
                assertThat(releases.get(i).get()).isEqualTo(signed("f"));
            }
        }
        // The catalogue was asked for, then the list, and the release.
        assertThat(giver.calls.get()).isLessThanOrEqualTo(3);
    }

    @Test
    void whoKeepsACataloguesListBackDoesNotKeepTheNextFromBeingAsked() throws Exception {
        TestGiver liar = new TestGiver(9, published, TestGiver.Manner.KNOWS_NOTHING);
        TestGiver origin = new TestGiver(10, published, TestGiver.Manner.WELL);
        Share relay = share(new Batches(List.of(List.of(liar.giver(true)), List.of(origin.origin()))), Runnable::run);
        assertThat(relay.catalogue()).isEqualTo(published.catalogue);
        assertThat(holdings.vetting().held()).isPresent();
    }

    @Test
    void whereNobodyGivesItThoseWhoWaitAreTold() throws Exception {
        know();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Share relay = new Share(
                    holdings.vetting(),
                    new Words(holdings.vetting(), holdings.blame()),
                    new Supply(holdings.store(), holdings.blame(), true, fast()),
                    new From(new TestGiver(9, published, TestGiver.Manner.KNOWS_NOTHING).giver(true)),
                    threads,
                    System::nanoTime);
            Future<byte[]> one = threads.submit(() -> read(relay.content(wanted.sha256())));
            assertThatThrownBy(one::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.BUSY));
        }
    }

    /** A clock on which nobody's patience lasts long. */
    private static java.util.function.LongSupplier fast() {
        long start = System.nanoTime();
        return () -> 1000 * (System.nanoTime() - start);
    }

    /** These one after the other, and then nobody. */
    private record Batches(List<List<Giver>> batches) implements Sources {
        @Override
        public Source of(String href, long size, Optional<Sha256> bytes) {
            Iterator<List<Giver>> each = batches.iterator();
            return new Source() {
                @Override
                public List<Giver> next() {
                    return each.hasNext() ? each.next() : List.of();
                }

                @Override
                public void close() {
                    // They stay.
                }
            };
        }

        @Override
        public boolean areOpen(String network, boolean relay) {
            return true;
        }
    }

    /** One giver, as often as he is wanted. */
    private record From(Giver giver) implements Sources {
        @Override
        public Source of(String href, long size, Optional<Sha256> bytes) {
            return new Source() {
                @Override
                public List<Giver> next() {
                    return List.of(giver);
                }

                @Override
                public void close() {
                    // He stays.
                }
            };
        }

        @Override
        public boolean areOpen(String network, boolean relay) {
            return true;
        }
    }
}
