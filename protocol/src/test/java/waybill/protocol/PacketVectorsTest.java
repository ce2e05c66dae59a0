package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.Vectors.Vector;

class PacketVectorsTest {

    static List<Vector> all() {
        return Stream.of("packet", "label")
                .flatMap(folder -> Vectors.in(folder, ".xml").stream())
                .toList();
    }

    static Stream<Vector> good() {
        return all().stream().filter(Vector::good);
    }

    static Stream<Vector> bad() {
        return all().stream().filter(vector -> !vector.good());
    }

    @ParameterizedTest
    @MethodSource("good")
    void saysWhatItsAuthorExpects(Vector vector) throws PacketFault {
        Packet packet = read(vector);

        Map<String, String> said = new LinkedHashMap<>(PacketXml.read(PacketCodec.encode(packet)));
        said.remove("pad");
        Map<String, String> expected = new LinkedHashMap<>();
        vector.expect().forEach((key, value) -> {
            if (key.startsWith("@")) {
                expected.put(key.substring(1), value);
            }
        });
        assertThat(said).isEqualTo(expected);
        assertThat(vector.expect("kind")).isEqualTo("OK");
    }

    @ParameterizedTest
    @MethodSource("good")
    void isWrittenInOneWay(Vector vector) throws PacketFault {
        byte[] encoded = PacketCodec.encode(read(vector));

        assertThat(Arrays.equals(encoded, vector.bytes()))
                .isEqualTo(vector.expect("canonical").equals("yes"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isRefusedForItsOneFault(Vector vector) {
        assertThatThrownBy(() -> read(vector)).isInstanceOfSatisfying(PacketFault.class, fault -> {
            assertThat(fault.kind()).isEqualTo(PacketFault.Kind.valueOf(vector.expect("kind")));
            assertThat(fault.attribute()).isEqualTo(vector.expect().getOrDefault("attribute", ""));
        });
    }

    @Test
    void everyKindOfFaultHasAVector() {
        Set<PacketFault.Kind> shown = EnumSet.noneOf(PacketFault.Kind.class);
        bad().forEach(vector -> shown.add(PacketFault.Kind.valueOf(vector.expect("kind"))));

        assertThat(shown).isEqualTo(EnumSet.allOf(PacketFault.Kind.class));
    }

    @Test
    void everyTypeHasAGoodVector() {
        Set<String> shown = new TreeSet<>();
        good().forEach(vector -> shown.add(vector.expect("@type")));

        assertThat(shown)
                .containsExactly(
                        "catalogue",
                        "label",
                        "located",
                        "profile",
                        "receipt",
                        "refusal",
                        "release",
                        "request",
                        "response");
        assertThat(shown).hasSize(Packet.class.getPermittedSubclasses().length);
    }

    private static Packet read(Vector vector) throws PacketFault {
        return switch (vector.expect("carrier")) {
            case "udp" -> PacketCodec.parse(vector.bytes(), PacketCodec.MAX_UDP);
            case "cms" -> PacketCodec.parse(vector.bytes(), PacketCodec.MAX_CMS);
            case "file" -> PacketCodec.parseLabel(vector.bytes());
            default -> throw new AssertionError(vector.expect("carrier"));
        };
    }
}
