package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.relay.RelayLan.PROMISE;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Offer;
import waybill.hop.HopAnswer;
import waybill.protocol.AliasUrl;
import waybill.protocol.Promise;
import waybill.relay.RelayLan.Relay;

/** Which way a relay says it has, to whom, and what it promises of it. */
class WaysOfferedTest {
    @TempDir
    Path directory;

    private RelayLan lan;

    @BeforeEach
    void aDeliveryIsHeld() throws Exception {
        lan = new RelayLan(directory);
    }

    @Test
    void bothPromisesAreAddedUp() throws Exception {
        lan.backend.gone = true;
        lan.relay("eth1", 9, new Promise(30, 20, 100, 1000, 2));
        lan.site.ways.look();

        Promise promise = lan.site.service.offer(10, "eth0", false).orElseThrow();

        assertThat(promise.hops()).isEqualTo(3);
        assertThat(promise.interval()).isEqualTo(30);
        assertThat(promise.untilRun()).isEqualTo(20);
        assertThat(promise.backlog()).isEqualTo(120);
        assertThat(promise.rate()).isEqualTo(500);
    }

    @Test
    void aWayThatFailedIsPromisedAsItWas() throws Exception {
        lan.backend.gone = true;
        lan.relay("eth1", 9, new Promise(30, 20, 100, 1000, 2));
        lan.site.ways.look();
        Promise before = lan.site.service.offer(10, "eth0", false).orElseThrow();

        lan.site.offers.clear();
        lan.clock.advance(Duration.ofMinutes(2));
        lan.site.ways.look();

        assertThat(lan.site.service.offer(10, "eth0", false)).contains(before);
    }

    @Test
    void whoHadNoWaySinceTheStartPromisesTheLongestThereMayBe() throws Exception {
        lan.site.service.profile(); // from this time it knows the backend's profile
        lan.backend.gone = true;
        for (RelayConfig.Via via : List.of(RelayConfig.Via.LAN, RelayConfig.Via.AUTO)) {
            lan.site = lan.site(via);
            lan.site.ways.look();
            assertThat(lan.site.service.offer(10, "eth0", false))
                    .as("%s", via)
                    .hasValueSatisfying(promise -> assertThat(promise.hops()).isEqualTo(Promise.MAX_HOPS));
        }
    }

    @Test
    void whoseStraightWayFailedPromisesItStill() throws Exception {
        lan.site.ways.look();
        lan.backend.gone = true;
        lan.clock.advance(Duration.ofMinutes(2));
        lan.site.ways.look();

        assertThat(lan.site.service.offer(10, "eth0", false))
                .hasValueSatisfying(promise -> assertThat(promise.hops()).isEqualTo(1));
    }

    @Test
    void noWayIsOfferedWhereTheNextRelayCanBeAskedItself() throws IOException {
        lan.backend.gone = true;
        lan.relay(9);
        lan.site.ways.look();

        assertThat(lan.site.ways.isOpen("eth0", false)).isTrue();
        assertThat(lan.site.ways.isOpen("eth0", true)).isTrue();
        assertThat(lan.site.ways.isOpen("eth1", false)).isFalse();
        assertThat(lan.site.ways.isOpen("eth1", true)).isFalse();
    }

    @Test
    void whoOnlySaysThatHeKnowsAWayIsNoWay() throws Exception {
        lan.site.ways.look();
        lan.backend.gone = true;
        Relay liar = lan.relay("eth1", 66, new Promise(0, 0, 0, Promise.MAX_BYTES, 1));
        liar.profile = Optional.of(new HopAnswer.Cms(new byte[] {0x30, 1, 2}));
        lan.site.offers.add(new Offer(
                liar.offer.node(),
                AliasUrl.parse("https://192.0.2.67:7506/a/alias"), // where nobody listens
                liar.offer.promise(),
                InetAddress.ofLiteral("192.0.2.67"),
                liar.offer.asked()));
        lan.clock.advance(Duration.ofMinutes(2));
        lan.site.ways.look();
        assertThat(lan.site.rounds).hasValue(1);

        assertThat(lan.site.ways.isOpen("eth0", true)).isFalse();
        assertThat(lan.site.ways.byLine()).isTrue();
        assertThat(lan.site.ways.onwardPromise()).as("nobody else's").isEmpty();

        lan.relay(9);
        lan.clock.advance(Duration.ofMinutes(2));
        lan.site.ways.look();
        assertThat(lan.site.ways.isOpen("eth0", true)).isTrue();
        assertThat(lan.site.ways.byLine()).isFalse();
        assertThat(lan.site.ways.onwardPromise()).contains(PROMISE);
    }

    @Test
    void anotherRelayIsToldOnlyOfAWayThatIsKnownToWork() throws IOException {
        lan.site.ways.look();
        assertThat(lan.site.ways.isOpen("eth0", true)).isTrue();

        lan.backend.gone = true;
        lan.clock.advance(Duration.ofSeconds(61));
        assertThat(lan.site.ways.isOpen("eth0", true)).isFalse();
        assertThat(lan.site.ways.isOpen("eth0", false)).as("a sender has time").isTrue();
    }

    @Test
    void whoNeverKnewAWayIsSilent() throws IOException {
        lan.backend.gone = true;
        assertThat(lan.site.ways.isOpen("eth0", false)).isFalse();
        lan.site.ways.look();
        assertThat(lan.site.ways.isOpen("eth0", false)).isFalse();
    }

    @Test
    void aRelayForTheStraightWayAloneIsSilentUntilItKnowsOne() throws IOException {
        lan.site = lan.site(RelayConfig.Via.DIRECT);
        lan.backend.gone = true;
        lan.site.ways.look();
        assertThat(lan.site.ways.isOpen("eth0", false)).isFalse();
        lan.backend.gone = false;
        lan.clock.advance(Duration.ofSeconds(10));
        lan.site.ways.look();
        assertThat(lan.site.ways.isOpen("eth0", false)).isTrue();
        assertThat(lan.site.ways.isOpen("eth0", true)).isTrue();
        lan.backend.gone = true;
        lan.clock.advance(Duration.ofMinutes(2));
        assertThat(lan.site.ways.isOpen("eth0", true))
                .as("another relay hears of no way that may be gone")
                .isFalse();
        assertThat(lan.site.ways.isOpen("eth0", false)).isTrue();
        assertThat(lan.site.rounds).hasValue(0);
    }
}
