package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.Vectors.Vector;

/**
 * The list of a catalogue, by its vectors and by whatever comes. An ordinary run tries every seed once; a search is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl protocol -Dtest=CatalogueListTest#whateverComes -Djazzer.max_duration=10m
 * }</pre>
 */
class CatalogueListTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Sha256 DIGEST = Sha256.of(new byte[0]);

    static Stream<Vector> good() {
        return Vectors.in("list", ".list").stream().filter(Vector::good);
    }

    static Stream<Vector> bad() {
        return Vectors.in("list", ".list").stream().filter(vector -> !vector.good());
    }

    static Stream<byte[]> seeds() {
        return Vectors.in("list", ".list").stream().map(Vector::bytes);
    }

    @ParameterizedTest
    @MethodSource("good")
    void isReadAndWrittenInOneWay(Vector vector) throws UpdateFault {
        CatalogueList list = CatalogueList.parse(vector.bytes());

        assertThat(list.encode()).isEqualTo(vector.bytes());
        assertThat(list.entries()).hasSize(Integer.parseInt(vector.expect("files")));
        assertThat(vector.expect("kind")).isEqualTo("OK");
        for (CatalogueList.Entry entry : list.entries()) {
            assertThat(list.find(entry.name())).contains(entry);
        }
        assertThat(list.find(new FileName("no-such-file"))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bad")
    void anythingElseIsMalformed(Vector vector) {
        assertThatThrownBy(() -> CatalogueList.parse(vector.bytes()))
                .isInstanceOfSatisfying(
                        UpdateFault.class,
                        fault -> assertThat(fault.kind()).isEqualTo(UpdateFault.Kind.valueOf(vector.expect("kind"))));
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComes(byte[] bytes) {
        CatalogueList list;
        try {
            list = CatalogueList.parse(bytes);
        } catch (UpdateFault e) {
            assertThat(e.kind()).isEqualTo(UpdateFault.Kind.MALFORMED); // Every other exception is a finding.
            return;
        }
        assertThat(list.encode()).isEqualTo(bytes);
    }

    @Test
    void isBoundedInFilesAndBytes() throws UpdateFault {
        List<CatalogueList.Entry> entries = new ArrayList<>();
        for (int i = 0; i < CatalogueList.MAX_FILES; i++) {
            entries.add(entry("%05d".formatted(i)));
        }
        byte[] most = new CatalogueList(entries).encode();
        assertThat(CatalogueList.parse(most).entries()).hasSize(CatalogueList.MAX_FILES);

        byte[] line = Arrays.copyOfRange(most, 20, 20 + (most.length - 20) / CatalogueList.MAX_FILES);
        byte[] more = Arrays.copyOf(most, most.length + line.length);
        System.arraycopy(
                new String(line, UTF_8).replaceFirst("00000", "10000").getBytes(UTF_8),
                0,
                more,
                most.length,
                line.length);
        assertMalformed(more);
        assertMalformed(new byte[CatalogueList.MAX_BYTES + 1]);
        assertMalformed(("waybill catalogue 1\n" + " ".repeat(CatalogueList.MAX_BYTES - 20)).getBytes(UTF_8));
        entries.add(entry("10000"));
        assertThatIllegalArgumentException().isThrownBy(() -> new CatalogueList(entries));
    }

    @Test
    void takesNoFileThatIsAnothersFolder() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CatalogueList(List.of(entry("a"), entry("a-b"), entry("a/b/c"))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CatalogueList(List.of(entry("a/b"), entry("a/b-c"), entry("a/b/c"))));
        assertThat(new CatalogueList(List.of(entry("a/b"), entry("a/c"), entry("ab"))).entries())
                .hasSize(3);
    }

    private static void assertMalformed(byte[] bytes) {
        assertThatThrownBy(() -> CatalogueList.parse(bytes))
                .isInstanceOfSatisfying(
                        UpdateFault.class, fault -> assertThat(fault.kind()).isEqualTo(UpdateFault.Kind.MALFORMED));
    }

    private static CatalogueList.Entry entry(String name) {
        return new CatalogueList.Entry(new FileName(name), 0, DIGEST, DIGEST, 1, NOON, NOON.plusSeconds(1), DIGEST);
    }
}
