package waybill.relay;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.hop.HopAnswer;
import waybill.hop.HopService.Arrival;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.AliasUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Held;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;

/** A relay that may or may not reach the backend and holds a delivery, beside others that say they reach it. */
final class RelayLan {
    static final Promise PROMISE = new Promise(0, 0, 0, 1 << 20, 1);

    final FakeClock clock = new FakeClock();
    final FakeBackend backend = new FakeBackend();
    private final Path directory;
    /** The relay under test; {@link #site(RelayConfig.Via)} makes another. */
    Site site;
    /** The delivery that {@link #forward} forwards. */
    DeliveryKey key;

    RelayLan(Path directory) throws Exception {
        this.directory = directory;
        site = site(RelayConfig.Via.AUTO);
        Arrival arrival = site.arrival("a quarantined sample");
        key = Site.key(arrival);
        site.service.deliver(arrival);
        backend.profileAnswer = new HopAnswer.Cms(FakeBackend.profile(1, Instant.parse("2036-01-01T00:00:00Z")));
    }

    Site site(RelayConfig.Via via) throws IOException {
        return new Site(directory, Duration.ZERO, Runnable::run, clock, new FakeStore(clock), backend, via);
    }

    /** Another relay: takes everything, and has the receipt when it is told to. */
    final class Relay implements HopWithoutUpdates {
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
    }

    Relay relay(int number) throws IOException {
        return new Relay("eth1", number, PROMISE);
    }

    /** Another relay with this promise, on this network. */
    Relay relay(String network, int number, Promise promise) throws IOException {
        return new Relay(network, number, promise);
    }

    /** Somebody at his own address who says another's node: who dials him finds that he is not. */
    void pretender(Relay of, int number) throws IOException {
        Inet4Address address = (Inet4Address) InetAddress.ofLiteral("192.0.2." + number);
        site.offers.add(new Offer(
                of.offer.node(),
                AliasUrl.parse("https://192.0.2." + number + ":7506/a/alias"),
                new Promise(0, 0, 0, Promise.MAX_BYTES, 1),
                address,
                new Lan("eth1", address, 24)));
    }

    Forwarder.Result forward() throws IOException {
        return site.ways.forward(held(), site.line.bypass());
    }

    Held held() {
        return site.store.find(key).orElseThrow();
    }

    List<Blacklist.Entry> barred() throws IOException {
        return FileBlacklist.open(directory, clock).list();
    }
}
