package waybill.parcel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.parcel.ParcelFault.Kind;
import waybill.parcel.Parcels.Kept;
import waybill.protocol.Sha256;
import waybill.protocol.VectorWriter;
import waybill.protocol.Vectors;
import waybill.protocol.Vectors.Vector;

class ParcelVectorsTest {

    @BeforeAll
    static void writeIfAsked() throws Exception {
        if (Boolean.getBoolean("waybill.vectors.write")) {
            new ParcelVectors(new VectorWriter(Vectors.root().resolve("spec/vectors"), ".age", List.of("parcel")))
                    .write();
        }
    }

    static Stream<Vector> good() {
        return Vectors.in("parcel", ".age").stream().filter(Vector::good);
    }

    static Stream<Vector> bad() {
        return Vectors.in("parcel", ".age").stream().filter(vector -> !vector.good());
    }

    @ParameterizedTest
    @MethodSource("good")
    void opensToTheFilesThatWereSealed(Vector vector) throws Exception {
        Kept kept = new Kept();
        Parcel.Summary summary = open(vector, kept);

        Map<String, String> found = new LinkedHashMap<>();
        kept.files.forEach((name, bytes) ->
                found.put("file:" + name, Sha256.of(bytes.toByteArray()).hex()));
        found.put("contents", summary.contents().hex());
        assertThat(vector.expect()).containsAllEntriesOf(found).hasSize(found.size() + 2);
        assertThat(vector.expect("kind")).isEqualTo("OK");
        assertThat(summary.contents()).isEqualTo(Sha256.of(summary.xml()));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isRefused(Vector vector) {
        assertThatThrownBy(() -> open(vector, new Kept()))
                .isInstanceOfSatisfying(
                        ParcelFault.class,
                        fault -> assertThat(fault.kind()).isEqualTo(Kind.valueOf(vector.expect("kind"))));
    }

    @Test
    void everyKindOfFaultOfAParcelHasAVector() {
        Set<Kind> shown = EnumSet.noneOf(Kind.class);
        bad().forEach(vector -> shown.add(Kind.valueOf(vector.expect("kind"))));

        assertThat(shown).isEqualTo(EnumSet.complementOf(EnumSet.of(Kind.BAD_KEY)));
    }

    private static Parcel.Summary open(Vector vector, Kept kept) throws IOException, ParcelFault {
        String file = Files.readString(vector.path().resolveSibling("identity.txt"));
        return Parcels.open(vector.bytes(), kept, AgeKeys.parse(file).identity());
    }
}
