package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import waybill.signature.AnchorFault.Kind;

class AnchorsTest {
    private static final TestPki PKI = TestPki.of("a.example");
    private static final TestPki NEXT = TestPki.of("a.example");
    private static final String ROOT = PKI.root().pem();
    private static final String KEY =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";

    @Test
    void theRootsOfAFileAreRead() throws Exception {
        assertThat(Anchors.parse(ROOT)).isEqualTo(PKI.anchors());
        assertThat(Anchors.parse("the old one\n" + ROOT.replace("\n", "\r\n") + "\nthe next one\n"
                        + NEXT.root().pem()))
                .containsExactly(PKI.root().certificate(), NEXT.root().certificate());
        assertThat(Anchors.parse(ROOT + ROOT)).hasSize(1);
    }

    @Test
    void aWrongFileSaysWhatIsWrongWithIt() {
        assertFault(Kind.EMPTY, "");
        assertFault(Kind.EMPTY, " \n");
        assertFault(Kind.NOT_PEM, "<html>It works!</html>");
        assertFault(Kind.NOT_PEM, ROOT.replace("-----END CERTIFICATE-----", ""));
        assertFault(Kind.NOT_PEM, ROOT + "-----BEGIN CERTIFICATE-----\n");
        assertFault(Kind.NOT_PEM, "x".repeat(Anchors.MAX_CHARACTERS + 1));
        assertFault(Kind.PRIVATE_KEY, KEY);
        assertFault(Kind.PRIVATE_KEY, ROOT + KEY.replace(" PRIVATE", " EC PRIVATE"));
        assertFault(Kind.NOT_A_CERTIFICATE, ROOT.replace("CERTIFICATE-", "X509 CRL-"));
        assertFault(Kind.DAMAGED, ROOT.replace("MII", "MIA"));
        assertFault(Kind.DAMAGED, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
        assertFault(Kind.NOT_AN_AUTHORITY, PKI.receipt().pem());
    }

    @Test
    void aSetOfAnchorsHasOneNameInAnyOrder() {
        var one = PKI.root().certificate();
        var two = NEXT.root().certificate();

        assertThat(Anchors.fingerprint(List.of(one, two)))
                .isEqualTo(Anchors.fingerprint(List.of(two, one, two)))
                .isNotEqualTo(Anchors.fingerprint(List.of(one)))
                .isNotEqualTo(Anchors.fingerprint(List.of(two)));
    }

    private static void assertFault(Kind kind, String pem) {
        assertThatThrownBy(() -> Anchors.parse(pem))
                .isInstanceOfSatisfying(
                        AnchorFault.class, fault -> assertThat(fault.kind()).isEqualTo(kind));
    }
}
