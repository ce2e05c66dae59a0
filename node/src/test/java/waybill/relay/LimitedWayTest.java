package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.AliasUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.Windows;
import waybill.store.DeliveryStore.State;

/**
 * A relay that may use its line at night only, and looks for other relays where it cannot reach the backend. Until another
 * one has promised to take what comes, the night is what it promises. It is Sunday, noon.
 */
@Timeout(60)
class LimitedWayTest {
    private static final Instant OPENS = FakeClock.START.plus(Duration.ofHours(2));
    private static final Promise NEXT = new Promise(30, 20, 0, 1 << 20, 1);

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final FakeBackend backend = new FakeBackend();
    private Site site;

    @BeforeEach
    void setUp() throws IOException {
        site = limited("Sun 14:00-16:00");
        backend.profileAnswer = new HopAnswer.Cms(FakeBackend.profile(1, Instant.parse("2036-01-01T00:00:00Z")));
    }

    private Site limited(String window) throws IOException {
        return new Site(
                directory,
                Duration.ZERO,
                Runnable::run,
                clock,
                new FakeStore(clock),
                backend,
                RelayConfig.Via.AUTO,
                new LineLimits(
                        Windows.of(List.of(window), ZoneOffset.UTC),
                        LineLimits.NONE,
                        LineLimits.NONE,
                        LineLimits.NONE));
    }

    @Test
    void beforeItHasLookedForAWayItPromisesTheWindow() throws Exception {
        assertThat(promised("comes back after a restart").untilRun()).isBetween(7200L, 7201L);
    }

    @Test
    void whileItsLineIsDownAndNobodyElseIsThereItPromisesTheWindow() throws Exception {
        lineIsDown();

        assertThat(promised("waits for the night").untilRun()).isBetween(7200L, 7201L);
        assertThat(site.service.offer(10, "eth0", false).orElseThrow().untilRun())
                .isBetween(7200L, 7201L);
    }

    @Test
    void whileItsLineIsDownWhatNoWindowCarriesIsDeclined() throws Exception {
        site = limited("Mon-Sun 14:00-14:01");
        site.measured.sent(1 << 20, Duration.ofDays(1)); // about 12 bytes a second
        lineIsDown();

        assertThat(site.service.offer(990, "eth0", false)).isEmpty();
        assertThatThrownBy(() -> site.service.deliver(site.arrival("x".repeat(990))))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TOO_LARGE));
    }

    @Test
    void aLineThatIsDownByDayIsUsedAtOnceWhenItsWindowOpens() throws Exception {
        lineIsDown();
        promised("waits for the night");
        for (Instant next = site.uploads.step(); clock.instant().isBefore(OPENS); next = site.uploads.step()) {
            assertThat(next).isAfter(clock.instant()).isBeforeOrEqualTo(OPENS);
            clock.set(next);
            if (next.equals(OPENS)) {
                break;
            }
        }
        assertThat(site.health.state()).as("nothing was tried in vain").isEqualTo(Health.State.WORKING);
        backend.gone = false;

        site.uploads.step();

        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void anotherRelaysPromiseStandsInPlaceOfTheWindow() throws Exception {
        lineIsDown();
        relay();
        clock.advance(Duration.ofMinutes(1));
        site.ways.look();

        Promise promise = promised("goes on over the LAN");

        assertThat(promise.untilRun()).isEqualTo(NEXT.untilRun());
        assertThat(promise.hops()).isEqualTo(2);
        site.uploads.step();
        assertThat(taken).isEqualTo(1);
    }

    @Test
    void whatWaitsForTheWindowGoesToARelayThatTurnsUpBefore() throws Exception {
        lineIsDown();
        promised("waits for the night");
        clock.set(site.uploads.step());
        relay();
        clock.advance(Duration.ofMinutes(1)); // so long an answer counts, that nobody was there too
        clock.set(site.uploads.step());

        site.uploads.step();

        assertThat(clock.instant()).isBefore(OPENS);
        assertThat(taken).isEqualTo(1);
    }

    @Test
    void aRelayThatHoldsNothingLooksForNobody() throws Exception {
        lineIsDown();
        int before = site.rounds.get();

        assertThat(site.uploads.step()).isEqualTo(OPENS);

        assertThat(site.rounds).hasValue(before);
    }

    private Promise promised(String text) throws IOException, ProblemException {
        Arrival arrival = site.arrival(text);
        return ((Answer.Accepted) site.service.deliver(arrival)).promise();
    }

    /** It was up once, so that senders are answered. */
    private void lineIsDown() throws Exception {
        site.service.profile();
        backend.gone = true;
        try {
            site.sight.profile();
        } catch (IOException e) {
            assertThat(e).isInstanceOf(HopClient.UnreachableException.class);
        }
    }

    private int taken;

    private void relay() throws IOException {
        Inet4Address address = (Inet4Address) InetAddress.ofLiteral("192.0.2.9");
        AliasUrl alias = AliasUrl.parse("https://192.0.2.9:7506/a/alias");
        NodeId node = new NodeId(Sha256.of(new byte[] {9}));
        site.offers.add(new Offer(node, alias, NEXT, address, new Lan("eth1", address, 24)));
        backend.others.put(alias.uri(), new HopWithoutUpdates() {
            @Override
            public HopAnswer put(Peer peer, Upload upload, Duration limit) {
                taken++;
                return new HopAnswer.Accepted(NEXT);
            }

            @Override
            public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) {
                return new HopAnswer.NotYet(Duration.ofSeconds(3));
            }

            @Override
            public HopAnswer profile(Peer peer) {
                return Optional.ofNullable(backend.profileAnswer).orElseThrow();
            }
        });
    }
}
