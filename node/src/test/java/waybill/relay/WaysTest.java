package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.hop.HopService.Arrival;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.relay.RelayLan.Relay;
import waybill.store.DeliveryStore.State;
import waybill.trust.Blacklist;

/** Which way a delivery takes from a relay that may or may not reach the backend, beside others that say they do. */
class WaysTest {
    @TempDir
    Path directory;

    private RelayLan lan;

    @BeforeEach
    void aDeliveryIsHeld() throws Exception {
        lan = new RelayLan(directory);
    }

    @Test
    void aRelayWithARouteAsksNobody() throws IOException {
        lan.relay(9);

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(lan.site.rounds).hasValue(0);
        assertThat(lan.site.ways.isOpen("eth0", true)).isTrue();
        assertThat(lan.site.ways.onwardPromise()).isEmpty();
    }

    @Test
    void withoutARouteTheNextRelayGetsItAndItsReceiptIsTheEnd() throws IOException {
        lan.backend.gone = true;
        Relay next = lan.relay(9);

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(next.taken).singleElement().satisfies(upload -> {
            assertThat(upload.key()).isEqualTo(lan.key);
            assertThat(upload.hops()).isEqualTo(1);
        });
        assertThat(lan.held().state()).isEqualTo(State.ACCEPTED);
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(lan.held().due()).isEqualTo(lan.clock.instant().plusSeconds(3));

        next.delivers();
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(lan.held().state()).isEqualTo(State.SETTLED);
        assertThat(next.taken).hasSize(1);
        assertThat(lan.site.rounds).as("one round serves all").hasValue(1);
    }

    @Test
    void anotherGetsItsTurnOnlyWhenThePromiseIsBroken() throws IOException {
        lan.backend.gone = true;
        Relay late = lan.relay(9);
        Relay other = lan.relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        lan.forward();
        // 1 s for the bytes, 10 s for each of the two legs.
        lan.clock.advance(Duration.ofSeconds(20));
        lan.forward();
        assertThat(other.taken).isEmpty();

        lan.clock.advance(Duration.ofSeconds(1));
        lan.forward();
        assertThat(other.taken).hasSize(1);

        late.delivers();
        assertThat(lan.forward()).as("a late receipt is one too").isEqualTo(new Forwarder.Result.Ended());
    }

    @Test
    void whoForgesIsBarredAndTheNextDelivers() throws IOException {
        lan.site.ways.look(); // something verifies, so that the anchors are not in doubt
        lan.backend.gone = true;
        Relay liar = lan.relay(9);
        liar.put =
                Optional.of(new HopAnswer.Cms("0receipt other 20".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Relay honest = lan.relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(honest.taken).hasSize(1);
        assertThat(lan.barred()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(new Blacklist.Subject.Node(liar.offer.node()));
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.FORGED_RECEIPT);
        });
        assertThat(lan.site.store.find(lan.key).orElseThrow().state()).isEqualTo(State.ACCEPTED);
    }

    @Test
    void whoWasNamedWithItsNodeGoesBeforeWhoPromisesMore() throws IOException {
        lan.backend.gone = true;
        Relay quick = lan.relay(1);
        Relay named = lan.relay("eth1", 77, new Promise(900, 0, 0, 1 << 20, 1));
        lan.forward();
        assertThat(named.taken).hasSize(1);
        assertThat(quick.taken).isEmpty();
    }

    @Test
    void itNeverHandsToItselfNorOverTooManyHops() throws IOException {
        lan.backend.gone = true;
        Relay self = lan.relay(0);
        Relay far = lan.relay("eth1", 9, new Promise(0, 0, 0, 1 << 20, Promise.MAX_HOPS));

        assertThat(lan.forward()).isInstanceOf(Forwarder.Result.Unreached.class);

        assertThat(self.taken).isEmpty();
        assertThat(far.taken).isEmpty();
    }

    @Test
    void whoPretendsToBeAnotherDoesNotTakeHisTurn() throws Exception {
        lan.backend.gone = true;
        Relay honest = lan.relay(9);
        lan.pretender(honest, 66);

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(honest.taken).hasSize(1);
        assertThat(lan.site.service.profile()).isNotEmpty();
    }

    @Test
    void whoPretendsToBeOneThatDeliveredComesAfterIt() throws Exception {
        lan.backend.gone = true;
        Relay honest = lan.relay(9);
        lan.forward();
        honest.delivers();
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());

        for (int number = 60; number < 70; number++) {
            lan.pretender(honest, number);
        }
        lan.clock.advance(Duration.ofMinutes(2));
        Arrival arrival = lan.site.arrival("another sample");
        lan.key = Site.key(arrival);
        lan.site.service.deliver(arrival);
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(honest.taken).hasSize(2);
    }

    @Test
    void whoDeclinesIsPassedOverAndAskedAgainLater() throws IOException {
        lan.backend.gone = true;
        Relay busy = lan.relay(9);
        busy.put = Optional.of(new HopAnswer.Failed(503, Optional.of(Problem.BUSY), Optional.empty(), "going down"));
        assertThat(lan.forward()).isInstanceOf(Forwarder.Result.Unreached.class);

        busy.put = Optional.empty();
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(lan.barred()).isEmpty();
    }

    @Test
    void aSpoiltCopyIsSetAsideAndNotOfferedToEverybody() throws IOException {
        lan.backend.gone = true;
        lan.site.store.payloads.put(lan.key, "a quarantined sampla".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Relay next = lan.relay(9);
        next.put = Optional.of(
                new HopAnswer.Failed(422, Optional.of(Problem.DIGEST_MISMATCH), Optional.empty(), "other bytes came"));

        assertThat(lan.forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertThat(lan.held().state()).isEqualTo(State.REFUSED);
        assertThat(lan.site.store.payloads).containsKey(lan.key);
    }

    @Test
    void theStraightWayIsTakenAgainOnceItIsBack() throws IOException {
        lan.backend.gone = true;
        lan.relay(9);
        lan.forward();
        lan.backend.gone = false;
        lan.clock.advance(Duration.ofSeconds(10));
        lan.forward(); // looks
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(lan.backend.puts).containsExactly(lan.key);
    }

    @Test
    void nothingIsRememberedOfWhatEnded() throws Exception {
        lan.backend.gone = true;
        assertThat(lan.forward()).isInstanceOf(Forwarder.Result.Unreached.class);
        assertThat(lan.site.custody.size()).as("nobody has it").isZero();

        Relay next = lan.relay(9);
        lan.clock.advance(Duration.ofMinutes(2));
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(lan.site.custody.size()).isEqualTo(1);
        next.delivers();
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(lan.site.custody.size()).as("it came home").isZero();

        Arrival arrival = lan.site.arrival("another sample");
        lan.key = Site.key(arrival);
        lan.site.service.deliver(arrival);
        next.outcome = new HopAnswer.NotYet(Duration.ofSeconds(3));
        lan.forward();
        assertThat(lan.site.custody.size()).isEqualTo(1);
        lan.backend.gone = false;
        lan.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        lan.clock.advance(Duration.ofSeconds(10));
        lan.site.ways.look();
        assertThat(lan.forward()).isInstanceOf(Forwarder.Result.Failed.class);
        assertThat(lan.held().state()).isEqualTo(State.REFUSED);
        assertThat(lan.site.custody.size()).as("it ended otherwise").isZero();
    }

    @Test
    void whatComesBackOnAWayThatLeadsInACircleIsTurnedAway() throws Exception {
        lan.backend.gone = true;
        lan.relay(9);
        lan.forward();

        assertThat(deliver(1)).as("another way to the same relay").isEmpty();
        assertThat(deliver(2)).contains(Problem.BUSY);

        lan.backend.gone = false;
        lan.clock.advance(Duration.ofSeconds(10));
        lan.site.ways.look();
        assertThat(deliver(2)).as("it goes straight from here").isEmpty();
    }

    private Optional<Problem> deliver(int hops) throws IOException {
        byte[] bytes = Channels.newInputStream(lan.site.store.payload(lan.key)).readAllBytes();
        try {
            lan.site.service.deliver(new Arrival(
                    lan.key.id(),
                    OptionalLong.of(bytes.length),
                    Optional.of(lan.key.sha256()),
                    lan.key.contents(),
                    Optional.of(FakeBackend.AGE),
                    hops,
                    InetAddress.getLoopbackAddress(),
                    new ByteArrayInputStream(bytes)));
            return Optional.empty();
        } catch (ProblemException e) {
            return Optional.of(e.problem());
        }
    }

    @Test
    void aLateRelayIsGivenItAgainAndWhoComesLaterStillGetsHisTurn() throws IOException {
        lan.backend.gone = true;
        Relay late = lan.relay(9);
        for (int i = 0; i < 12; i++) {
            lan.forward();
            lan.clock.advance(Duration.ofSeconds(30));
        }
        assertThat(late.taken.size()).isGreaterThan(4);
        Relay other = lan.relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        for (int i = 0; i < 4; i++) {
            lan.clock.advance(Duration.ofSeconds(61));
            lan.forward();
        }
        assertThat(other.taken).isNotEmpty();
        other.delivers();
        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Ended());
    }

    @Test
    void waitingForAnothersReceiptIsNoFailure() throws IOException {
        lan.backend.gone = true;
        lan.relay(9);
        lan.forward();
        int before = lan.held().attempts();
        for (int i = 0; i < 5; i++) {
            lan.forward();
        }
        assertThat(lan.held().attempts()).isEqualTo(before);
    }

    @Test
    void nobodyIsWaitedForLongerThanHeOffered() throws IOException {
        lan.backend.gone = true;
        Relay grown = lan.relay(9);
        grown.put = Optional.of(new HopAnswer.Accepted(new Promise(0, 3600, 0, 1 << 20, 1)));
        Relay other = lan.relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        lan.relay("eth1", 11, new Promise(Promise.MAX_SECONDS, 0, 0, 1 << 20, 1));

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(grown.taken).hasSize(1);
        assertThat(other.taken).hasSize(1);
    }

    @Test
    void whoSaysThatTheBackendRefusedIsNotAskedAgain() throws IOException {
        lan.backend.gone = true;
        Relay one = lan.relay(9);
        Relay other = lan.relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        lan.forward();
        one.outcome = new HopAnswer.Failed(502, Optional.of(Problem.BACKEND_REFUSED), Optional.empty(), "413");
        lan.forward();
        assertThat(other.taken).hasSize(1);
    }

    @Test
    void theProfileComesByTheNextRelayToo() throws Exception {
        lan.backend.gone = true;
        lan.relay(9);
        assertThat(lan.site.service.profile()).isEqualTo(FakeBackend.profile(1, Instant.parse("2036-01-01T00:00:00Z")));
    }

    @Test
    void byTheLanAloneTheBackendIsNeverDialled() throws IOException {
        lan.site = lan.site(RelayConfig.Via.LAN);
        Arrival arrival = lan.site.arrival("another sample");
        lan.key = Site.key(arrival);
        try {
            lan.site.service.deliver(arrival);
        } catch (ProblemException e) {
            throw new AssertionError(e);
        }
        Relay next = lan.relay(9);

        assertThat(lan.forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(next.taken).hasSize(1);
        assertThat(lan.backend.puts).isEmpty();
        assertThat(lan.backend.profileFetches).isZero();
    }
}
