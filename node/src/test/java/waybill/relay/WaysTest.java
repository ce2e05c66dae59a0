package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopService.Arrival;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.AliasUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileName;
import waybill.protocol.NodeId;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.State;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;

/** A relay that may or may not reach the backend, beside others that say they do. */
class WaysTest {
    private static final Promise PROMISE = new Promise(0, 0, 0, 1 << 20, 1);

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final FakeBackend backend = new FakeBackend();
    private Site site;
    private DeliveryKey key;

    @BeforeEach
    void aDeliveryIsHeld() throws Exception {
        site = site(RelayConfig.Via.AUTO);
        Arrival arrival = site.arrival("a quarantined sample");
        key = Site.key(arrival);
        site.service.deliver(arrival);
        backend.profileAnswer = new HopAnswer.Cms(FakeBackend.profile(1, Instant.parse("2036-01-01T00:00:00Z")));
    }

    private Site site(RelayConfig.Via via) throws IOException {
        return new Site(directory, Duration.ZERO, Runnable::run, clock, new FakeStore(clock), backend, via);
    }

    /** Another relay: takes everything, and has the receipt when it is told to. */
    private final class Relay implements HopClient {
        final Offer offer;
        final List<Upload> taken = new ArrayList<>();
        Optional<HopAnswer> put = Optional.empty();
        HopAnswer outcome = new HopAnswer.NotYet(Duration.ofSeconds(3));
        Optional<HopAnswer> profile = Optional.empty();

        Relay(String network, int number, Promise promise) throws IOException {
            Inet4Address address = (Inet4Address) InetAddress.ofLiteral("192.0.2." + number);
            NodeId node = number == 0 ? Site.SELF : new NodeId(Sha256.of(new byte[] {(byte) number, 1}));
            AliasUrl alias = AliasUrl.parse("https://192.0.2." + number + ":7506/a/alias");
            offer = new Offer(node, alias, promise, address, new Lan(network, address, 24));
            site.offers.add(offer);
            backend.others.put(alias.uri(), this);
        }

        void delivers() {
            outcome = new HopAnswer.Cms(FakeBackend.receipt(key, 20));
        }

        @Override
        public HopAnswer put(Peer peer, Upload upload, Duration limit) {
            taken.add(upload);
            return put.orElse(new HopAnswer.Accepted(offer.promise()));
        }

        @Override
        public HopAnswer collect(Peer peer, DeliveryKey asked, Duration hold) {
            return outcome;
        }

        @Override
        public HopAnswer profile(Peer peer) {
            return profile.orElseGet(() -> java.util.Objects.requireNonNull(backend.profileAnswer));
        }

        @Override
        public HopAnswer catalogue(Peer peer) {
            throw new UnsupportedOperationException("it has no updates");
        }

        @Override
        public HopAnswer release(Peer peer, FileName name) {
            throw new UnsupportedOperationException("it has no updates");
        }

        @Override
        public ContentAnswer content(
                Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit) {
            throw new UnsupportedOperationException("it has no updates");
        }

        @Override
        public void close() {}
    }

    private Relay relay(int number) throws IOException {
        return new Relay("eth1", number, PROMISE);
    }

    private Forwarder.Result forward() throws IOException {
        return site.ways.forward(held(), site.line.bypass());
    }

    private Held held() {
        return site.store.find(key).orElseThrow();
    }

    private List<Blacklist.Entry> barred() throws IOException {
        return FileBlacklist.open(directory, clock).list();
    }

    @Test
    void aRelayWithARouteAsksNobody() throws IOException {
        relay(9);

        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(site.rounds).hasValue(0);
        assertThat(site.ways.isOpen("eth0", true)).isTrue();
        assertThat(site.ways.onwardPromise()).isEmpty();
    }

    @Test
    void withoutARouteTheNextRelayGetsItAndItsReceiptIsTheEnd() throws IOException {
        backend.gone = true;
        Relay next = relay(9);

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(next.taken).singleElement().satisfies(upload -> {
            assertThat(upload.key()).isEqualTo(key);
            assertThat(upload.hops()).isEqualTo(1);
        });
        assertThat(held().state()).isEqualTo(State.ACCEPTED);
        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(held().due()).isEqualTo(clock.instant().plusSeconds(3));

        next.delivers();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(held().state()).isEqualTo(State.SETTLED);
        assertThat(next.taken).hasSize(1);
        assertThat(site.rounds).as("one round serves all").hasValue(1);
    }

    @Test
    void anotherGetsItsTurnOnlyWhenThePromiseIsBroken() throws IOException {
        backend.gone = true;
        Relay late = relay(9);
        Relay other = new Relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        forward();
        // 1 s for the bytes, 10 s for each of the two legs.
        clock.advance(Duration.ofSeconds(20));
        forward();
        assertThat(other.taken).isEmpty();

        clock.advance(Duration.ofSeconds(1));
        forward();
        assertThat(other.taken).hasSize(1);

        late.delivers();
        assertThat(forward()).as("a late receipt is one too").isEqualTo(new Forwarder.Result.Ended());
    }

    @Test
    void whoForgesIsBarredAndTheNextDelivers() throws IOException {
        site.ways.look(); // something verifies, so that the anchors are not in doubt
        backend.gone = true;
        Relay liar = relay(9);
        liar.put =
                Optional.of(new HopAnswer.Cms("0receipt other 20".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Relay honest = new Relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(honest.taken).hasSize(1);
        assertThat(barred()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(new Blacklist.Subject.Node(liar.offer.node()));
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.FORGED_RECEIPT);
        });
        assertThat(site.store.find(key).orElseThrow().state()).isEqualTo(State.ACCEPTED);
    }

    @Test
    void whoWasNamedWithItsNodeGoesBeforeWhoPromisesMore() throws IOException {
        backend.gone = true;
        Relay quick = relay(1);
        Relay named = new Relay("eth1", 77, new Promise(900, 0, 0, 1 << 20, 1));
        forward();
        assertThat(named.taken).hasSize(1);
        assertThat(quick.taken).isEmpty();
    }

    @Test
    void itNeverHandsToItselfNorOverTooManyHops() throws IOException {
        backend.gone = true;
        Relay self = relay(0);
        Relay far = new Relay("eth1", 9, new Promise(0, 0, 0, 1 << 20, Promise.MAX_HOPS));

        assertThat(forward()).isInstanceOf(Forwarder.Result.Unreached.class);

        assertThat(self.taken).isEmpty();
        assertThat(far.taken).isEmpty();
    }

    /** Somebody at his own address who says another's node: who dials him finds that he is not. */
    private void pretender(Relay of, int number) throws IOException {
        Inet4Address address = (Inet4Address) InetAddress.ofLiteral("192.0.2." + number);
        site.offers.add(new Offer(
                of.offer.node(),
                AliasUrl.parse("https://192.0.2." + number + ":7506/a/alias"),
                new Promise(0, 0, 0, Promise.MAX_BYTES, 1),
                address,
                new Lan("eth1", address, 24)));
    }

    @Test
    void whoPretendsToBeAnotherDoesNotTakeHisTurn() throws Exception {
        backend.gone = true;
        Relay honest = relay(9);
        pretender(honest, 66);

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(honest.taken).hasSize(1);
        assertThat(site.service.profile()).isNotEmpty();
    }

    @Test
    void whoPretendsToBeOneThatDeliveredComesAfterIt() throws Exception {
        backend.gone = true;
        Relay honest = relay(9);
        forward();
        honest.delivers();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        for (int number = 60; number < 70; number++) {
            pretender(honest, number);
        }
        clock.advance(Duration.ofMinutes(2));
        Arrival arrival = site.arrival("another sample");
        key = Site.key(arrival);
        site.service.deliver(arrival);
        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(honest.taken).hasSize(2);
    }

    @Test
    void whoDeclinesIsPassedOverAndAskedAgainLater() throws IOException {
        backend.gone = true;
        Relay busy = relay(9);
        busy.put = Optional.of(new HopAnswer.Failed(503, Optional.of(Problem.BUSY), Optional.empty(), "going down"));
        assertThat(forward()).isInstanceOf(Forwarder.Result.Unreached.class);

        busy.put = Optional.empty();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(barred()).isEmpty();
    }

    @Test
    void aSpoiltCopyIsSetAsideAndNotOfferedToEverybody() throws IOException {
        backend.gone = true;
        site.store.payloads.put(key, "a quarantined sampla".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Relay next = relay(9);
        next.put = Optional.of(
                new HopAnswer.Failed(422, Optional.of(Problem.DIGEST_MISMATCH), Optional.empty(), "other bytes came"));

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertThat(held().state()).isEqualTo(State.REFUSED);
        assertThat(site.store.payloads).containsKey(key);
    }

    @Test
    void theStraightWayIsTakenAgainOnceItIsBack() throws IOException {
        backend.gone = true;
        relay(9);
        forward();
        backend.gone = false;
        clock.advance(Duration.ofSeconds(10));
        forward(); // looks
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(backend.puts).containsExactly(key);
    }

    @Test
    void bothPromisesAreAddedUp() throws Exception {
        backend.gone = true;
        new Relay("eth1", 9, new Promise(30, 20, 100, 1000, 2));
        site.ways.look();

        Promise promise = site.service.offer(10, "eth0", false).orElseThrow();

        assertThat(promise.hops()).isEqualTo(3);
        assertThat(promise.interval()).isEqualTo(30);
        assertThat(promise.untilRun()).isEqualTo(20);
        assertThat(promise.backlog()).isEqualTo(120);
        assertThat(promise.rate()).isEqualTo(500);
    }

    @Test
    void aWayThatFailedIsPromisedAsItWas() throws Exception {
        backend.gone = true;
        new Relay("eth1", 9, new Promise(30, 20, 100, 1000, 2));
        site.ways.look();
        Promise before = site.service.offer(10, "eth0", false).orElseThrow();

        site.offers.clear();
        clock.advance(Duration.ofMinutes(2));
        site.ways.look();

        assertThat(site.service.offer(10, "eth0", false)).contains(before);
    }

    @Test
    void whoHadNoWaySinceTheStartPromisesTheLongestThereMayBe() throws Exception {
        site.service.profile(); // from this time it knows the backend's profile
        backend.gone = true;
        for (RelayConfig.Via via : List.of(RelayConfig.Via.LAN, RelayConfig.Via.AUTO)) {
            site = site(via);
            site.ways.look();
            assertThat(site.service.offer(10, "eth0", false))
                    .as("%s", via)
                    .hasValueSatisfying(promise -> assertThat(promise.hops()).isEqualTo(Promise.MAX_HOPS));
        }
    }

    @Test
    void whoseStraightWayFailedPromisesItStill() throws Exception {
        site.ways.look();
        backend.gone = true;
        clock.advance(Duration.ofMinutes(2));
        site.ways.look();

        assertThat(site.service.offer(10, "eth0", false))
                .hasValueSatisfying(promise -> assertThat(promise.hops()).isEqualTo(1));
    }

    @Test
    void noWayIsOfferedWhereTheNextRelayCanBeAskedItself() throws IOException {
        backend.gone = true;
        relay(9);
        site.ways.look();

        assertThat(site.ways.isOpen("eth0", false)).isTrue();
        assertThat(site.ways.isOpen("eth0", true)).isTrue();
        assertThat(site.ways.isOpen("eth1", false)).isFalse();
        assertThat(site.ways.isOpen("eth1", true)).isFalse();
    }

    @Test
    void whoOnlySaysThatHeKnowsAWayIsNoWay() throws Exception {
        site.ways.look();
        backend.gone = true;
        Relay liar = new Relay("eth1", 66, new Promise(0, 0, 0, Promise.MAX_BYTES, 1));
        liar.profile = Optional.of(new HopAnswer.Cms(new byte[] {0x30, 1, 2}));
        site.offers.add(new Offer(
                liar.offer.node(),
                AliasUrl.parse("https://192.0.2.67:7506/a/alias"), // where nobody listens
                liar.offer.promise(),
                InetAddress.ofLiteral("192.0.2.67"),
                liar.offer.asked()));
        clock.advance(Duration.ofMinutes(2));
        site.ways.look();
        assertThat(site.rounds).hasValue(1);

        assertThat(site.ways.isOpen("eth0", true)).isFalse();
        assertThat(site.ways.byLine()).isTrue();
        assertThat(site.ways.onwardPromise()).as("nobody else's").isEmpty();

        relay(9);
        clock.advance(Duration.ofMinutes(2));
        site.ways.look();
        assertThat(site.ways.isOpen("eth0", true)).isTrue();
        assertThat(site.ways.byLine()).isFalse();
        assertThat(site.ways.onwardPromise()).contains(PROMISE);
    }

    @Test
    void nothingIsRememberedOfWhatEnded() throws Exception {
        backend.gone = true;
        assertThat(forward()).isInstanceOf(Forwarder.Result.Unreached.class);
        assertThat(site.custody.size()).as("nobody has it").isZero();

        Relay next = relay(9);
        clock.advance(Duration.ofMinutes(2));
        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());
        assertThat(site.custody.size()).isEqualTo(1);
        next.delivers();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(site.custody.size()).as("it came home").isZero();

        Arrival arrival = site.arrival("another sample");
        key = Site.key(arrival);
        site.service.deliver(arrival);
        next.outcome = new HopAnswer.NotYet(Duration.ofSeconds(3));
        forward();
        assertThat(site.custody.size()).isEqualTo(1);
        backend.gone = false;
        backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        clock.advance(Duration.ofSeconds(10));
        site.ways.look();
        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);
        assertThat(held().state()).isEqualTo(State.REFUSED);
        assertThat(site.custody.size()).as("it ended otherwise").isZero();
    }

    @Test
    void anotherRelayIsToldOnlyOfAWayThatIsKnownToWork() throws IOException {
        site.ways.look();
        assertThat(site.ways.isOpen("eth0", true)).isTrue();

        backend.gone = true;
        clock.advance(Duration.ofSeconds(61));
        assertThat(site.ways.isOpen("eth0", true)).isFalse();
        assertThat(site.ways.isOpen("eth0", false)).as("a sender has time").isTrue();
    }

    @Test
    void whoNeverKnewAWayIsSilent() throws IOException {
        backend.gone = true;
        assertThat(site.ways.isOpen("eth0", false)).isFalse();
        site.ways.look();
        assertThat(site.ways.isOpen("eth0", false)).isFalse();
    }

    @Test
    void whatComesBackOnAWayThatLeadsInACircleIsTurnedAway() throws Exception {
        backend.gone = true;
        relay(9);
        forward();

        assertThat(deliver(1)).as("another way to the same relay").isEmpty();
        assertThat(deliver(2)).contains(Problem.BUSY);

        backend.gone = false;
        clock.advance(Duration.ofSeconds(10));
        site.ways.look();
        assertThat(deliver(2)).as("it goes straight from here").isEmpty();
    }

    private Optional<Problem> deliver(int hops) throws IOException {
        byte[] bytes = Channels.newInputStream(site.store.payload(key)).readAllBytes();
        try {
            site.service.deliver(new Arrival(
                    key.id(),
                    OptionalLong.of(bytes.length),
                    Optional.of(key.sha256()),
                    key.contents(),
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
        backend.gone = true;
        Relay late = relay(9);
        for (int i = 0; i < 12; i++) {
            forward();
            clock.advance(Duration.ofSeconds(30));
        }
        assertThat(late.taken.size()).isGreaterThan(4);
        Relay other = new Relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        for (int i = 0; i < 4; i++) {
            clock.advance(Duration.ofSeconds(61));
            forward();
        }
        assertThat(other.taken).isNotEmpty();
        other.delivers();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
    }

    @Test
    void waitingForAnothersReceiptIsNoFailure() throws IOException {
        backend.gone = true;
        relay(9);
        forward();
        int before = held().attempts();
        for (int i = 0; i < 5; i++) {
            forward();
        }
        assertThat(held().attempts()).isEqualTo(before);
    }

    @Test
    void nobodyIsWaitedForLongerThanHeOffered() throws IOException {
        backend.gone = true;
        Relay grown = relay(9);
        grown.put = Optional.of(new HopAnswer.Accepted(new Promise(0, 3600, 0, 1 << 20, 1)));
        Relay other = new Relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        new Relay("eth1", 11, new Promise(Promise.MAX_SECONDS, 0, 0, 1 << 20, 1));

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(grown.taken).hasSize(1);
        assertThat(other.taken).hasSize(1);
    }

    @Test
    void whoSaysThatTheBackendRefusedIsNotAskedAgain() throws IOException {
        backend.gone = true;
        Relay one = relay(9);
        Relay other = new Relay("eth1", 10, new Promise(60, 60, 0, 1 << 20, 1));
        forward();
        one.outcome = new HopAnswer.Failed(502, Optional.of(Problem.BACKEND_REFUSED), Optional.empty(), "413");
        forward();
        assertThat(other.taken).hasSize(1);
    }

    @Test
    void aRelayForTheStraightWayAloneIsSilentUntilItKnowsOne() throws IOException {
        site = site(RelayConfig.Via.DIRECT);
        backend.gone = true;
        site.ways.look();
        assertThat(site.ways.isOpen("eth0", false)).isFalse();
        backend.gone = false;
        clock.advance(Duration.ofSeconds(10));
        site.ways.look();
        assertThat(site.ways.isOpen("eth0", false)).isTrue();
        assertThat(site.ways.isOpen("eth0", true)).isTrue();
        backend.gone = true;
        clock.advance(Duration.ofMinutes(2));
        assertThat(site.ways.isOpen("eth0", true))
                .as("another relay hears of no way that may be gone")
                .isFalse();
        assertThat(site.ways.isOpen("eth0", false)).isTrue();
        assertThat(site.rounds).hasValue(0);
    }

    @Test
    void theProfileComesByTheNextRelayToo() throws Exception {
        backend.gone = true;
        relay(9);
        assertThat(site.service.profile()).isEqualTo(FakeBackend.profile(1, Instant.parse("2036-01-01T00:00:00Z")));
    }

    @Test
    void byTheLanAloneTheBackendIsNeverDialled() throws IOException {
        site = site(RelayConfig.Via.LAN);
        Arrival arrival = site.arrival("another sample");
        key = Site.key(arrival);
        try {
            site.service.deliver(arrival);
        } catch (ProblemException e) {
            throw new AssertionError(e);
        }
        Relay next = relay(9);

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());

        assertThat(next.taken).hasSize(1);
        assertThat(backend.puts).isEmpty();
        assertThat(backend.profileFetches).isZero();
    }
}
