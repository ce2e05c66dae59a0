package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsMessageTest {
    private static final String HEADER_OF_ONE_ANSWER = "000084000000000100000000";
    private static final String SERVICE = "085f77617962696c6c045f746370056c6f63616c00";

    @Test
    void whatIsWrittenIsRead() throws Exception {
        DnsMessage message = new DnsMessage(
                4711,
                true,
                List.of(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, true)),
                Scene.RECORDS.all(),
                List.of(new DnsRecord(
                        Scene.RECORDS.host(), false, 0xffff_ffffL, new DnsRecord.Other(99, new byte[] {1, 2}))),
                Scene.RECORDS.unique());

        assertThat(DnsMessage.parse(message.encode())).isEqualTo(message);
    }

    @Test
    void namesAreReadThroughPointersBackwards() throws Exception {
        // _waybill._tcp.local PTR r._waybill._tcp.local, the latter as "r" and a pointer to the former
        DnsMessage message =
                DnsMessage.parse(bytes(HEADER_OF_ONE_ANSWER, SERVICE, "000c", "0001", "00001194", "0004", "0172c00c"));

        assertThat(message.response()).isTrue();
        assertThat(message.known())
                .containsExactly(new DnsRecord(
                        RelayRecords.SERVICE, false, 4500, new DnsRecord.Pointer(RelayRecords.SERVICE.below("r"))));
    }

    @Test
    void namesAreTheSameInWhateverCase() {
        assertThat(DnsName.of("_WAYBILL", "_tcp", "Local"))
                .isEqualTo(RelayRecords.SERVICE)
                .hasSameHashCodeAs(RelayRecords.SERVICE);
        assertThat(DnsName.of("\u00c4x")).isEqualTo(DnsName.of("\u00c4X")).isNotEqualTo(DnsName.of("\u00e4x"));
    }

    @Test
    void whatIsOfAnotherClassIsLeftOut() throws Exception {
        assertThat(DnsMessage.parse(bytes(HEADER_OF_ONE_ANSWER, SERVICE, "0010", "0003", "00000001", "0001", "00"))
                        .known())
                .isEmpty();
    }

    @Test
    void anAddressThatIsNoneOfItsFamilyIsOfNoInterest() throws Exception {
        String mapped = "00000000000000000000ffff0a000001";
        assertThat(DnsMessage.parse(bytes(HEADER_OF_ONE_ANSWER, "00", "001c", "0001", "00000001", "0010", mapped))
                        .known())
                .singleElement()
                .satisfies(record -> assertThat(record.data()).isInstanceOf(DnsRecord.Other.class));
        assertThat(DnsMessage.parse(bytes(HEADER_OF_ONE_ANSWER, "00", "0001", "0001", "00000001", "0003", "0a0000"))
                        .known())
                .singleElement()
                .satisfies(record -> assertThat(record.data()).isInstanceOf(DnsRecord.Other.class));
    }

    @Test
    void whatIsNoMessageIsRefused() {
        refused("truncated", bytes("0000"));
        refused("truncated", bytes(HEADER_OF_ONE_ANSWER));
        refused("no standard query", bytes("000028000000000000000000"));
        refused("no standard query", bytes("000084030000000000000000"));
        refused("too many entries", bytes("0000840000000101ffff0000"));
        refused("forward", bytes(HEADER_OF_ONE_ANSWER, "c00c"));
        refused("forward", bytes(HEADER_OF_ONE_ANSWER, "c0ff"));
        refused("no kind of label", bytes(HEADER_OF_ONE_ANSWER, "40"));
        refused("truncated", bytes(HEADER_OF_ONE_ANSWER, SERVICE, "0010", "0001", "00000001", "ffff", "00"));
        // a TXT string that is longer than its record
        refused(
                "another length",
                bytes(HEADER_OF_ONE_ANSWER, "00", "0010", "0001", "00000001", "0002", "0361", "6263"));
        refused("too large", new byte[DnsMessage.MOST_BYTES + 1]);
    }

    @Test
    void aNameThatGrowsByPointersIsRefused() {
        // Each label of 63 bytes stands once, and the name leads through all of them.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes("000084000000000200000000"));
        byte[] label = "x".repeat(63).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 3; i++) {
            out.write(63);
            out.writeBytes(label);
        }
        out.writeBytes(bytes("00", "0010", "0001", "00000001", "0000"));
        out.write(63);
        out.writeBytes(label);
        out.writeBytes(bytes("c00c", "0010", "0001", "00000001", "0000"));
        refused("255 bytes", out.toByteArray());
    }

    @Test
    void aMessageThatIsCutAnywhereIsRefused() {
        byte[] whole =
                DnsMessage.answer(Scene.RECORDS.all(), Scene.RECORDS.unique()).encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> DnsMessage.parse(cut)).isInstanceOf(ProtocolException.class);
        }
    }

    private static void refused(String why, byte[] bytes) {
        assertThatThrownBy(() -> DnsMessage.parse(bytes))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(why);
    }

    private static byte[] bytes(String... hex) {
        return HexFormat.of().parseHex(String.join("", hex));
    }
}
