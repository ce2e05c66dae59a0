package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Jazzer target for the codec. Its seeds are the vectors of packets and labels, good and bad. An ordinary run of the tests tries every
 * seed once; a real search, coverage guided, is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl protocol -Dtest=PacketFuzzTest#whateverComes -Djazzer.max_duration=10m
 * }</pre>
 *
 * <p>for as long as it says (some 4,000 packets a second; Jazzer 0.30.0 instruments JDK 25's classes). What it learns it keeps in {@code protocol/.cifuzz-corpus}, what it finds in
 * {@code src/test/resources/waybill/protocol/PacketFuzzTestInputs}: a finding belongs into the vectors, with its kind.
 */
class PacketFuzzTest {

    static Stream<byte[]> seeds() {
        return PacketVectorsTest.all().stream().map(Vectors.Vector::bytes);
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComes(byte[] bytes) throws PacketFault {
        Packet packet;
        try {
            packet = PacketCodec.parse(bytes, PacketCodec.MAX_CMS);
        } catch (PacketFault e) {
            return; // Every other exception is a finding.
        }
        byte[] written = PacketCodec.encode(packet);
        assertThat(PacketCodec.parse(written, PacketCodec.MAX_CMS)).isEqualTo(packet);
        assertThat(PacketCodec.encode(PacketCodec.parse(written, PacketCodec.MAX_CMS)))
                .isEqualTo(written);
    }

    @Test
    void everyVectorIsASeed() {
        assertThat(seeds()).hasSizeGreaterThan(40).hasSameSizeAs(PacketVectorsTest.all());
    }
}
