package waybill.parcel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.parcel.Parcels.Kept;
import waybill.protocol.Vectors;
import waybill.protocol.Vectors.Vector;

/**
 * Jazzer targets for what anybody can seal to a public recipient: the tar and {@code waybill.xml}. Their seeds are the
 * parcel vectors, opened, and some tars of other shapes. An ordinary run tries every seed once; a search is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl protocol -Dtest=ParcelFuzzTest#whateverTar -Djazzer.max_duration=10m
 * }</pre>
 */
class ParcelFuzzTest {

    static List<byte[]> tars() throws IOException, ParcelFault {
        List<byte[]> tars = new ArrayList<>();
        for (Vector vector : Vectors.in("parcel", ".age")) {
            String identity = AgeKeys.parse(Files.readString(vector.path().resolveSibling("identity.txt")))
                    .identity();
            try {
                tars.add(TestTar.opened(vector.bytes(), identity));
            } catch (ParcelFault | IOException e) {
                // Not even age: no seed for what is inside.
            }
        }
        byte[] none = new byte[0];
        tars.add(new TestTar().pax("size", "-1").manifest(List.of(item())).bytes());
        tars.add(new TestTar()
                .pax("size", "99999999999999999999")
                .manifest(List.of(item()))
                .bytes());
        tars.add(new TestTar().pax("path", "files/\0").manifest(List.of(item())).bytes());
        tars.add(new TestTar().pax("mtime", "1e9").manifest(List.of(item())).bytes());
        tars.add(new TestTar()
                .pax("GNU.sparse.map", "0,1,2")
                .manifest(List.of(item()))
                .bytes());
        tars.add(new TestTar()
                .pax("GNU.sparse.major", "1")
                .manifest(List.of(item()))
                .bytes());
        tars.add(new TestTar()
                .pax("comment", "c".repeat(20_000))
                .manifest(List.of(item()))
                .bytes());
        tars.add(new TestTar().global("comment", "c").file("a", none).manifest().bytes());
        tars.add(new TestTar()
                .entry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME, "", new byte[5000])
                .bytes());
        tars.add(new TestTar()
                .entry("s", TarConstants.LF_GNUTYPE_SPARSE, "", new byte[512])
                .bytes());
        return tars;
    }

    static Stream<byte[]> manifests() {
        return Stream.of(
                ManifestXml.encode(new Manifest(Parcels.ID, "<&>", "0".repeat(32), Parcels.CREATED, List.of(item()))),
                "<!DOCTYPE waybill [<!ENTITY a \"b\">]><waybill>&a;</waybill>".getBytes(UTF_8),
                "<waybill xmlns:a='b' a:version='1.0'/>".getBytes(UTF_8),
                "<!DOCTYPE waybill [<!ENT\1\1]]]]&a;".getBytes(UTF_8),
                new byte[] {(byte) 0xff, (byte) 0xfe, '<', 0});
    }

    @MethodSource("tars")
    @FuzzTest
    void whateverTar(byte[] tar) throws IOException {
        Kept kept = new Kept();
        try {
            Parcel.Summary summary = TestTar.open(tar, kept);
            assertThat(kept.files.keySet())
                    .containsExactlyElementsOf(summary.manifest().files().stream()
                            .map(Manifest.Item::name)
                            .toList());
        } catch (ParcelFault e) {
            assertThat(e.kind()).isIn(ParcelFault.Kind.NOT_A_PARCEL, ParcelFault.Kind.CONTENTS_DIFFER);
        }
        kept.files.keySet().forEach(Names::check);
    }

    @MethodSource("manifests")
    @FuzzTest
    void whateverXml(byte[] xml) throws ParcelFault {
        Manifest manifest;
        try {
            manifest = ManifestXml.parse(xml);
        } catch (ParcelFault e) {
            return; // Every other exception is a finding.
        }
        assertThat(ManifestXml.parse(ManifestXml.encode(manifest))).isEqualTo(manifest);
    }

    @Test
    void thereAreSeeds() throws Exception {
        assertThat(tars()).hasSizeGreaterThan(40);
        assertThat(manifests()).hasSizeGreaterThan(3);
    }

    private static Manifest.Item item() {
        return new TestTar().file("pax", new byte[0]).items().getFirst();
    }
}
