package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayRecordsTest {
    @Test
    void aRelaySaysWhereItCanBeAskedAndWhoItIsAndNothingElse() {
        String node = Scene.NODE.toString();

        assertThat(Scene.RECORDS.instance().toString())
                .isEqualTo("waybill relay " + node.substring(0, 8) + "._waybill._tcp.local.");
        assertThat(Scene.RECORDS.host().labels().getFirst())
                .isEqualTo("waybill-" + Scene.NODE.spki().hex().substring(0, 16));
        assertThat(Scene.RECORDS.all())
                .extracting(DnsRecord::data)
                .containsExactly(
                        new DnsRecord.Pointer(Scene.RECORDS.instance()),
                        new DnsRecord.Pointer(RelayRecords.SERVICE),
                        new DnsRecord.Service(7506, Scene.RECORDS.host()),
                        new DnsRecord.Text(List.of("txtvers=1", "version=1.0", "node=" + node)),
                        new DnsRecord.Address(Scene.OWN),
                        new DnsRecord.Address(Scene.ip("fe80::20")));
    }

    @Test
    void anotherNameIsAnotherNameOfBoth() {
        RelayRecords second = Scene.RECORDS.renamed();

        assertThat(second.instance().labels().getFirst()).endsWith(" (2)");
        assertThat(second.host().labels().getFirst()).endsWith("-2");
        assertThat(second.unique()).doesNotContainAnyElementsOf(Scene.RECORDS.unique());
    }

    @Test
    void whoeverIsPointedToARelayGetsAllOfIt() {
        List<DnsRecord> answers =
                Scene.RECORDS.answers(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, false));

        assertThat(answers).containsExactly(Scene.RECORDS.shared().getFirst());
        assertThat(Scene.RECORDS.additionals(answers)).containsExactlyElementsOf(Scene.RECORDS.unique());
    }

    @Test
    void anAnnouncementFitsInOnePacket() {
        List<InetAddress> many = java.util.stream.IntStream.range(1, 9)
                .mapToObj(i -> Scene.ip("fe80::" + i))
                .toList();
        assertThat(DnsMessage.answer(new RelayRecords(Scene.NODE, 65535, many, 1_000_000).all(), List.of())
                        .encode()
                        .length)
                .isLessThan(1400);
    }
}
