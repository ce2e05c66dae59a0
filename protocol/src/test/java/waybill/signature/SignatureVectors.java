package waybill.signature;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.VectorWriter;
import waybill.signature.SignatureFault.Kind;
import waybill.signature.TestCertificate.Spec;

/**
 * Makes {@code spec/vectors/receipt}, {@code refusal} and {@code profile} anew, with new keys. For a change of the format
 * or for another behaviour to show:
 *
 * <pre>mvn -o test -pl protocol -Dtest=SignatureVectorsTest -Dwaybill.vectors.write=true</pre>
 *
 * <p>What the sender knows is the same in all: {@link #BACKEND}, {@link #ID}, {@link #SIZE}, {@link #SHA256},
 * {@link #CONTENTS}, and {@link #NOW}, a minute after {@link #RECEIVED}.
 */
final class SignatureVectors {
    static final String HOST = "backend.example";
    static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    static final Instant RECEIVED = Instant.parse("2026-03-01T12:00:00Z");
    static final Instant NOW = RECEIVED.plusSeconds(60);
    static final TaskId ID = TaskId.parse("019ca8f3-4400-7abc-8def-0123456789ab");
    static final long SIZE = 4711;
    static final Sha256 SHA256 = Sha256.of("the bytes sent".getBytes(UTF_8));
    static final Sha256 CONTENTS = Sha256.of("waybill.xml".getBytes(UTF_8));
    static final Packet.Receipt RECEIPT = receipt(RECEIVED);
    static final Packet.Profile PROFILE = new Packet.Profile(
            ID,
            BACKEND,
            7,
            "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
            1L << 30,
            RECEIVED.plusSeconds(86400));

    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    private static final Instant YEARS_LATER = Instant.parse("2031-01-01T00:00:00Z");

    private final VectorWriter out;
    private final TestPki pki = TestPki.of(HOST);
    private final TestCertificate other = TestCertificate.root(TestSuite.P256, Spec.authority("Root of " + HOST));
    private final TestCertificate middle = pki.root().issue(TestSuite.P256, Spec.authority("Intermediate"));
    private final TestPki old = TestPki.of(HOST, TestSuite.RSA_1024);

    SignatureVectors(VectorWriter out) {
        this.out = out;
    }

    void write() {
        out.shared("receipt", "anchor.pem", pki.root().pem());
        out.shared("refusal", "anchor.pem", pki.root().pem());
        out.shared("profile", "anchor.pem", pki.root().pem());
        out.shared("receipt", "anchor-rsa-1024.pem", old.root().pem());
        goodReceipts();
        goodReceiptsWithOtherKeys();
        new ForgeryVectors(out, pki, other, old).write();
        chains();
        revocations();
        namesAndRoles();
        deliveries();
        new OutcomeVectors(out, pki, other).write();
    }

    private VectorWriter.Draft receipt(String name, Kind kind, String about) {
        return known(out.bad("receipt", name, kind.name(), about));
    }

    private VectorWriter.Draft good(String name, String about) {
        return known(out.good("receipt", name, about));
    }

    /** What the sender knows beforehand, where the vector says nothing else. */
    static VectorWriter.Draft known(VectorWriter.Draft draft) {
        return draft.said("anchors", "anchor.pem")
                .said("now", NOW)
                .said("backend", BACKEND)
                .said("id", ID)
                .said("size", SIZE)
                .said("sha256", SHA256)
                .said("contents", CONTENTS);
    }

    private void goodReceipts() {
        good("p256", "ECDSA P-256 with SHA-256, the default").is(cms(pki.receipt()));
        good("not-opened", "the backend stored the bytes and could not open them")
                .is(cms(pki.receipt(), notOpened()));
        good("nothing-claimed", "the sender claimed no contents and the receipt states some")
                .said("contents", "")
                .is(cms(pki.receipt()));
        TestCertificate leaf = middle.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT));
        good("intermediate", "an intermediate authority, which comes along").is(cms(leaf));
        good("root-carried", "the root comes along, too")
                .is(new TestCms(pki.receipt(), bytes(RECEIPT))
                        .certificates(
                                List.of(pki.receipt().certificate(), pki.root().certificate())));
        TestCertificate shortLived =
                pki.root().issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT).between(MARCH, APRIL));
        good("expired-since", "the certificate has expired since, and was valid when the receipt was signed")
                .said("now", YEARS_LATER)
                .is(cms(shortLived));
        good("ahead-within-skew", "received ten minutes ahead of the sender's clock")
                .is(cms(pki.receipt(), receipt(NOW.plusSeconds(600))));
        good("signing-time", "another signed attribute, which says nothing to us")
                .is(new TestCms(pki.receipt(), bytes(RECEIPT))
                        .more(new Attribute(
                                CMSAttributes.signingTime, new DERSet(new Time(java.util.Date.from(RECEIVED))))));
    }

    private void goodReceiptsWithOtherKeys() {
        for (TestSuite suite :
                List.of(TestSuite.P384, TestSuite.RSA_2048, TestSuite.RSA_3072_PSS, TestSuite.ML_DSA_65)) {
            TestPki keys = TestPki.of(HOST, suite);
            String name = suite.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            out.shared("receipt", "anchor-" + name + ".pem", keys.root().pem());
            good(name, "keys of " + suite)
                    .said("anchors", "anchor-" + name + ".pem")
                    .is(cms(keys.receipt()));
        }
        good("rsa-1024-allowed", "RSA keys of 1,024 bits, allowed by name (claims 6 and 14)")
                .said("anchors", "anchor-rsa-1024.pem")
                .said("allow-rsa-1024", "yes")
                .is(cms(old.receipt()));
    }

    private void chains() {
        TestCertificate self = TestCertificate.root(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT));
        receipt("self-signed", Kind.UNKNOWN_CHAIN, "a certificate of the liar's own")
                .is(cms(self));
        receipt("other-authority", Kind.UNKNOWN_CHAIN, "an authority of the same name with another key")
                .is(cms(other.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT))));
        receipt("other-authority-expired", Kind.UNKNOWN_CHAIN, "the same, dressed up as expired")
                .is(cms(other.issue(
                        TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT).between(Spec.FROM, MARCH))));
        TestCertificate unseen = middle.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT));
        receipt("intermediate-missing", Kind.UNKNOWN_CHAIN, "the intermediate authority does not come along")
                .is(new TestCms(unseen, bytes(RECEIPT)).certificates(List.of(unseen.certificate())));
        receipt("issued-by-a-leaf", Kind.UNKNOWN_CHAIN, "the intermediate is no authority")
                .is(cms(pki.receipt().issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT))));

        Spec leaf = Spec.leaf(HOST, Role.RECEIPT);
        receipt("expired", Kind.EXPIRED, "the certificate had expired when the receipt was signed")
                .is(cms(pki.root().issue(TestSuite.P256, leaf.between(Spec.FROM, MARCH))));
        receipt("not-yet-valid", Kind.EXPIRED, "the certificate was not valid yet when the receipt was signed")
                .is(cms(pki.root().issue(TestSuite.P256, leaf.between(APRIL, Spec.TO))));
        receipt("intermediate-expired", Kind.EXPIRED, "the intermediate authority had expired")
                .is(cms(pki.root()
                        .issue(
                                TestSuite.P256,
                                Spec.authority("Old intermediate").between(Spec.FROM, MARCH))
                        .issue(TestSuite.P256, leaf)));
    }

    private void revocations() {
        X509Certificate leaf = pki.receipt().certificate();
        X509Certificate publisher = pki.publisher().certificate();
        good("crl", "a CRL that takes back another certificate")
                .is(cms(pki.receipt()).crls(pki.root().crl(MARCH, APRIL, MARCH, CRLReason.unspecified, publisher)));
        good("crl-later", "superseded after the receipt was signed")
                .said("now", YEARS_LATER)
                .is(cms(pki.receipt()).crls(pki.root().crl(APRIL, Spec.TO, APRIL, CRLReason.superseded, leaf)));
        good("crl-forged", "a CRL by a stranger, who has no say")
                .is(cms(pki.receipt()).crls(other.crl(MARCH, APRIL, MARCH, CRLReason.unspecified, leaf)));
        receipt("revoked", Kind.REVOKED, "revoked when the receipt was signed")
                .is(cms(pki.receipt()).crls(pki.root().crl(MARCH, APRIL, MARCH, CRLReason.unspecified, leaf)));
        receipt("compromised-later", Kind.REVOKED, "the key was compromised, since when does not matter")
                .said("now", YEARS_LATER)
                .is(cms(pki.receipt()).crls(pki.root().crl(APRIL, Spec.TO, APRIL, CRLReason.keyCompromise, leaf)));
        receipt("intermediate-revoked", Kind.REVOKED, "the intermediate authority was revoked")
                .is(cms(middle.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT)))
                        .crls(pki.root().crl(MARCH, APRIL, MARCH, CRLReason.unspecified, middle.certificate())));
    }

    private void namesAndRoles() {
        Spec leaf = Spec.leaf(HOST, Role.RECEIPT);
        List<String> roles = List.of(Role.RECEIPT.uri());
        for (String name : List.of("other.example", "*.example", "www.backend.example", "example")) {
            receipt("name-" + name.replace("*", "wildcard"), Kind.WRONG_NAME, "the certificate is for " + name)
                    .is(cms(pki.root().issue(TestSuite.P256, leaf.named(List.of(name), roles))));
        }
        receipt("name-common-only", Kind.WRONG_NAME, "the host is the common name alone")
                .is(cms(pki.root().issue(TestSuite.P256, leaf.named(List.of(), roles))));
        receipt("publisher-key", Kind.WRONG_ROLE, "the publisher's key signed a receipt")
                .is(cms(pki.publisher()));
        receipt("tls-certificate", Kind.WRONG_ROLE, "the host's TLS key signed a receipt")
                .is(cms(pki.root()
                        .issue(
                                TestSuite.P256,
                                leaf.named(List.of(HOST), List.of())
                                        .used(KeyUsage.digitalSignature, List.of(KeyPurposeId.id_kp_serverAuth)))));
        receipt("purpose", Kind.WRONG_ROLE, "the certificate is for TLS servers only")
                .is(cms(pki.root()
                        .issue(
                                TestSuite.P256,
                                leaf.used(KeyUsage.digitalSignature, List.of(KeyPurposeId.id_kp_serverAuth)))));
        receipt("usage", Kind.WRONG_ROLE, "the key is for key agreement only")
                .is(cms(pki.root().issue(TestSuite.P256, leaf.used(KeyUsage.keyAgreement, leaf.purposes()))));
        receipt("usage-missing", Kind.WRONG_ROLE, "the certificate says nothing of its key's usage")
                .is(cms(pki.root().issue(TestSuite.P256, leaf.used(0, leaf.purposes()))));
    }

    private void deliveries() {
        TaskId id = TaskId.parse("019ca8f3-4400-7abc-8def-0123456789ac");
        Sha256 digest = Sha256.of("other bytes".getBytes(UTF_8));
        BackendUrl url = BackendUrl.parse("https://backend.example/outbox");
        BackendUrl port = BackendUrl.parse("https://backend.example:8443/inbox");
        delivery(
                "id", "another task", new Packet.Receipt(id, BACKEND, SIZE, SHA256, claimed(), true, none(), RECEIVED));
        delivery("href", "another path", new Packet.Receipt(ID, url, SIZE, SHA256, claimed(), true, none(), RECEIVED));
        delivery("port", "another port", new Packet.Receipt(ID, port, SIZE, SHA256, claimed(), true, none(), RECEIVED));
        delivery("size", "another size", sized(SIZE - 1));
        delivery(
                "sha256",
                "other bytes under the same ID",
                new Packet.Receipt(ID, BACKEND, SIZE, digest, claimed(), true, none(), RECEIVED));
        delivery(
                "contents",
                "other contents",
                new Packet.Receipt(ID, BACKEND, SIZE, SHA256, Optional.of(digest), true, none(), RECEIVED));
        delivery(
                "no-contents",
                "the claim of contents is not echoed",
                new Packet.Receipt(ID, BACKEND, SIZE, SHA256, Optional.empty(), false, none(), RECEIVED));
        receipt("profile", Kind.WRONG_DELIVERY, "a profile instead of a receipt")
                .is(cms(pki.publisher(), PROFILE));
        byte[] tomorrow = new String(bytes(RECEIPT), StandardCharsets.UTF_8)
                .replace("version=\"1.0\"", "version=\"2.0\"")
                .getBytes(StandardCharsets.UTF_8);
        receipt("later-version", Kind.UNKNOWN_PACKET, "a receipt of version 2.0, signed by the backend's own key")
                .is(new TestCms(pki.receipt(), tomorrow));
        receipt("ahead", Kind.BEYOND_SKEW, "received ten minutes and a second ahead of the sender's clock")
                .is(cms(pki.receipt(), receipt(NOW.plusSeconds(601))));
    }

    private void delivery(String name, String about, Packet packet) {
        receipt("delivery-" + name, Kind.WRONG_DELIVERY, about).is(cms(pki.receipt(), packet));
    }

    static TestCms cms(TestCertificate signer) {
        return cms(signer, RECEIPT);
    }

    static TestCms cms(TestCertificate signer, Packet packet) {
        return new TestCms(signer, bytes(packet));
    }

    static byte[] bytes(Packet packet) {
        return PacketCodec.encode(packet);
    }

    static Packet.Receipt receipt(Instant received) {
        return new Packet.Receipt(ID, BACKEND, SIZE, SHA256, claimed(), true, none(), received);
    }

    static Packet.Receipt sized(long size) {
        return new Packet.Receipt(ID, BACKEND, size, SHA256, claimed(), true, none(), RECEIVED);
    }

    private static Packet.Receipt notOpened() {
        return new Packet.Receipt(ID, BACKEND, SIZE, SHA256, claimed(), false, none(), RECEIVED);
    }

    static Optional<Sha256> claimed() {
        return Optional.of(CONTENTS);
    }

    static Optional<String> none() {
        return Optional.empty();
    }
}
