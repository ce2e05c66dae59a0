package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import waybill.protocol.AliasUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;

class SieveTest {
    private static final TaskId ID = Sample.id(1);
    private static final String RELAY = "192.168.7.9";

    private final Tally dropped = new Tally();
    private final Sieve sieve = new Sieve(Sample.question(ID, 0), false, dropped);

    @Test
    void anAnswerOfANeighbourIsAnOffer() {
        assertThat(sieve.heard(bytes(1, Sample.alias(RELAY)), Sample.at(RELAY, 40000), Sample.LAN))
                .contains(new Offer(Sample.node(1), Sample.alias(RELAY), Sample.PROMISE, Sample.ip(RELAY), Sample.LAN));
        assertThat(sieve.offers()).hasSize(1);
        assertThat(sieve.nodes()).isEqualTo(1);
        assertThat(dropped.byName()).isEmpty();
    }

    @Test
    void anAliasElsewhereIsDropped() {
        drops(bytes(1, Sample.alias("192.168.7.10")), RELAY, Tally.Reason.ALIAS_ELSEWHERE);
    }

    @Test
    void anAnswerFromAnotherNetworkIsDropped() {
        drops(bytes(1, Sample.alias("10.0.0.9")), "10.0.0.9", Tally.Reason.NOT_A_NEIGHBOUR);
    }

    @Test
    void aNamedRelayAnswersFromItsOwnAddressAlone() {
        Addressee named = named("10.0.0.9:7506");
        assertThat(sieve.heard(bytes(1, Sample.alias("10.0.0.9")), Sample.at("10.0.0.9", 40000), named))
                .map(Offer::asked)
                .contains(named);
        assertThat(sieve.heard(bytes(1, Sample.alias("10.0.0.8")), Sample.at("10.0.0.8", 40000), named))
                .isEmpty();
        assertThat(dropped.of(Tally.Reason.NOT_A_NEIGHBOUR)).isEqualTo(1);
        assertThat(sieve.heard(bytes(1, Sample.alias("10.0.0.8")), Sample.at("10.0.0.9", 40000), named))
                .isEmpty();
        assertThat(dropped.of(Tally.Reason.ALIAS_ELSEWHERE)).isEqualTo(1);
    }

    @Test
    void ofARelayNamedWithItsNodeNoOtherNodeIsTaken() {
        Addressee named = named("10.0.0.9:7506#" + Sample.node(2));
        assertThat(sieve.heard(bytes(1, Sample.alias("10.0.0.9")), Sample.at("10.0.0.9", 40000), named))
                .isEmpty();
        assertThat(dropped.of(Tally.Reason.WRONG_NODE)).isEqualTo(1);
        assertThat(sieve.heard(bytes(2, Sample.alias("10.0.0.9")), Sample.at("10.0.0.9", 40000), named))
                .isPresent();
    }

    @Test
    void anAnswerToAnotherTaskIsDropped() {
        drops(encode(Sample.id(2), Packet.Method.PUT, 1), RELAY, Tally.Reason.OTHER_ROUND);
    }

    @Test
    void anAnswerToAnotherMethodIsDropped() {
        drops(encode(ID, Packet.Method.GET, 1), RELAY, Tally.Reason.OTHER_ROUND);
    }

    @Test
    void anotherPacketThanAResponseIsDropped() {
        drops(PacketCodec.encode(Sample.request(ID, Sample.secret(1), 0)), RELAY, Tally.Reason.OTHER_TYPE);
    }

    @Test
    void aPlainAliasIsDroppedUnlessItIsAllowed() {
        AliasUrl plain = AliasUrl.parse("http://" + RELAY + ":7506/a/x");
        drops(bytes(1, plain), RELAY, Tally.Reason.PLAIN_ALIAS);
        Sieve allowing = new Sieve(Sample.question(ID, 0), true, dropped);
        assertThat(allowing.heard(bytes(1, plain), Sample.at(RELAY, 40000), Sample.LAN))
                .isPresent();
    }

    @Test
    void moreHopsThanWereAskedForAreDropped() {
        Sieve near =
                new Sieve(new RelayFinder.Question(ID, Packet.Method.PUT, Sample.BACKEND, 10, 0, 1), false, dropped);
        byte[] far = PacketCodec.encode(new Packet.Response(
                ID, Packet.Method.PUT, Sample.alias(RELAY), Sample.node(1), new Promise(0, 0, 0, 1, 2)));
        assertThat(near.heard(far, Sample.at(RELAY, 40000), Sample.LAN)).isEmpty();
        assertThat(dropped.of(Tally.Reason.TOO_MANY_HOPS)).isEqualTo(1);
    }

    @Test
    void theSameAnswerTwiceIsOneOffer() {
        byte[] bytes = bytes(1, Sample.alias(RELAY));
        sieve.heard(bytes, Sample.at(RELAY, 40000), Sample.LAN);
        assertThat(sieve.heard(bytes, Sample.at(RELAY, 40001), Sample.LAN)).isEmpty();
        assertThat(sieve.offers()).hasSize(1);
        assertThat(dropped.of(Tally.Reason.DUPLICATE)).isEqualTo(1);
    }

    @Test
    void aForgedAnswerInANodesNameDoesNotPushOutTheTrueOne() {
        sieve.heard(bytes(1, Sample.alias("192.168.7.66")), Sample.at("192.168.7.66", 40000), Sample.LAN);
        sieve.heard(bytes(1, Sample.alias(RELAY)), Sample.at(RELAY, 40000), Sample.LAN);
        assertThat(sieve.offers()).extracting(Offer::alias).contains(Sample.alias(RELAY));
        assertThat(sieve.nodes()).as("one node, whoever lied").isEqualTo(1);
    }

    @Test
    void oneAddressGivesOnlySoManyOffers() {
        for (int i = 0; i < 2 * Sieve.MAX_PER_SOURCE; i++) {
            sieve.heard(bytes(i, Sample.alias(RELAY)), Sample.at(RELAY, 40000), Sample.LAN);
        }
        assertThat(sieve.offers()).hasSize(Sieve.MAX_PER_SOURCE);
        assertThat(sieve.heard(bytes(99, Sample.alias("192.168.7.10")), Sample.at("192.168.7.10", 1), Sample.LAN))
                .as("others still do")
                .isPresent();
        assertThat(dropped.of(Tally.Reason.NO_ROOM)).isEqualTo(Sieve.MAX_PER_SOURCE);
    }

    @Test
    void allTogetherGiveOnlySoManyOffers() {
        for (int i = 0; i < 2 * Sieve.MAX_IN_ALL; i++) {
            String source = "192.168.7." + (1 + i % 250);
            sieve.heard(bytes(i, Sample.alias(source)), Sample.at(source, 40000), Sample.LAN);
        }
        assertThat(sieve.offers()).hasSize(Sieve.MAX_IN_ALL);
    }

    @Test
    void whatCannotBeReadIsCountedByItsKind() {
        sieve.heard(new byte[PacketCodec.MAX_UDP + 1], Sample.at(RELAY, 1), Sample.LAN);
        sieve.heard("<service".getBytes(StandardCharsets.US_ASCII), Sample.at(RELAY, 1), Sample.LAN);
        assertThat(sieve.offers()).isEmpty();
        assertThat(dropped.of(PacketFault.Kind.TOO_LARGE)).isEqualTo(1);
        assertThat(dropped.of(PacketFault.Kind.NOT_XML)).isEqualTo(1);
        assertThat(dropped.byName()).containsOnlyKeys("too_large", "not_xml");
    }

    private void drops(byte[] bytes, String source, Tally.Reason reason) {
        assertThat(sieve.heard(bytes, Sample.at(source, 40000), Sample.LAN)).isEmpty();
        assertThat(sieve.offers()).isEmpty();
        assertThat(dropped.of(reason)).isEqualTo(1);
    }

    private static byte[] bytes(int node, AliasUrl alias) {
        return encode(ID, Packet.Method.PUT, alias, Sample.node(node));
    }

    private static byte[] encode(TaskId id, Packet.Method method, int node) {
        return encode(id, method, Sample.alias(RELAY), Sample.node(node));
    }

    private static byte[] encode(TaskId id, Packet.Method method, AliasUrl alias, NodeId node) {
        return PacketCodec.encode(new Packet.Response(id, method, alias, node, Sample.PROMISE));
    }

    private static Addressee named(String text) {
        NamedRelay relay = NamedRelay.parse(text);
        return new NamedRelay.At(relay, Sample.at(relay.host(), relay.port()));
    }
}
