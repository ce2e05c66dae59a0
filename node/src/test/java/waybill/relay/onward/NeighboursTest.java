package waybill.relay.onward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.trust.FileBlacklist;
import waybill.trust.TrackRecord;

/** One honest relay on a LAN on which somebody else answers each round at once, as many nodes as he likes. */
class NeighboursTest {
    private static final Promise HONEST = new Promise(60, 30, 1000, 250_000, 1);
    private static final Promise BEST = new Promise(0, 0, 0, Promise.MAX_BYTES, 1);
    /** How many take a turn in an attempt. */
    private static final int TURNS = 3;

    @TempDir
    Path directory;

    private final Offer honest = offer("the honest one", "192.0.2.1", HONEST);
    /** What the other one answers in a round. */
    private IntFunction<List<Offer>> liar = round -> List.of();

    private final List<Integer> rounds = new ArrayList<>();
    private long now;
    private Neighbours neighbours;

    @BeforeEach
    void open() throws IOException {
        neighbours = new Neighbours(
                BackendUrl.parse("https://backend.example/inbox"),
                node("this one"),
                Set.of(),
                (question, enough, choice) -> {
                    rounds.add(enough);
                    List<Offer> heard = new ArrayList<>(liar.apply(rounds.size()));
                    boolean early = heard.stream().map(Offer::node).distinct().count() >= enough;
                    if (!early) {
                        heard.add(honest);
                    }
                    return choice.of(heard);
                },
                () -> TaskId.parse("019a8c1e-0000-7000-8000-000000000001"),
                FileBlacklist.open(directory, InstantSource.system()),
                TrackRecord.open(directory, InstantSource.system()),
                false,
                () -> now,
                new Random(3));
    }

    private static NodeId node(String name) {
        return new NodeId(Sha256.of(name.getBytes(StandardCharsets.UTF_8)));
    }

    private static Offer offer(String name, String address, Promise promise) {
        Inet4Address at = (Inet4Address) InetAddress.ofLiteral(address);
        return new Offer(
                node(name),
                AliasUrl.parse("https://" + address + ":7506/a/alias"),
                promise,
                at,
                new Lan("eth0", at, 24));
    }

    private static String address(int number) {
        return "198.18." + number / 256 + "." + number % 256;
    }

    private static List<Offer> several(int count, IntFunction<Offer> each) {
        List<Offer> offers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            offers.add(each.apply(i));
        }
        return offers;
    }

    /** One attempt after the other at one delivery; in which of them the honest one has its turn, 0 if in none of these. */
    private int attemptOfTheHonest(int attempts) {
        Set<Neighbour.Claim> tried = new HashSet<>();
        for (int attempt = 1; attempt <= attempts; attempt++) {
            now += Duration.ofSeconds(61).toNanos();
            for (int turn = 0; turn < TURNS; turn++) {
                Optional<Neighbour> next = neighbours.best(1000, tried);
                if (next.isEmpty()) {
                    break;
                }
                if (next.get().node().equals(honest.node())) {
                    return attempt;
                }
                tried.add(next.get().claim());
                neighbours.gone(next.get());
            }
        }
        return 0;
    }

    @Test
    void madeUpNodesOfOneAddressHaveOneRoundToThemselvesAndNoMore() {
        liar = round -> several(3, i -> offer("made up " + round + "." + i, "192.0.2.66", BEST));

        assertThat(attemptOfTheHonest(10)).isEqualTo(2);
    }

    @Test
    void anAddressAtWhichATurnWasInVainComesAfterTheOthers() {
        liar = round -> several(50, i -> offer("made up " + round + "." + i, "192.0.2.66", BEST));

        assertThat(attemptOfTheHonest(10)).isLessThanOrEqualTo(2).isPositive();
    }

    @Test
    void whoComesFromEverOtherAddressesHasNotEveryTurn() {
        liar = round -> several(20, i -> offer("made up " + round + "." + i, address(round * 20 + i), BEST));

        assertThat(attemptOfTheHonest(100)).isPositive();
    }

    @Test
    void turnsGoByLotHowManySoeverHadTheirs() {
        neighbours.best(1000, Set.of());
        now += Duration.ofSeconds(61).toNanos(); // this round nobody ends early
        liar = round -> several(50, i -> offer("made up " + i, address(i / 10), BEST));
        for (int count = 1; count <= 4; count++) {
            Set<Neighbour.Claim> tried = new HashSet<>();
            for (Offer one : several(count, i -> offer("long gone " + i, address(1000 + i), BEST))) {
                tried.add(Neighbour.of(one).claim());
            }
            Set<NodeId> drawn = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                drawn.add(neighbours.best(1000, tried).orElseThrow().node());
            }
            assertThat(drawn).as("after %s turns", count).contains(honest.node());
        }
        assertThat(neighbours.best(1000, Set.of()).orElseThrow().promise())
                .as("the first turn")
                .isEqualTo(BEST);
    }

    @Test
    void whoSpeaksInTheNameOfOneThatDeliveredDoesNotGetItsTurn() throws IOException {
        assertThat(attemptOfTheHonest(1)).isEqualTo(1);
        neighbours.delivered(neighbours.best(1000, Set.of()).orElseThrow());
        liar = round -> several(20, i -> offer("the honest one", address(i), BEST));

        assertThat(attemptOfTheHonest(1)).isEqualTo(1);
        assertThat(neighbours.best(1000, Set.of()).orElseThrow().alias()).isEqualTo(honest.alias());
    }

    @Test
    void afterAReceiptARoundMayEndEarlyAgain() throws IOException {
        Neighbour one = neighbours.best(1000, Set.of()).orElseThrow();
        now += Duration.ofSeconds(61).toNanos();
        neighbours.best(1000, Set.of());
        neighbours.delivered(one);
        now += Duration.ofSeconds(61).toNanos();
        neighbours.best(1000, Set.of());
        now += Duration.ofSeconds(61).toNanos();
        neighbours.best(1000, Set.of());

        assertThat(rounds).containsExactly(3, Integer.MAX_VALUE, 3, Integer.MAX_VALUE);
    }

    @Test
    void othersAreToldOfWhoProvedHimselfAlone() {
        liar = round -> List.of(offer("the honest one", "192.0.2.66", BEST), offer("a liar", "192.0.2.67", BEST));
        neighbours.best(1000, Set.of());
        assertThat(neighbours.current()).isEmpty();
        assertThat(neighbours.lastPromise()).isEmpty();
        assertThat(neighbours.isFresh()).isFalse();

        neighbours.proved(Neighbour.of(honest));

        assertThat(neighbours.current()).contains(Neighbour.of(honest));
        assertThat(neighbours.lastPromise()).contains(HONEST);
        assertThat(neighbours.isFresh()).isTrue();
        neighbours.gone(Neighbour.of(honest));
        assertThat(neighbours.current()).isEmpty();
        assertThat(neighbours.lastPromise()).as("it was there").contains(HONEST);
    }
}
