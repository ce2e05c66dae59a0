package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Jazzer target for whatever comes to the port of Multicast DNS: the reader, a relay that is asked, and a requester that is
 * answered. An ordinary run of the tests tries every seed once; a search is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl node -am -Dtest=DnsFuzzTest#whateverComes -Djazzer.max_duration=10m
 * }</pre>
 */
class DnsFuzzTest {

    static Stream<byte[]> seeds() {
        byte[] probe = DnsMessage.query(
                        0,
                        List.of(new DnsMessage.Question(Scene.RECORDS.instance(), DnsRecord.ANY, true)),
                        Scene.RECORDS.renamed().unique())
                .encode();
        byte[] stolen = DnsMessage.answer(
                        new RelayRecords(Scene.NODE, 1, List.of(Scene.ip("10.9.9.9")), 0).all(), List.of())
                .encode();
        return Stream.of(
                Scene.plainAnswer(7),
                probe,
                stolen,
                Scene.ask(RelayRecords.SERVICE, DnsRecord.PTR).encode(),
                Arrays.copyOf(stolen, stolen.length - 1),
                new byte[12]);
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComes(byte[] bytes) {
        InetSocketAddress relay = new InetSocketAddress(Scene.OWN, Mdns.PORT);
        assertThat(new ServiceBrowser().ports(bytes, 7, relay)).allMatch(port -> port > 0 && port < 65536);
        DnsMessage message;
        try {
            message = DnsMessage.parse(bytes);
        } catch (ProtocolException e) {
            return; // Every other exception is a finding.
        }
        byte[] again = message.encode();
        if (again.length <= DnsMessage.MOST_BYTES) {
            assertThat(parse(again)).isEqualTo(message);
        }
        Scene scene = new Scene();
        scene.told(message, Scene.NEIGHBOUR);
        scene.settled();
        scene.responder.heard(message, Scene.NEIGHBOUR);
        scene.responder.heard(message, Scene.PLAIN_NEIGHBOUR);
        assertThat(scene.sentWithin(200))
                .allSatisfy(one -> assertThat(one.bytes().length).isLessThanOrEqualTo(1500))
                .hasSizeLessThan(8);
    }

    private static DnsMessage parse(byte[] bytes) {
        try {
            return DnsMessage.parse(bytes);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }
}
