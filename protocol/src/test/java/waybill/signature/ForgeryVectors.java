package waybill.signature;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static waybill.signature.SignatureVectors.BACKEND;
import static waybill.signature.SignatureVectors.HOST;
import static waybill.signature.SignatureVectors.ID;
import static waybill.signature.SignatureVectors.RECEIPT;
import static waybill.signature.SignatureVectors.SHA256;
import static waybill.signature.SignatureVectors.SIZE;
import static waybill.signature.SignatureVectors.bytes;
import static waybill.signature.SignatureVectors.cms;
import static waybill.signature.SignatureVectors.known;
import static waybill.signature.SignatureVectors.sized;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.VectorWriter;
import waybill.signature.SignatureFault.Kind;
import waybill.signature.TestCertificate.Spec;

/** The receipts that fail the first three checks of section 5. */
final class ForgeryVectors {
    private static final BigInteger P256_ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    private final VectorWriter out;
    private final TestPki pki;
    private final TestCertificate other;
    private final TestPki old;

    ForgeryVectors(VectorWriter out, TestPki pki, TestCertificate other, TestPki old) {
        this.out = out;
        this.pki = pki;
        this.other = other;
        this.old = old;
    }

    void write() {
        malformed();
        algorithms();
        badSignatures();
    }

    private VectorWriter.Draft receipt(String name, Kind kind, String about) {
        return known(out.bad("receipt", name, kind.name(), about));
    }

    private void malformed() {
        byte[] right = cms(pki.receipt()).encoded();
        receipt("empty", Kind.MALFORMED, "nothing").is(new byte[0]);
        receipt("garbage", Kind.MALFORMED, "a page of text")
                .is("<html><body>It works!</body></html>\n".getBytes(US_ASCII));
        receipt("bare-packet", Kind.MALFORMED, "the packet without a signature").is(bytes(RECEIPT));
        receipt("truncated", Kind.MALFORMED, "the last byte is missing").is(Arrays.copyOf(right, right.length - 1));
        receipt("trailing-byte", Kind.MALFORMED, "one byte more").is(Arrays.copyOf(right, right.length + 1));
        receipt("ber", Kind.MALFORMED, "BER with indefinite lengths")
                .is(cms(pki.receipt()).indefinite());
        receipt("too-large", Kind.MALFORMED, "more than 64 KiB")
                .is(new TestCms(pki.receipt(), bytes(RECEIPT))
                        .more(attribute(new DEROctetString(new byte[64 * 1024]))));
        receipt("two-signers", Kind.MALFORMED, "two signatures")
                .is(cms(pki.receipt()).signers(2));
        receipt("no-signer", Kind.MALFORMED, "no signature")
                .is(cms(pki.receipt()).signers(0));
        receipt("no-attributes", Kind.MALFORMED, "the packet signed without attributes")
                .is(cms(pki.receipt()).withoutAttributes());
        receipt("attribute-twice", Kind.MALFORMED, "two messageDigest attributes")
                .is(cms(pki.receipt())
                        .more(new Attribute(
                                CMSAttributes.messageDigest, new DERSet(new DEROctetString(new byte[32])))));
        receipt("unsigned-attribute", Kind.MALFORMED, "an attribute that is not signed")
                .is(cms(pki.receipt()).unsigned(attribute(new ASN1Integer(1))));
        receipt("detached", Kind.MALFORMED, "the packet is not inside")
                .is(cms(pki.receipt()).detached());
        receipt("content-type", Kind.MALFORMED, "the content is id-ct-TSTInfo")
                .is(cms(pki.receipt()).contentType("1.2.840.113549.1.9.16.1.4"));
        receipt("no-certificate", Kind.MALFORMED, "the signer's certificate does not come along")
                .is(cms(pki.receipt()).certificates(List.of(pki.root().certificate())));
        receipt("not-a-packet", Kind.MALFORMED, "a text is signed")
                .is(new TestCms(pki.receipt(), "received".getBytes(US_ASCII)));
        receipt("dtd", Kind.MALFORMED, "a packet with a document type is signed")
                .is(new TestCms(
                        pki.receipt(),
                        new String(bytes(RECEIPT), UTF_8)
                                .replace("<service", "<!DOCTYPE service [<!ENTITY a 'b'>]><service")
                                .getBytes(UTF_8)));
        receipt("packet-4097", Kind.MALFORMED, "a packet of 4,097 bytes is signed")
                .is(new TestCms(pki.receipt(), padded(4097)));
        receipt("request", Kind.MALFORMED, "a packet that is not signed in this protocol")
                .is(cms(
                        pki.receipt(),
                        new Packet.Request(ID, Packet.Method.PUT, BACKEND, SIZE, 1, Promise.MAX_HOPS, SHA256)));
    }

    private void algorithms() {
        receipt("rsa-1024", Kind.ALGORITHM_NOT_ALLOWED, "RSA keys of 1,024 bits, not allowed by name")
                .said("anchors", "anchor-rsa-1024.pem")
                .is(cms(old.receipt()));
        TestCertificate weakMiddle = pki.root().issue(TestSuite.RSA_1024, Spec.authority("Weak intermediate"));
        receipt("rsa-1024-intermediate", Kind.ALGORITHM_NOT_ALLOWED, "an RSA key of 1,024 bits within the chain")
                .is(cms(weakMiddle.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT))));
        receipt("rsa-1024-root", Kind.ALGORITHM_NOT_ALLOWED, "an anchor with an RSA key of 1,024 bits")
                .said("anchors", "anchor-rsa-1024.pem")
                .is(cms(old.root().issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT))));
        for (TestSuite suite : List.of(TestSuite.P256_SHA1, TestSuite.P521, TestSuite.ED25519)) {
            receipt(
                            suite.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                            Kind.ALGORITHM_NOT_ALLOWED,
                            "a signature of " + suite)
                    .is(cms(pki.root().issue(suite, Spec.leaf(HOST, Role.RECEIPT))));
        }
        TestCertificate sha1 = new TestCertificate(
                TestSuite.P256_SHA1, pki.root().keys(), pki.root().certificate(), List.of());
        receipt("sha1-certificate", Kind.ALGORITHM_NOT_ALLOWED, "a certificate signed with SHA-1")
                .is(cms(sha1.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT))));
    }

    private void badSignatures() {
        Object[][] blanks = {
            {"blank", BigInteger.ZERO, BigInteger.ZERO},
            {"blank-r", BigInteger.ZERO, BigInteger.ONE},
            {"blank-s", BigInteger.ONE, BigInteger.ZERO},
            {"r-is-order", P256_ORDER, BigInteger.ONE},
            {"s-is-order", BigInteger.ONE, P256_ORDER},
            {"both-order", P256_ORDER, P256_ORDER},
            {"negative", BigInteger.ONE.negate(), BigInteger.ONE.negate()}
        };
        for (Object[] blank : blanks) {
            ASN1EncodableVector pair = new ASN1EncodableVector();
            pair.add(new ASN1Integer((BigInteger) blank[1]));
            pair.add(new ASN1Integer((BigInteger) blank[2]));
            byte[] signature = der(new DERSequence(pair));
            receipt(
                            "ecdsa-" + blank[0],
                            Kind.BAD_SIGNATURE,
                            "an ECDSA signature of numbers out of range (CVE-2022-21449)")
                    .is(cms(pki.receipt()).signature(right -> signature));
        }
        receipt("signature-empty", Kind.BAD_SIGNATURE, "a signature of no bytes")
                .is(cms(pki.receipt()).signature(right -> new byte[0]));
        receipt("signature-flipped", Kind.BAD_SIGNATURE, "one bit of the signature")
                .is(cms(pki.receipt()).signature(right -> flipped(right, 20)));
        receipt("attributes-flipped", Kind.BAD_SIGNATURE, "one bit of the digest in the signed attributes")
                .is(cms(pki.receipt()).signedAttributes(right -> flipped(right, right.length - 1)));
        receipt("packet-flipped", Kind.BAD_SIGNATURE, "one bit of the packet: another size")
                .is(new TestCms(pki.receipt(), bytes(sized(SIZE + 1))).digested(bytes(RECEIPT)));
        receipt("other-key", Kind.BAD_SIGNATURE, "signed with another key than the certificate's")
                .is(cms(new TestCertificate(
                        TestSuite.P256,
                        other.keys(),
                        pki.receipt().certificate(),
                        pki.receipt().issuers())));
    }

    private static byte[] padded(int length) {
        String packet = new String(bytes(RECEIPT), UTF_8);
        int end = packet.lastIndexOf("/>");
        int more = length - packet.length() - " pad=\"\"".length();
        return (packet.substring(0, end) + " pad=\"" + "0".repeat(more) + "\"" + packet.substring(end)).getBytes(UTF_8);
    }

    private static Attribute attribute(ASN1Encodable value) {
        return new Attribute(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), new DERSet(value));
    }

    private static byte[] flipped(byte[] right, int at) {
        byte[] wrong = right.clone();
        wrong[at] ^= 1;
        return wrong;
    }

    private static byte[] der(ASN1Encodable value) {
        try {
            return value.toASN1Primitive().getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
