package waybill.parcel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import waybill.parcel.Parcels.Bytes;
import waybill.parcel.Parcels.Kept;

class ParcelPropertiesTest {
    private static final AgeKeys KEYS = AgeKeys.generate();

    @Property(tries = 200)
    void whatIsSealedOpensToTheSame(
            @ForAll("files") Map<String, byte[]> files,
            @ForAll("times") Instant created,
            @ForAll("senders") String sender,
            @ForAll @Size(16) byte[] salt)
            throws Exception {
        List<Bytes> sources = new ArrayList<>();
        files.forEach((name, bytes) -> sources.add(new Bytes(name, bytes, created.minusSeconds(bytes.length))));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Parcel.Summary sealed = Parcel.seal(Parcels.ID, sender, salt, created, sources, KEYS.recipient(), out);

        Kept kept = new Kept();
        Parcel.Summary opened = Parcels.open(out.toByteArray(), kept, KEYS.identity());

        assertThat(opened.manifest()).isEqualTo(sealed.manifest());
        assertThat(opened.contents()).isEqualTo(sealed.contents());
        assertThat(kept.files.keySet()).containsExactlyElementsOf(files.keySet());
        files.forEach((name, bytes) -> assertThat(kept.bytes(name)).isEqualTo(bytes));
    }

    @Property(tries = 500)
    void whatWaybillXmlSaysIsReadAsItWasWritten(
            @ForAll("files") Map<String, byte[]> files,
            @ForAll("times") Instant created,
            @ForAll("senders") String sender)
            throws Exception {
        List<Manifest.Item> items = new ArrayList<>();
        files.forEach((name, bytes) ->
                items.add(new Manifest.Item(name, bytes.length, waybill.protocol.Sha256.of(bytes), created)));
        Manifest manifest = new Manifest(Parcels.ID, sender, "0123456789abcdef".repeat(2), created, items);

        assertThat(ManifestXml.parse(ManifestXml.encode(manifest))).isEqualTo(manifest);
    }

    @Provide
    Arbitrary<Map<String, byte[]>> files() {
        // A first part that no other name has for its own keeps files and folders apart.
        Arbitrary<String> name = parts().list().ofMinSize(1).ofMaxSize(4).map(parts -> String.join("/", parts) + "/f");
        Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(2000);
        return Arbitraries.maps(name, bytes).ofMinSize(1).ofMaxSize(5).filter(ParcelPropertiesTest::canLieTogether);
    }

    @Provide
    Arbitrary<Instant> times() {
        return Arbitraries.longs().between(-62_135_596_800L, 253_402_300_799L).map(Instant::ofEpochSecond);
    }

    @Provide
    Arbitrary<String> senders() {
        return text().ofMaxLength(200);
    }

    private static Arbitrary<String> parts() {
        return text().ofMinLength(1)
                .ofMaxLength(60)
                .filter(part ->
                        !part.equals(".") && !part.equals("..") && part.indexOf('/') < 0 && part.indexOf('\\') < 0);
    }

    private static net.jqwik.api.arbitraries.StringArbitrary text() {
        return Arbitraries.strings()
                .withCharRange(' ', '~')
                .withCharRange('\u00a0', '\u02ff')
                .withCharRange('\u4e00', '\u4eff');
    }

    private static boolean canLieTogether(Map<String, byte[]> files) {
        return files.keySet().stream()
                .noneMatch(one -> files.keySet().stream().anyMatch(other -> other.startsWith(one + "/")));
    }
}
