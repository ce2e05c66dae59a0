package waybill.parcel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.protocol.Sha256;

class ManifestXmlTest {
    private static final Manifest MANIFEST = new Manifest(
            Parcels.ID,
            "host 1",
            "00112233445566778899aabbccddeeff",
            Parcels.CREATED,
            List.of(new Manifest.Item("a&b/<c>.txt", 5, Sha256.of(new byte[0]), Parcels.CREATED)));
    private static final String XML = """
            <?xml version="1.0" encoding="UTF-8"?>
            <waybill version="1.0" ID="019a8c1e-0000-7000-8000-000000000001" sender="host 1"\
             salt="00112233445566778899aabbccddeeff" created="2026-03-01T12:00:00Z">
              <file name="a&amp;b/&lt;c&gt;.txt" size="5"\
             sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" modified="2026-03-01T12:00:00Z"/>
            </waybill>
            """;

    @Test
    void isWrittenInOneWay() {
        assertThat(new String(ManifestXml.encode(MANIFEST), UTF_8)).isEqualTo(XML);
    }

    @Test
    void isReadAsItWasWritten() throws Exception {
        assertThat(ManifestXml.parse(XML.getBytes(UTF_8))).isEqualTo(MANIFEST);
    }

    @Test
    void whatALaterVersionAddsIsIgnored() throws Exception {
        String later = XML.replace("version=\"1.0\" ID", "version=\"1.7\" colour=\"red\" ID")
                .replace("size=", "mode=\"0644\" size=");
        assertThat(ManifestXml.parse(later.getBytes(UTF_8))).isEqualTo(MANIFEST);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "encoding=\"UTF-8\" | encoding=\"ISO-8859-1\"",
                "<waybill version | <!DOCTYPE waybill><waybill version",
                "<waybill version | <!DOCTYPE waybill [<!ENTITY e \"x\">]><waybill version",
                "<waybill version | <!-- hello --><waybill version",
                "<waybill version | <?run this?><waybill version",
                "<waybill version | <waybill xmlns=\"urn:x\" version",
                "<waybill version | <waybill xmlns:a=\"urn:x\" version",
                "host 1 | &e;",
                "version=\"1.0\" ID | version=\"2.0\" ID",
                "version=\"1.0\" ID | ID",
                "salt=\"0 | salt=\"x",
                "salt=\"0 | salt=\"",
                "sender=\"host 1\" | ``",
                "sender=\"host 1\" | sender=\"&#27;[2J\"",
                "sender=\"host 1\" | sender=\"a&#10;b\"",
                "sender=\"host 1\" | sender=\"a\" sender=\"b\"",
                "12:00:00Z\"> | 12:00:00+01:00\">",
                "12:00:00Z\"> | 12:00:00.5Z\">",
                "03-01T12:00:00Z\"> | 13-01T12:00:00Z\">",
                "size=\"5\" | size=\"-5\"",
                "size=\"5\" | size=\"05\"",
                "size=\"5\" | size=\"5.0\"",
                "size=\"5\" | size=\"9223372036854775808\"",
                "sha256=\"e3 | sha256=\"E3",
                "a&amp;b/ | ../",
                "a&amp;b/ | /",
                "</waybill> | text</waybill>",
                "</waybill> | <folder/></waybill>",
                "</waybill> | </waybill><waybill/>",
                "</waybill> | ``",
                "<file name | <file><file/></file><file name",
                "<waybill version | <parcel version"
            })
    void anythingElseIsNoManifest(String part, String instead) {
        String wrong = XML.replace(part, instead);
        assertThat(wrong).isNotEqualTo(XML);
        assertNone(wrong.getBytes(UTF_8));
    }

    @Test
    void otherEncodingsAndSizesAreNoManifest() {
        assertNone(new byte[0]);
        assertNone(XML.replace("host 1", "h\u00f6st").getBytes(ISO_8859_1));
        assertNone(XML.getBytes(UTF_16));
        assertNone(("\ufeff" + XML).getBytes(UTF_8));
        assertNone(new byte[ManifestXml.MAX_BYTES + 1]);
        assertNone(XML.replace("host 1", "s".repeat(Manifest.MAX_SENDER + 1)).getBytes(UTF_8));
    }

    @Test
    void whatIsNoUtf8IsSaidToBeThatWhereverItStands() {
        String late = XML.replace("</waybill>", " ".repeat(100_000) + "\u00f6</waybill>");
        for (String text : new String[] {XML.replace("host 1", "h\u00f6st"), late}) {
            assertThatThrownBy(() -> ManifestXml.parse(text.getBytes(ISO_8859_1)))
                    .isInstanceOf(ParcelFault.class)
                    .hasMessageContaining("not UTF-8");
        }
    }

    @Test
    void moreFilesThanAParcelMayHaveAreNoManifest() {
        String file = "  <file name=\"f%d\" size=\"0\" sha256=\"" + "0".repeat(64)
                + "\" modified=\"2026-03-01T12:00:00Z\"/>\n";
        StringBuilder files = new StringBuilder();
        for (int i = 0; i < Manifest.MAX_FILES; i++) {
            files.append(file.formatted(i));
        }
        assertNone(XML.replace("</waybill>", files + "</waybill>").getBytes(UTF_8));
    }

    private static void assertNone(byte[] xml) {
        assertThatThrownBy(() -> ManifestXml.parse(xml))
                .isInstanceOfSatisfying(
                        ParcelFault.class, fault -> assertThat(fault.kind()).isEqualTo(ParcelFault.Kind.NOT_A_PARCEL));
    }
}
