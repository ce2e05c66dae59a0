package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import waybill.protocol.AliasUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.TaskId;

/** Random and damaged datagrams against both handlers: no exception, nothing unbounded, no answer larger than its question. */
class DiscoveryFuzzTest {
    private static final TaskId ID = Sample.id(1);
    private static final List<byte[]> TRUE_ONES = List.of(
            PacketCodec.encode(Sample.request(ID, Sample.secret(1), 3)),
            PacketCodec.encode(new Packet.Response(
                    ID, Packet.Method.PUT, Sample.alias("192.168.7.9"), Sample.node(1), Sample.PROMISE)),
            PacketCodec.encode(
                    new Packet.Located(ID, Packet.Method.PUT, Sample.alias("192.168.7.9"), Sample.secret(1))));

    @Property
    void theResponderOutlivesEveryDatagram(
            @ForAll("datagrams") List<byte[]> datagrams, @ForAll("sources") List<InetSocketAddress> sources) {
        AtomicLong ticker = new AtomicLong();
        Tally dropped = new Tally();
        Responder responder = new Responder(
                7506,
                List.of(Network.parse("10.0.0.0/8")),
                (request, lan) ->
                        Optional.of(new Answerer.Answer(Sample.alias("192.168.7.20"), Sample.node(1), Sample.PROMISE)),
                new Beacon.Limits(100, 100, 8),
                new Random(1),
                ticker::get,
                dropped);
        responder.answerOn(List.of(Sample.LAN));
        int replies = 0;
        for (int i = 0; i < datagrams.size(); i++) {
            responder.heard(
                    datagrams.get(i),
                    sources.get(i % sources.size()),
                    i % 2 == 0 ? Optional.empty() : Optional.of(Lan.alone("test0", Sample.ip("192.168.7.20"))));
            ticker.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
            for (Responder.Ask ask : responder.due()) {
                Optional<Responder.Reply> reply = responder.reply(ask);
                assertThat(reply.map(one -> one.bytes().length).orElse(0)).isLessThanOrEqualTo(ask.length());
                replies++;
            }
        }
        assertThat(replies).isLessThanOrEqualTo(datagrams.size());
    }

    @Property
    void theSieveOutlivesEveryDatagramAndLetsNoForeignAliasThrough(
            @ForAll("datagrams") List<byte[]> datagrams, @ForAll("sources") List<InetSocketAddress> sources) {
        Tally dropped = new Tally();
        Sieve sieve = new Sieve(Sample.question(ID, 0), false, dropped);
        for (int i = 0; i < datagrams.size(); i++) {
            sieve.heard(datagrams.get(i), sources.get(i % sources.size()), Sample.LAN);
        }
        long counted =
                dropped.byName().values().stream().mapToLong(Long::longValue).sum();
        assertThat(counted + sieve.offers().size()).as("taken or counted").isEqualTo(datagrams.size());
        for (Offer offer : sieve.offers()) {
            AliasUrl alias = offer.alias();
            assertThat(alias.address()).isEqualTo(offer.source());
            assertThat(alias.encrypted()).isTrue();
            assertThat(Sample.LAN.isNeighbour(offer.source())).isTrue();
        }
    }

    @Provide
    Arbitrary<List<byte[]>> datagrams() {
        Arbitrary<byte[]> random = Arbitraries.bytes().array(byte[].class).ofMaxSize(1300);
        Arbitrary<byte[]> damaged = Combinators.combine(
                        Arbitraries.of(TRUE_ONES),
                        Arbitraries.integers().between(0, 1199),
                        Arbitraries.bytes(),
                        Arbitraries.integers().between(0, 3))
                .as(DiscoveryFuzzTest::damage);
        return Arbitraries.oneOf(random, damaged, Arbitraries.of(TRUE_ONES))
                .list()
                .ofMaxSize(30);
    }

    @Provide
    Arbitrary<List<InetSocketAddress>> sources() {
        return Arbitraries.of(
                        Sample.at("192.168.7.9", 40000),
                        Sample.at("192.168.7.50", 51000),
                        Sample.at("192.168.7.255", 1),
                        Sample.at("10.0.0.1", 7506),
                        Sample.at("::1", 9))
                .list()
                .ofMinSize(1)
                .ofMaxSize(5);
    }

    private static byte[] damage(byte[] whole, int at, byte value, int how) {
        byte[] copy = whole.clone();
        int place = at % copy.length;
        return switch (how) {
            case 0 -> Arrays.copyOf(copy, place);
            case 1 -> {
                copy[place] = value;
                yield copy;
            }
            case 2 -> Arrays.copyOf(copy, copy.length + at);
            default -> {
                byte[] twice = Arrays.copyOf(copy, copy.length + place);
                System.arraycopy(copy, 0, twice, copy.length, place);
                yield twice;
            }
        };
    }
}
