package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.protocol.AliasUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.TaskId;

/** Finder and beacon with real sockets, on the loopback alone. */
@Timeout(60)
class DiscoveryOnLoopbackTest {
    private static final Duration WINDOW = Duration.ofSeconds(20);

    private final List<AutoCloseable> open = new ArrayList<>();
    private int port;
    private Lan lo = Sample.LAN;

    @BeforeEach
    void findPort() throws IOException {
        port = Sample.freePort();
        lo = Lan.loopback();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    @Test
    void aRelayAloneIsFound() throws Exception {
        relay(1, "127.0.0.1");

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 1))) {
            List<Offer> offers = round.gather(WINDOW, 1);

            assertThat(offers)
                    .containsExactly(new Offer(
                            Sample.node(1), Sample.alias("127.0.0.1"), Sample.PROMISE, Sample.ip("127.0.0.1"), lo));
        }
    }

    @Test
    void severalRelaysOfOneMachineShareThePortAndAllAnswer() throws Exception {
        relay(1, "127.0.0.1");
        relay(2, "127.0.0.2");
        relay(3, "127.0.0.3");

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 3))) {
            List<Offer> offers = round.gather(WINDOW, 3);

            assertThat(offers)
                    .extracting(Offer::node)
                    .containsExactlyInAnyOrder(Sample.node(1), Sample.node(2), Sample.node(3));
            assertThat(offers)
                    .as("each answers from its alias URL's own address")
                    .allMatch(offer -> offer.source().equals(offer.alias().address()));
        }
    }

    @Test
    void aRelayFallsSilentOnLocatedAndAnswersWithoutIt() throws Exception {
        AtomicLong ticker = new AtomicLong();
        AtomicInteger asked = new AtomicInteger();
        Beacon beacon = Beacon.start(
                Lans.loopback(),
                port,
                List.of(),
                (request, lan) -> {
                    asked.incrementAndGet();
                    return Optional.empty();
                },
                Beacon.Limits.DEFAULT,
                ticker::get);
        open.add(beacon);
        Offer another =
                new Offer(Sample.node(9), Sample.alias("127.0.0.9"), Sample.PROMISE, Sample.ip("127.0.0.9"), lo);

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 5000))) {
            round.located(another);
            heardAllOf(beacon);
            ticker.addAndGet(TimeUnit.SECONDS.toNanos(1));
            heardAllOf(beacon);
            assertThat(asked).as("silenced").hasValue(0);
        }
        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 5000))) {
            heardAllOf(beacon);
            assertThat(round).isNotNull();
            assertThat(asked).as("its delay is not over").hasValue(0);
            ticker.addAndGet(TimeUnit.SECONDS.toNanos(1));
            heardAllOf(beacon);
            await().until(() -> asked.get() == 1);
            heardAllOf(beacon);
            assertThat(asked).as("only the one that was not silenced").hasValue(1);
        }
    }

    @Test
    void aRelayThatStaysSilentIsNotFoundAndTheWindowEnds() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        start(lan -> {
            asked.incrementAndGet();
            return Optional.empty();
        });

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(Duration.ofMillis(400), 1)).isEmpty();
            await().until(() -> asked.get() > 0);
            assertThat(asked).as("asked once, though the request was repeated").hasValue(1);
        }
    }

    @Test
    void theRequestIsRepeatedUnderOneCommitAndANewRoundHasAnother() throws Exception {
        List<Packet> heard = new CopyOnWriteArrayList<>();
        List<InetSocketAddress> from = new CopyOnWriteArrayList<>();
        eavesdrop(heard, from);
        TaskId id = Sample.id();

        try (RelayFinder.Round round = finder(false).ask(Sample.question(id, 7))) {
            while (heard.size() < 3) {
                assertThat(round.gather(Duration.ofMillis(100), 1)).isEmpty();
            }
        }
        assertThat(heard).containsOnly(heard.getFirst());
        Packet.Request first = (Packet.Request) heard.getFirst();
        assertThat(first.id()).isEqualTo(id);
        assertThat(first.relays()).isEqualTo(7);
        assertThat(from)
                .as("from the interface's own address")
                .allMatch(one -> one.getAddress().equals(lo.address()));

        heard.clear();
        finder(false).ask(Sample.question(id, 7)).close();
        await().until(() -> heard.size() == 1);
        assertThat(((Packet.Request) heard.getFirst()).commit()).isNotEqualTo(first.commit());
    }

    @Test
    void locatedCarriesTheSecretThatOpensTheRequestsCommit() throws Exception {
        List<Packet> heard = new CopyOnWriteArrayList<>();
        eavesdrop(heard, new CopyOnWriteArrayList<>());
        relay(1, "127.0.0.1");

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 1))) {
            Offer chosen = round.gather(WINDOW, 1).getFirst();
            round.located(chosen);
            await().until(() -> heard.stream().anyMatch(one -> one instanceof Packet.Located));

            Packet.Request request = (Packet.Request) heard.getFirst();
            Packet.Located located = (Packet.Located) heard.getLast();
            assertThat(located.secret().opens(request.commit())).isTrue();
            assertThat(located.alias()).isEqualTo(chosen.alias());
            assertThat(located.id()).isEqualTo(request.id());
        }
    }

    @Test
    void aPlainAliasIsTakenWhereItIsAllowedByNameOnly() throws Exception {
        start(lan -> Optional.of(
                new Answerer.Answer(AliasUrl.parse("http://127.0.0.1:7506/a/abc"), Sample.node(1), Sample.PROMISE)));
        UdpRelayFinder strict = finder(false);

        try (RelayFinder.Round round = strict.ask(Sample.question(Sample.id(), 1))) {
            do {
                assertThat(round.gather(Duration.ofMillis(50), 1)).isEmpty();
            } while (strict.dropped().of(Tally.Reason.PLAIN_ALIAS) == 0);
        }
        assertThat(strict.dropped().of(Tally.Reason.PLAIN_ALIAS)).isEqualTo(1);
        try (RelayFinder.Round round = finder(true).ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1)).hasSize(1);
        }
    }

    @Test
    void poisonAndAFaultInsideDoNotEndTheBeacon() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Beacon beacon = start(lan -> {
            if (asked.incrementAndGet() == 1) {
                throw new IllegalStateException("a fault inside");
            }
            return Optional.of(new Answerer.Answer(Sample.alias("127.0.0.1"), Sample.node(1), Sample.PROMISE));
        });
        try (DatagramSocket stranger = new DatagramSocket(0, Sample.ip("127.0.0.1"))) {
            stranger.setBroadcast(true);
            for (byte[] poison : List.of(
                    new byte[0],
                    new byte[PacketCodec.MAX_UDP + 500],
                    "<!DOCTYPE a>".getBytes(StandardCharsets.UTF_8))) {
                stranger.send(new DatagramPacket(poison, poison.length, lo.broadcast(), port));
            }
        }
        finder(false).ask(Sample.question(Sample.id(), 1)).close();
        await().until(() -> asked.get() == 1);

        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1)).hasSize(1);
        }
        assertThat(beacon.dropped().of(PacketFault.Kind.TOO_LARGE)).isEqualTo(1);
        assertThat(beacon.dropped().of(Tally.Reason.FAULT))
                .as("the fault inside")
                .isEqualTo(1);
        assertThat(beacon.listening()).isTrue();
    }

    @Test
    void aClosedBeaconIsHeardNoMoreAndItsPortIsFree() throws Exception {
        Beacon beacon = relay(1, "127.0.0.1");
        beacon.close();
        assertThat(beacon.listening()).isFalse();
        try (DatagramSocket exclusive = new DatagramSocket(port, Sample.ip("127.0.0.1"))) {
            assertThat(exclusive.isBound()).isTrue();
        }
    }

    @Test
    void aPortThatIsNotSharedIsAClearError() throws Exception {
        try (DatagramSocket exclusive =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port))) {
            assertThat(exclusive.isBound()).isTrue();
            assertThatThrownBy(() -> relay(1, "127.0.0.1"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("UDP port " + port);
        }
    }

    @Test
    void anInterruptEndsTheGathering() throws Exception {
        AtomicReference<Throwable> end = new AtomicReference<>();
        try (RelayFinder.Round round = finder(false).ask(Sample.question(Sample.id(), 1))) {
            Thread gathering = Thread.ofVirtual().start(() -> {
                try {
                    round.gather(Duration.ofHours(1), 1);
                } catch (IOException | InterruptedException e) {
                    end.set(e);
                }
            });
            gathering.interrupt();
            gathering.join();
        }
        assertThat(end.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void withoutAUsableLanTheQuestionFailsWithTheReason() {
        Lan foreign = new Lan("gone0", Sample.LAN.address(), 24);
        UdpRelayFinder finder = new UdpRelayFinder(Lans.fixed(List.of(foreign)), port, false);
        assertThatThrownBy(() -> finder.ask(Sample.question(Sample.id(), 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("gone0 192.168.7.20/24");
    }

    @Test
    void oneLanThatFailsDoesNotSpoilTheOthers() throws Exception {
        relay(1, "127.0.0.1");
        Lan foreign = new Lan("gone0", Sample.LAN.address(), 24);
        UdpRelayFinder finder = new UdpRelayFinder(Lans.fixed(List.of(foreign, lo)), port, false);
        try (RelayFinder.Round round = finder.ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1)).hasSize(1);
        }
    }

    @Test
    void aNamedRelayIsFoundWithoutAnyInterface() throws Exception {
        relay(1, "127.0.0.1");
        UdpRelayFinder finder = finder("127.0.0.1:" + port);
        try (RelayFinder.Round round = finder.ask(Sample.question(Sample.id(), 1))) {
            Offer offer = round.gather(WINDOW, 1).getFirst();
            assertThat(offer.node()).isEqualTo(Sample.node(1));
            assertThat(offer.asked().name()).isEqualTo("127.0.0.1:" + port);
        }
    }

    @Test
    void aNamedRelayIsAskedAtTheAddressOfItsName() throws Exception {
        relay(1, "127.0.0.1");
        try (RelayFinder.Round round = finder("localhost:" + port).ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1)).hasSize(1);
        }
    }

    @Test
    void anotherNodeThanTheOneNamedIsNotTaken() throws Exception {
        relay(1, "127.0.0.1");
        UdpRelayFinder finder = finder("127.0.0.1:" + port + "#" + Sample.node(2));
        try (RelayFinder.Round round = finder.ask(Sample.question(Sample.id(), 1))) {
            do {
                assertThat(round.gather(Duration.ofMillis(50), 1)).isEmpty();
            } while (finder.dropped().of(Tally.Reason.WRONG_NODE) == 0);
        }
    }

    @Test
    void aNamedRelayIsToldWhoWasLocated() throws Exception {
        List<Packet> heard = new CopyOnWriteArrayList<>();
        Offer other = new Offer(Sample.node(9), Sample.alias("127.0.0.9"), Sample.PROMISE, Sample.ip("127.0.0.9"), lo);
        eavesdrop(heard, new CopyOnWriteArrayList<>());
        try (RelayFinder.Round round = finder("127.0.0.2:" + port).ask(Sample.question(Sample.id(), 1))) {
            round.located(other);
            await().until(() -> heard.stream().anyMatch(one -> one instanceof Packet.Located));
        }
        assertThat(heard.getFirst()).isInstanceOf(Packet.Request.class);
    }

    @Test
    void whoIsAskedByUnicastAnswersFromTheAddressThatWasAsked() throws Exception {
        List<Lan> answered = new CopyOnWriteArrayList<>();
        Lans two = Lans.fixed(List.of(lo, new Lan("lo", Sample.ip("127.0.0.7"), 8)));
        open.add(Beacon.start(two, port, (request, lan) -> {
            answered.add(lan);
            return Optional.of(new Answerer.Answer(
                    AliasUrl.at(true, new InetSocketAddress(lan.address(), 7506), "/a/x"),
                    Sample.node(1),
                    Sample.PROMISE));
        }));
        try (RelayFinder.Round round = finder("127.0.0.7:" + port).ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1).getFirst().source()).isEqualTo(Sample.ip("127.0.0.7"));
        }
        assertThat(answered).extracting(Lan::address).containsExactly(Sample.ip("127.0.0.7"));
    }

    @Test
    void aMissingLanDoesNotSpoilANamedRelayAndWithNeitherThereIsAnError() throws Exception {
        relay(1, "127.0.0.1");
        Lans none = () -> {
            throw new IOException("no interface is named eth9");
        };
        NamedRelay named = NamedRelay.parse("127.0.0.1:" + port);
        UdpRelayFinder finder = new UdpRelayFinder(none, List.of(named), port, false);
        open.add(finder);
        try (RelayFinder.Round round = finder.ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(WINDOW, 1)).hasSize(1);
        }
        assertThatThrownBy(() -> new UdpRelayFinder(none, port, false).ask(Sample.question(Sample.id(), 1)))
                .hasMessageContaining("eth9");
        assertThatThrownBy(() -> new UdpRelayFinder(Lans.named(List.of("none")), port, false)
                        .ask(Sample.question(Sample.id(), 1)))
                .hasMessageContaining("no interface and no relay is named");
    }

    /** The demo relies on it: with the loopback named, no other interface is ever spoken on. */
    @Test
    void signpostsAreReadOnTheLansThatAreAskedAndOnNoOther() throws Exception {
        List<String> read = new CopyOnWriteArrayList<>();
        Signposts signposts = new Signposts() {
            @Override
            public InetSocketAddress group(Lan lan) {
                read.add(lan.name());
                return Sample.at("224.0.0.251", 5353);
            }

            @Override
            public byte[] question(int id) {
                return new byte[12];
            }

            @Override
            public List<Integer> ports(byte[] answer, int id, InetSocketAddress source) {
                return List.of();
            }
        };
        RelaysSeen seen = new RelaysSeen(InstantSource.system());
        try (UdpRelayFinder finder = new UdpRelayFinder(
                        Lans.named(List.of(lo.name())), List.of(), port, false, seen, Optional.of(signposts));
                RelayFinder.Round round = finder.ask(Sample.question(Sample.id(), 1))) {
            assertThat(round.gather(UdpRelayFinder.BROWSINGS.getFirst().plusMillis(50), 1))
                    .isEmpty();
        }
        assertThat(read).isSubsetOf(lo.passesMulticast() ? List.of(lo.name()) : List.of());
    }

    private UdpRelayFinder finder(String named) {
        UdpRelayFinder finder =
                new UdpRelayFinder(Lans.named(List.of("none")), List.of(NamedRelay.parse(named)), 1, false);
        open.add(finder);
        return finder;
    }

    private UdpRelayFinder finder(boolean allowPlain) {
        UdpRelayFinder finder = new UdpRelayFinder(Lans.loopback(), port, allowPlain);
        open.add(finder);
        return finder;
    }

    private Beacon relay(int node, String address) throws IOException {
        return start(lan -> Optional.of(new Answerer.Answer(Sample.alias(address), Sample.node(node), Sample.PROMISE)));
    }

    private Beacon start(Function<Lan, Optional<Answerer.Answer>> answer) throws IOException {
        Beacon beacon = Beacon.start(Lans.loopback(), port, (request, lan) -> answer.apply(lan));
        open.add(beacon);
        return beacon;
    }

    /** Returns when the beacon has taken in all that was sent before: the loopback keeps the order. */
    private void heardAllOf(Beacon beacon) throws IOException {
        long before = beacon.dropped().of(PacketFault.Kind.NOT_SERVICE);
        try (DatagramSocket marker = new DatagramSocket(0, Sample.ip("127.0.0.1"))) {
            byte[] packet = "<marker/>".getBytes(StandardCharsets.UTF_8);
            marker.setBroadcast(true);
            marker.send(new DatagramPacket(packet, packet.length, lo.broadcast(), port));
        }
        await().until(() -> beacon.dropped().of(PacketFault.Kind.NOT_SERVICE) > before);
    }

    /** Listens beside the beacons, as any machine of the LAN can. */
    private void eavesdrop(List<Packet> heard, List<InetSocketAddress> from) throws IOException {
        DatagramSocket socket = new DatagramSocket(null);
        open.add(socket);
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port));
        Thread.ofVirtual().start(() -> {
            byte[] buffer = new byte[PacketCodec.MAX_UDP];
            while (!socket.isClosed()) {
                try {
                    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                    socket.receive(packet);
                    from.add((InetSocketAddress) packet.getSocketAddress());
                    heard.add(PacketCodec.parse(Arrays.copyOf(buffer, packet.getLength()), PacketCodec.MAX_UDP));
                } catch (IOException | PacketFault e) {
                    return;
                }
            }
        });
    }
}
