package waybill.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import waybill.protocol.AliasUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;

/**
 * The relay's side of discovery without its sockets: what to make of a datagram, and what to answer when (section 2).
 *
 * <p>Whom it answers: neighbours, and by unicast those of networks that the operator named, at a limited rate, once a round, with no more bytes than it was sent, so that it is
 * of no use as an amplifier. For one thread.
 */
final class Responder {
    /** A request that is to be answered. */
    record Ask(Packet.Request request, InetSocketAddress asker, Lan lan, int length) {}

    /** A datagram to send from this address, which is the alias URL's. */
    record Reply(byte[] bytes, InetAddress from, InetSocketAddress to) {}

    private final int port;
    private final Answerer answerer;
    private final LongSupplier ticker;
    private final Tally dropped;
    private final RateLimiter<InetAddress> perSource;
    private final RateLimiter<String> inAll;
    private final Rounds<Ask> rounds;
    private final List<Network> served;
    private List<Lan> lans = List.of();

    /** @param served networks that are answered by unicast beside the neighbours */
    Responder(
            int port,
            List<Network> served,
            Answerer answerer,
            Beacon.Limits limits,
            RandomGenerator random,
            LongSupplier ticker,
            Tally dropped) {
        this.port = port;
        this.served = List.copyOf(served);
        this.answerer = answerer;
        this.ticker = ticker;
        this.dropped = dropped;
        this.perSource = new RateLimiter<>(
                limits.packetsPerSource(), limits.packetsPerSource() * 2, Beacon.Limits.SOURCES, ticker);
        this.inAll = new RateLimiter<>(limits.roundsInAll(), limits.roundsInAll() * 2, 1, ticker);
        this.rounds = new Rounds<>(limits.rounds(), random, new Crowd(ticker.getAsLong()));
    }

    /** Whose neighbours are answered from now on. */
    void answerOn(List<Lan> now) {
        lans = List.copyOf(now);
    }

    /**
     * Takes a datagram in; the array is its own.
     *
     * @param home this machine's own address that it was sent to, where that is known: it came by unicast
     * @return false if it came from nobody who is answered here
     */
    boolean heard(byte[] bytes, InetSocketAddress source, Optional<Lan> home) {
        Optional<Lan> lan = neighbourhood(source, home);
        if (lan.isEmpty()) {
            dropped.count(Tally.Reason.NOT_A_NEIGHBOUR);
            return false;
        }
        // Before parsing, so that a flood costs next to nothing.
        if (perSource.tryAcquire(source.getAddress())) {
            heard(bytes, source, lan.get());
        } else {
            dropped.count(Tally.Reason.OVER_RATE);
        }
        return true;
    }

    private void heard(byte[] bytes, InetSocketAddress source, Lan lan) {
        Packet packet;
        try {
            packet = PacketCodec.parse(bytes, PacketCodec.MAX_UDP);
        } catch (PacketFault e) {
            dropped.count(e.kind());
            return;
        }
        switch (packet) {
            case Packet.Request request -> requested(new Ask(request, source, lan, bytes.length));
            case Packet.Located located -> located(located);
            case Packet.Response response -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Receipt receipt -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Refusal refusal -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Profile profile -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Release release -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Catalogue catalogue -> dropped.count(Tally.Reason.OTHER_TYPE);
            case Packet.Label label -> dropped.count(Tally.Reason.OTHER_TYPE);
        }
    }

    /** The requests that are to be answered now, each once. */
    List<Ask> due() {
        return rounds.due(ticker.getAsLong());
    }

    /** When the next answer may be due, in nanoseconds of the ticker. */
    OptionalLong next() {
        return rounds.next();
    }

    /** Makes the answer to a request that is due; nothing if this relay stays silent. */
    Optional<Reply> reply(Ask ask) {
        Optional<Answerer.Answer> answer = answerer.answer(ask.request(), ask.lan());
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        AliasUrl alias = answer.get().alias();
        if (!ask.lan().isNeighbour(alias.address())) {
            dropped.count(Tally.Reason.ALIAS_ELSEWHERE);
            return Optional.empty();
        }
        byte[] bytes = PacketCodec.encode(new Packet.Response(
                ask.request().id(),
                ask.request().method(),
                alias,
                answer.get().node(),
                answer.get().promise()));
        if (bytes.length > ask.length()) {
            dropped.count(Tally.Reason.LARGER_THAN_REQUEST);
            return Optional.empty();
        }
        rounds.answered(alias);
        // The URL has no zone; the LAN's address has.
        InetAddress own = ask.lan().address();
        return Optional.of(new Reply(bytes, alias.address().equals(own) ? own : alias.address(), ask.asker()));
    }

    private void requested(Ask ask) {
        long now = ticker.getAsLong();
        Rounds.Key key = new Rounds.Key(ask.request().id(), ask.request().commit());
        if (rounds.knows(key)) {
            return;
        }
        if (!inAll.tryAcquire("all")) {
            dropped.count(Tally.Reason.OVER_RATE);
            return;
        }
        if (rounds.heard(key, ask.request().relays(), answerer.turn(ask.request()), ask, now) == Rounds.Heard.NO_ROOM) {
            dropped.count(Tally.Reason.NO_ROOM);
        }
    }

    private void located(Packet.Located located) {
        if (!rounds.located(located, ticker.getAsLong())) {
            dropped.count(Tally.Reason.OTHER_ROUND);
        }
    }

    /** The LAN of a neighbour; one of a served network is answered where he asked, and only if he asked by unicast. */
    private Optional<Lan> neighbourhood(InetSocketAddress source, Optional<Lan> home) {
        InetAddress asker = source.getAddress();
        // Nobody asks from the port that everybody listens on: two beacons never talk to each other.
        if (source.getPort() == 0
                || source.getPort() == port
                || asker.isMulticastAddress()
                || asker.isAnyLocalAddress()) {
            return Optional.empty();
        }
        List<Lan> near = lans.stream().filter(lan -> lan.isNeighbour(asker)).toList();
        Optional<Lan> there = near.stream()
                .filter(lan -> home.isEmpty() || home.get().address().equals(lan.address()))
                .findFirst();
        if (there.isPresent() || home.isEmpty()) {
            return there;
        }
        return near.isEmpty() && served.stream().noneMatch(network -> network.contains(asker))
                ? Optional.empty()
                : home;
    }
}
