package waybill.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import waybill.protocol.AliasUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;

/**
 * The answers to one round: which of the datagrams that came are to be thought of at all (section 2). Bounded. For one
 * thread.
 */
final class Sieve {
    /** The most answers taken from one address, on which several relays may live. */
    static final int MAX_PER_SOURCE = 16;
    /** The most answers taken in all. */
    static final int MAX_IN_ALL = 1024;

    /** Two answers of one node at two addresses are two: a forged one must not push out the true one. */
    private record Same(NodeId node, AliasUrl alias) {}

    private final RelayFinder.Question question;
    private final boolean allowPlain;
    private final Tally dropped;
    private final List<Offer> offers = new ArrayList<>();
    private final Set<Same> known = new HashSet<>();
    private final Set<NodeId> nodes = new HashSet<>();
    private final Map<InetAddress, Integer> perSource = new HashMap<>();

    Sieve(RelayFinder.Question question, boolean allowPlain, Tally dropped) {
        this.question = question;
        this.allowPlain = allowPlain;
        this.dropped = dropped;
    }

    /** Takes a datagram in that came to the socket from which this addressee was asked; gives what it offers, if that is new and acceptable. */
    Optional<Offer> heard(byte[] bytes, InetSocketAddress source, Addressee asked) {
        if (!asked.mayAnswer(source.getAddress())) {
            return drop(Tally.Reason.NOT_A_NEIGHBOUR);
        }
        if (offers.size() >= MAX_IN_ALL || perSource.getOrDefault(source.getAddress(), 0) >= MAX_PER_SOURCE) {
            return drop(Tally.Reason.NO_ROOM);
        }
        Packet packet;
        try {
            packet = PacketCodec.parse(bytes, PacketCodec.MAX_UDP);
        } catch (PacketFault e) {
            dropped.count(e.kind());
            return Optional.empty();
        }
        if (!(packet instanceof Packet.Response response)) {
            return drop(Tally.Reason.OTHER_TYPE);
        }
        if (!response.id().equals(question.id()) || response.method() != question.method()) {
            return drop(Tally.Reason.OTHER_ROUND);
        }
        // Nobody is sent to a third machine: a relay speaks for its own address alone.
        if (!response.alias().address().equals(source.getAddress())) {
            return drop(Tally.Reason.ALIAS_ELSEWHERE);
        }
        if (!response.alias().encrypted() && !allowPlain) {
            return drop(Tally.Reason.PLAIN_ALIAS);
        }
        if (response.promise().hops() > question.maxHops()) {
            return drop(Tally.Reason.TOO_MANY_HOPS);
        }
        if (asked.pin().isPresent() && !asked.pin().get().equals(response.node())) {
            return drop(Tally.Reason.WRONG_NODE);
        }
        if (!known.add(new Same(response.node(), response.alias()))) {
            return drop(Tally.Reason.DUPLICATE);
        }
        perSource.merge(source.getAddress(), 1, Integer::sum);
        nodes.add(response.node());
        Offer offer = new Offer(response.node(), response.alias(), response.promise(), source.getAddress(), asked);
        offers.add(offer);
        return Optional.of(offer);
    }

    /** What was taken, in the order heard. */
    List<Offer> offers() {
        return List.copyOf(offers);
    }

    /** How many different nodes they name. */
    int nodes() {
        return nodes.size();
    }

    private Optional<Offer> drop(Tally.Reason reason) {
        dropped.count(reason);
        return Optional.empty();
    }
}
