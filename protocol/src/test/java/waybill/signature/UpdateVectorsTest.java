package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Mark;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.protocol.VectorWriter;
import waybill.protocol.Vectors;
import waybill.protocol.Vectors.Vector;

/** Releases and catalogues, and what the reader had seen before them. */
class UpdateVectorsTest {

    @BeforeAll
    static void writeIfAsked() {
        if (Boolean.getBoolean("waybill.vectors.write")) {
            new UpdateVectors(new VectorWriter(
                            Vectors.root().resolve("spec/vectors"), ".cms", List.of("release", "catalogue")))
                    .write();
        }
    }

    static Stream<Vector> all() {
        return Stream.of("release", "catalogue").flatMap(folder -> Vectors.in(folder, ".cms").stream());
    }

    static Stream<Vector> good() {
        return all().filter(Vector::good);
    }

    static Stream<Vector> bad() {
        return all().filter(vector -> !vector.good());
    }

    @ParameterizedTest
    @MethodSource("good")
    void holds(Vector vector) throws Exception {
        assertThat(vector.expect("kind")).isEqualTo("OK");
        assertThat(judge(vector, vector.bytes()).type()).isEqualTo(folder(vector));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isRefusedForTheFirstCheckThatFails(Vector vector) {
        assertThatThrownBy(() -> judge(vector, vector.bytes()))
                .satisfies(fault -> assertThat(kind(fault)).isEqualTo(vector.expect("kind")));
    }

    @ParameterizedTest
    @MethodSource("good")
    void noBitOfAGoodOneCanBeChangedIntoAnotherPacket(Vector vector) throws Exception {
        Packet right = judge(vector, vector.bytes());
        byte[] cms = vector.bytes();
        for (int at = 0; at < cms.length; at += 1 + cms.length / 41) {
            byte[] flipped = cms.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                assertThat(judge(vector, flipped)).as("bit of byte %d", at).isEqualTo(right);
            } catch (SignatureFault | UpdateFault fault) {
                assertThat(kind(fault)).isNotEmpty();
            }
        }
    }

    @Test
    void everyKindOfFaultHasAVector() {
        Set<String> shown = new TreeSet<>();
        bad().forEach(vector -> shown.add(vector.expect("kind")));

        Set<String> kinds = new TreeSet<>();
        EnumSet.allOf(SignatureFault.Kind.class).forEach(kind -> kinds.add(kind.name()));
        EnumSet.allOf(UpdateFault.Kind.class).forEach(kind -> kinds.add(kind.name()));
        assertThat(shown).isEqualTo(kinds);
    }

    private static String kind(Throwable fault) {
        return switch (fault) {
            case SignatureFault signature -> signature.kind().name();
            case UpdateFault update -> update.kind().name();
            default -> throw new AssertionError("another failure", fault);
        };
    }

    /** Section 10.5, as a reader goes through it. */
    private static Packet judge(Vector vector, byte[] cms) throws SignatureFault, UpdateFault {
        try {
            String pem = Files.readString(vector.path().resolveSibling(vector.expect("anchors")));
            SignedPackets packets = new SignedPackets(
                    TrustPolicy.of(Anchors.parse(pem)), InstantSource.fixed(Instant.parse(vector.expect("now"))));
            BackendUrl backend = BackendUrl.parse(vector.expect("backend"));
            if (folder(vector).equals("catalogue")) {
                Packet.Catalogue catalogue = packets.catalogue(cms, backend).packet();
                follows(vector, Mark.of(catalogue));
                CatalogueList.of(catalogue, list(vector));
                return catalogue;
            }
            FileUrl file = FileUrl.of(backend, new FileName(vector.expect("name")));
            Packet.Release release = packets.release(cms, file).packet();
            follows(vector, Mark.of(release));
            if (vector.expect().containsKey("catalogue")) {
                CatalogueList.parse(list(vector)).check(Long.parseLong(vector.expect("catalogue")), release, cms);
            }
            return release;
        } catch (IOException | AnchorFault e) {
            throw new AssertionError(vector.name(), e);
        }
    }

    private static void follows(Vector vector, Mark next) throws UpdateFault {
        if (vector.expect().containsKey("seen")) {
            Mark seen = new Mark(Long.parseLong(vector.expect("seen")), new Sha256(vector.expect("seen-packet")));
            assertThat(seen.then(next)).isEqualTo(next);
        }
    }

    private static byte[] list(Vector vector) throws IOException {
        return Files.readAllBytes(vector.path().resolveSibling(vector.expect("list")));
    }

    private static String folder(Vector vector) {
        return String.valueOf(vector.path().getName(vector.path().getNameCount() - 2));
    }
}
