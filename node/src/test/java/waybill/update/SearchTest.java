package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.protocol.AliasUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Pieces;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.RequesterConfig.Via;

/** Whom one who fetches turns to, and in which order, on a LAN that answers as it is told. */
final class SearchTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final Published published = Published.of(1, NOW, Map.of("f", Published.random(5 * Pieces.LENGTH, 1)));
    private final Wanted wanted = published.wanted("f");
    private final TestGiver giver = new TestGiver(99, published, TestGiver.Manner.WELL);
    /** Rounds in their order: by name, or by the bytes; with how long was listened at the most. */
    private final List<String> asked = new ArrayList<>();

    private final List<Integer> byName = new ArrayList<>();
    private final List<Integer> byBytes = new ArrayList<>();
    private Duration listened = Duration.ZERO;
    /** So many answer from one address, at once; the others only when it is listened on. */
    private int crowd;

    @Test
    void whoeverHasTheVeryBytesComesBeforeARelayThatWouldHaveToFetchThem() throws Exception {
        byBytes.add(7);
        Giver relay = new TestGiver(3, published, TestGiver.Manner.WELL).giver(false);
        Hands hands = search(Via.AUTO).after(List.of(relay), Optional.of(relay), Optional.of(wanted));
        assertThat(hands.next()).singleElement().satisfies(one -> {
            assertThat(one.node()).contains(node(7));
            assertThat(one.holds()).isTrue();
        });
        assertThat(hands.next()).containsExactly(relay);
        assertThat(asked).containsExactly("bytes");
    }

    @Test
    void whoHoldsItAndAnsweredIsTurnedToWithoutAskingAgain() throws Exception {
        Giver holder = giver.giver(true);
        Hands hands = search(Via.AUTO).after(List.of(holder), Optional.of(holder), Optional.of(wanted));
        assertThat(hands.next()).containsExactly(holder);
        assertThat(asked).isEmpty();
    }

    @Test
    void whereTheLanWasSilentItIsAskedOnceMoreBeforeTheOriginGivesMuch() throws Exception {
        Giver origin = giver.origin();
        Hands hands = search(Via.AUTO).after(List.of(origin), Optional.of(origin), Optional.of(wanted));
        byName.add(5);
        assertThat(hands.next())
                .singleElement()
                .satisfies(one -> assertThat(one.node()).contains(node(5)));
        assertThat(asked).containsExactly("bytes", "name");
        assertThat(hands.next()).containsExactly(origin);
    }

    @Test
    void forLittleNobodyIsAskedTwice() throws Exception {
        Giver origin = giver.origin();
        Hands hands = search(Via.AUTO).after(List.of(origin), Optional.of(origin), Optional.empty());
        assertThat(hands.next()).containsExactly(origin);
        assertThat(asked).isEmpty();
    }

    @Test
    void whoGoesStraightAsksNobody() throws Exception {
        Giver origin = giver.origin();
        Hands hands = search(Via.DIRECT).after(List.of(origin), Optional.of(origin), Optional.of(wanted));
        assertThat(hands.next()).containsExactly(origin);
        assertThat(asked).isEmpty();
    }

    @Test
    void theMoreIsAtStakeTheLongerItIsListenedForThoseWhoHoldIt() throws Exception {
        var _ = nearby().holders(wanted.file().toString(), wanted.sha256(), 1000);
        Duration little = listened;
        listened = Duration.ZERO;
        var _ = nearby().holders(wanted.file().toString(), wanted.sha256(), 1L << 40);
        assertThat(listened).isGreaterThan(little.multipliedBy(3)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void oneWhoAnswersAsManyKeepsNobodyFromBeingHeard() throws Exception {
        crowd = 40;
        byName.add(5);
        List<Giver> givers = nearby().all(wanted.file().toString(), FetchWatch.SILENT);
        assertThat(givers).hasSize(16);
        assertThat(givers.subList(0, 3))
                .anySatisfy(one -> assertThat(one.node()).contains(node(5)));
        byBytes.add(7);
        List<Giver> holders = nearby().holders(wanted.file().toString(), wanted.sha256(), 1000);
        assertThat(holders).hasSize(16);
        assertThat(holders.subList(0, 3))
                .anySatisfy(one -> assertThat(one.node()).contains(node(7)));
    }

    private Search search(Via via) {
        return new Search(wanted.file().toString(), via, nearby(), () -> List.of(giver.origin()), FetchWatch.SILENT);
    }

    private Nearby nearby() {
        return new Nearby(
                Published.BACKEND,
                Lately::new,
                giver,
                () -> TaskId.fresh(InstantSource.fixed(NOW), new Random(1)),
                new RelaysSeen(InstantSource.fixed(NOW)),
                false,
                Promise.MAX_HOPS,
                _ -> false);
    }

    private static NodeId node(int number) {
        return new NodeId(Sha256.of(new byte[] {(byte) number}));
    }

    /** A LAN on which those answer who are in the lists. */
    private final class Lately implements RelayFinder {
        @Override
        public Round ask(Question question) {
            boolean bytes = question.sha256().isPresent();
            asked.add(bytes ? "bytes" : "name");
            List<Offer> offers = (bytes ? byBytes : byName)
                    .stream().map(number -> offer(number, bytes ? 0 : 1)).toList();
            List<Offer> many = IntStream.range(100, 100 + crowd)
                    .mapToObj(number -> offer(node(number), 66, bytes ? 0 : 1))
                    .toList();
            return new Round() {
                @Override
                public List<Offer> gather(Duration window, int enough) {
                    if (enough <= many.size()) {
                        return many;
                    }
                    listened = listened.plus(window);
                    return Stream.concat(many.stream(), offers.stream()).toList();
                }

                @Override
                public void located(Offer chosen) {
                    // Nobody else is there.
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            };
        }

        private static Offer offer(int number, int hops) {
            return offer(node(number), number, hops);
        }

        private static Offer offer(NodeId node, int host, int hops) {
            InetAddress address = InetAddress.ofLiteral("192.0.2." + host);
            AliasUrl alias = AliasUrl.at(true, new InetSocketAddress(address, 7506), "/a/AAAAAAAAAAAAAAAAAAAAAA");
            return new Offer(node, alias, new Promise(0, 0, 0, 1, hops), address, new Lan("eth0", address, 24));
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
