package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import waybill.discovery.Lan;

class ServiceBrowserTest {
    private static final InetSocketAddress RELAY = new InetSocketAddress(Scene.OWN, Mdns.PORT);

    private final ServiceBrowser browser = new ServiceBrowser();

    @Test
    void aRelaysAnswerSaysAtWhichPortItCanBeAsked() {
        assertThat(browser.ports(Scene.plainAnswer(7), 7, RELAY)).containsExactly(7506);
    }

    @Test
    void whatItAsksIsOneQuestionForRelays() throws Exception {
        assertThat(DnsMessage.parse(browser.question(7)))
                .isEqualTo(DnsMessage.query(
                        7, List.of(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, false)), List.of()));
        assertThat(browser.group(new Lan("test0", Scene.ip("192.168.7.2"), 24)))
                .isEqualTo(new InetSocketAddress(Scene.ip("224.0.0.251"), 5353));
    }

    @Test
    void nobodySpeaksForAnotherAddressThanHisOwn() {
        InetSocketAddress elsewhere = new InetSocketAddress(Scene.ip("192.168.7.66"), Mdns.PORT);
        assertThat(browser.ports(Scene.plainAnswer(7), 7, elsewhere)).isEmpty();
    }

    @Test
    void whatAnswersAnotherQuestionOrComesFromAnotherPortDoesNotCount() {
        assertThat(browser.ports(Scene.plainAnswer(8), 7, RELAY)).isEmpty();
        assertThat(browser.ports(Scene.plainAnswer(7), 7, new InetSocketAddress(Scene.OWN, 5354)))
                .isEmpty();
        assertThat(browser.ports(browser.question(7), 7, RELAY)).isEmpty();
        assertThat(browser.ports(new byte[] {1, 2, 3}, 7, RELAY)).isEmpty();
    }

    @Test
    void whatIsGoneOrOfAnotherKindOrAtNoPortDoesNotCount() {
        assertThat(browser.ports(answer(Scene.RECORDS.instance(), 7506, 0), 7, RELAY))
                .isEmpty();
        assertThat(browser.ports(answer(Scene.RECORDS.instance(), 0, 10), 7, RELAY))
                .isEmpty();
        assertThat(browser.ports(answer(DnsName.of("x", "_http", "_tcp", "local"), 80, 10), 7, RELAY))
                .isEmpty();
        assertThat(browser.ports(answer(Scene.RECORDS.instance(), 53, 10), 7, RELAY))
                .as("any port of his own")
                .containsExactly(53);
    }

    private static byte[] answer(DnsName instance, int port, long ttl) {
        return new DnsMessage(
                        7,
                        true,
                        List.of(),
                        List.of(
                                new DnsRecord(instance, false, ttl, new DnsRecord.Service(port, Scene.RECORDS.host())),
                                new DnsRecord(Scene.RECORDS.host(), false, 10, new DnsRecord.Address(Scene.OWN))),
                        List.of(),
                        List.of())
                .encode();
    }
}
