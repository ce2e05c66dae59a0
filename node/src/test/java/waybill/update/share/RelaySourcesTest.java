package waybill.update.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
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
import waybill.update.Answers;
import waybill.update.Giver;
import waybill.update.Nearby;
import waybill.update.Published;
import waybill.update.TestGiver;
import waybill.update.Wanted;

/** Whom a relay turns to, on a LAN on which two others answer: one before it in the order, one behind it. */
final class RelaySourcesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final Published published = Published.of(1, NOW, Map.of("f", Published.random(2 * Pieces.LENGTH, 1)));
    private final Wanted wanted = published.wanted("f");
    private final String href = wanted.file().toString();
    private final TestGiver giver = new TestGiver(99, published, TestGiver.Manner.WELL);
    /** In the order of their places. */
    private final List<NodeId> nodes = IntStream.of(1, 2, 3)
            .mapToObj(number -> new NodeId(Sha256.of(new byte[] {(byte) number})))
            .sorted(Comparator.comparing(node -> Nearby.place(node, href)))
            .toList();

    private final List<Offer> answers = new ArrayList<>();

    @Test
    void whoIsAboutToFetchItIsTurnedToIfHeIsBefore() throws Exception {
        answer(0, 1);
        answer(2, 1);
        assertThat(source().next()).extracting(Giver::node).containsExactly(Optional.of(nodes.get(0)));
    }

    @Test
    void whoHoldsItIsTurnedToWhereverHeStands() throws Exception {
        answer(2, 0);
        assertThat(source().next()).extracting(Giver::node).containsExactly(Optional.of(nodes.get(2)));
    }

    @Test
    void whereNobodyIsBeforeItGoesToTheOrigin() throws Exception {
        answer(2, 1);
        assertThat(source().next()).singleElement().matches(Giver::isOrigin);
    }

    @Test
    void ofTwoAtTheOriginTheOneBehindGivesWay() throws Exception {
        answer(2, 0);
        assertThat(source().instead()).isEmpty();
        answer(0, 0);
        assertThat(source().instead()).extracting(Giver::node).containsExactly(Optional.of(nodes.get(0)));
    }

    @Test
    void whoTakesItFromOthersOrOnlyMeansToIsNoReasonToLeaveTheOrigin() throws Exception {
        answer(0, 1);
        assertThat(source().instead()).isEmpty();
    }

    private Sources.Source source() {
        Nearby nearby = new Nearby(
                Published.BACKEND,
                Answering::new,
                giver,
                () -> TaskId.fresh(InstantSource.fixed(NOW), new Random(1)),
                new RelaysSeen(InstantSource.fixed(NOW)),
                false,
                Promise.MAX_HOPS - 1,
                _ -> false);
        Way way = new Way() {
            @Override
            public Optional<Leave> toOrigin(long size) {
                return Optional.of(new Leave() {
                    @Override
                    public Giver origin() {
                        return giver.origin();
                    }

                    @Override
                    public void close() {
                        // Nothing was taken.
                    }
                });
            }

            @Override
            public boolean isOpen(String network, boolean relay) {
                return true;
            }
        };
        return new RelaySources(nodes.get(1), nearby, way).of(href, wanted.size(), Optional.of(wanted.sha256()));
    }

    private void answer(int place, int hops) {
        InetAddress address = InetAddress.ofLiteral("192.0.2." + (place + 1));
        AliasUrl alias = AliasUrl.at(true, new InetSocketAddress(address, 7506), "/a/AAAAAAAAAAAAAAAAAAAAAA");
        Lan lan = new Lan("eth0", address, 24);
        answers.add(new Offer(nodes.get(place), alias, new Promise(0, 0, 0, 1, hops), address, lan));
    }

    private final class Answering implements RelayFinder {
        @Override
        public Round ask(Question question) {
            return new Answers(answers);
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
