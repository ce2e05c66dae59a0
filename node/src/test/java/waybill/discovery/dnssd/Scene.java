package waybill.discovery.dnssd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;

/** A relay on a link of no machine, and who asks it. */
final class Scene {
    static final InetAddress OWN = ip("192.168.7.20");
    static final InetAddress OTHER_OWN = ip("192.168.7.21");
    static final NodeId NODE = new NodeId(Sha256.of(new byte[] {1}));
    static final RelayRecords RECORDS = new RelayRecords(NODE, 7506, List.of(OWN, ip("fe80::20")), 0);
    static final InetSocketAddress NEIGHBOUR = new InetSocketAddress(ip("192.168.7.9"), Mdns.PORT);
    static final InetSocketAddress PLAIN_NEIGHBOUR = new InetSocketAddress(ip("192.168.7.9"), 40_000);

    final AtomicLong ticker = new AtomicLong(Long.MAX_VALUE - 1_000_000_000);
    final MdnsResponder responder = new MdnsResponder(
            RECORDS,
            address -> address.getHostAddress().startsWith("192.168.7."),
            address -> address.equals(OWN) || address.equals(OTHER_OWN),
            new Random(1),
            ticker::get);

    static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    static DnsMessage parse(MdnsResponder.Outgoing one) {
        try {
            return DnsMessage.parse(one.bytes());
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    static DnsMessage ask(DnsName name, int type) {
        return DnsMessage.query(7, List.of(new DnsMessage.Question(name, type, false)), List.of());
    }

    /** All that is sent within this time. */
    List<MdnsResponder.Outgoing> sentWithin(long millis) {
        List<MdnsResponder.Outgoing> sent = new java.util.ArrayList<>();
        for (long i = 0; i < millis; i++) {
            sent.addAll(responder.due());
            ticker.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        }
        sent.addAll(responder.due());
        return sent;
    }

    /** Until its names are its own and everybody was told; then silence for two seconds. */
    Scene settled() {
        sentWithin(5_000);
        return this;
    }

    /** What it says within a second to a message. */
    List<MdnsResponder.Outgoing> told(DnsMessage message, InetSocketAddress from) {
        responder.heard(message, from);
        return sentWithin(1_000);
    }

    /** A relay's answer to one who asks as a requester does. */
    static byte[] plainAnswer(int id) {
        Scene scene = new Scene().settled();
        List<MdnsResponder.Outgoing> answers = scene.told(
                DnsMessage.query(
                        id, List.of(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, false)), List.of()),
                PLAIN_NEIGHBOUR);
        Optional<MdnsResponder.Outgoing> first = answers.stream().findFirst();
        return first.orElseThrow().bytes();
    }
}
