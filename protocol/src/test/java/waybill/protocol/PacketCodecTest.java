package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PacketCodecTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-7b2a-7c3d-8e4f-0123456789ab");
    private static final AliasUrl ALIAS = AliasUrl.parse("https://192.0.2.7:7506/a/AAAAAAAAAAAAAAAAAAAAAA");

    @Test
    void writesTheSixAttributesFirstAndThenTheTypesOwn() {
        Packet located = new Packet.Located(ID, Packet.Method.PUT, ALIAS, Commitment.to(new byte[32]));

        assertThat(new String(PacketCodec.encode(located), UTF_8))
                .isEqualTo("<service type=\"located\" version=\"1.0\" ID=\"019a8c1e-7b2a-7c3d-8e4f-0123456789ab\""
                        + " method=\"PUT\" href=\"https://192.0.2.7:7506/a/AAAAAAAAAAAAAAAAAAAAAA\""
                        + " acceptprotocol=\"https\" secret=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"/>");
    }

    @Test
    void padsARequestToTheLargestResponse() throws PacketFault {
        Packet request = new Packet.Request(
                ID, Packet.Method.PUT, BackendUrl.parse("https://b.example"), 1, 0, 1, Sha256.of(new byte[0]));

        byte[] bytes = PacketCodec.encode(request);

        assertThat(bytes).hasSize(PacketCodec.MAX_RESPONSE);
        assertThat(PacketCodec.parse(bytes, PacketCodec.MAX_UDP)).isEqualTo(request);
    }

    @Test
    void aFaultNamesItsAttribute() {
        assertThatThrownBy(() -> PacketCodec.parse(
                        "<service version=\"1.0\" type=\"request\"/>".getBytes(UTF_8), PacketCodec.MAX_UDP))
                .isInstanceOfSatisfying(PacketFault.class, fault -> {
                    assertThat(fault.kind()).isEqualTo(PacketFault.Kind.MISSING_ATTRIBUTE);
                    assertThat(fault.attribute()).isEqualTo("ID");
                });
    }
}
