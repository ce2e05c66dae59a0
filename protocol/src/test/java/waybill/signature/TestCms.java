package waybill.signature;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERTaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.jspecify.annotations.Nullable;

/**
 * Writes CMS SignedData part by part, so that a test can make each part wrong by itself. What is not touched is as section
 * 5 wants it.
 */
public final class TestCms implements Supplier<byte[]> {
    private final TestCertificate signer;
    private byte[] packet;
    private byte @Nullable [] digested;
    private ASN1ObjectIdentifier contentType = CMSObjectIdentifiers.data;
    private List<X509Certificate> certificates;
    private List<X509CRL> crls = List.of();
    private boolean attributes = true;
    private boolean encapsulated = true;
    private int signers = 1;
    private UnaryOperator<byte[]> signature = UnaryOperator.identity();
    private UnaryOperator<byte[]> signedAttributes = UnaryOperator.identity();
    private List<Attribute> unsigned = List.of();
    private List<Attribute> more = List.of();
    private boolean indefinite;

    /** A message with this packet by this signer. */
    public TestCms(TestCertificate signer, byte[] packet) {
        this.signer = signer;
        this.packet = packet;
        this.certificates = signer.chain();
    }

    /** Takes these certificates along. */
    public TestCms certificates(List<X509Certificate> value) {
        certificates = value;
        return this;
    }

    /** Takes these CRLs along. */
    public TestCms crls(X509CRL... value) {
        crls = List.of(value);
        return this;
    }

    /** Signs the digest of other bytes than it carries. */
    public TestCms digested(byte[] value) {
        digested = value;
        return this;
    }

    /** Signs the packet itself, without attributes. */
    public TestCms withoutAttributes() {
        attributes = false;
        return this;
    }

    /** Leaves the packet out. */
    public TestCms detached() {
        encapsulated = false;
        return this;
    }

    /** Signs so many times. */
    public TestCms signers(int count) {
        signers = count;
        return this;
    }

    /** Another content type than id-data. */
    public TestCms contentType(String oid) {
        contentType = new ASN1ObjectIdentifier(oid);
        return this;
    }

    /** Changes the signature after it was made. */
    public TestCms signature(UnaryOperator<byte[]> change) {
        signature = change;
        return this;
    }

    /** Changes the DER of the signed attributes after they were signed; it must stay DER of a SET. */
    public TestCms signedAttributes(UnaryOperator<byte[]> change) {
        signedAttributes = change;
        return this;
    }

    /** Further signed attributes. */
    public TestCms more(Attribute... value) {
        more = List.of(value);
        return this;
    }

    /** Unsigned attributes. */
    public TestCms unsigned(Attribute... value) {
        unsigned = List.of(value);
        return this;
    }

    /** Writes BER of indefinite lengths instead of DER. */
    public TestCms indefinite() {
        indefinite = true;
        return this;
    }

    /** The bytes. */
    public byte[] encoded() {
        try {
            List<SignerInfo> infos = new ArrayList<>();
            for (int i = 0; i < signers; i++) {
                infos.add(signerInfo());
            }
            SignedData data = new SignedData(
                    new DERSet(signer.suite().digestId()),
                    new ContentInfo(contentType, encapsulated ? new DEROctetString(packet) : null),
                    certificates.isEmpty() ? null : set(encodings(certificates)),
                    crls.isEmpty() ? null : set(encodingsOf(crls)),
                    new DERSet(infos.toArray(SignerInfo[]::new)));
            if (indefinite) {
                ASN1EncodableVector info = new ASN1EncodableVector();
                info.add(CMSObjectIdentifiers.signedData);
                info.add(new BERTaggedObject(0, data));
                return new BERSequence(info).getEncoded(ASN1Encoding.BER);
            }
            return new ContentInfo(CMSObjectIdentifiers.signedData, data).getEncoded(ASN1Encoding.DER);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public byte[] get() {
        return encoded();
    }

    private SignerInfo signerInfo() throws IOException, GeneralSecurityException {
        TestSuite suite = signer.suite();
        byte[] digest = MessageDigest.getInstance(suite.digest()).digest(digested == null ? packet : digested);
        ASN1EncodableVector list = new ASN1EncodableVector();
        list.add(new Attribute(CMSAttributes.contentType, new DERSet(contentType)));
        list.add(new Attribute(CMSAttributes.messageDigest, new DERSet(new DEROctetString(digest))));
        more.forEach(list::add);
        byte[] signed = new DERSet(list).getEncoded(ASN1Encoding.DER);
        byte[] made = suite.sign(signer.keys().getPrivate(), attributes ? signed : packet);
        return new SignerInfo(
                new SignerIdentifier(new IssuerAndSerialNumber(
                        X500Name.getInstance(
                                signer.certificate().getIssuerX500Principal().getEncoded()),
                        signer.certificate().getSerialNumber())),
                suite.digestId(),
                attributes ? ASN1Set.getInstance(signedAttributes.apply(signed)) : (ASN1Set) null,
                suite.signatureId(),
                new DEROctetString(signature.apply(made)),
                unsigned.isEmpty() ? null : new DERSet(unsigned.toArray(Attribute[]::new)));
    }

    private static List<byte[]> encodings(List<X509Certificate> values) throws GeneralSecurityException {
        List<byte[]> encodings = new ArrayList<>();
        for (X509Certificate value : values) {
            encodings.add(value.getEncoded());
        }
        return encodings;
    }

    private static List<byte[]> encodingsOf(List<X509CRL> values) throws GeneralSecurityException {
        List<byte[]> encodings = new ArrayList<>();
        for (X509CRL value : values) {
            encodings.add(value.getEncoded());
        }
        return encodings;
    }

    private static DERSet set(List<byte[]> encodings) throws IOException {
        ASN1EncodableVector vector = new ASN1EncodableVector();
        for (byte[] each : encodings) {
            ASN1Encodable parsed = ASN1Primitive.fromByteArray(each);
            vector.add(parsed);
        }
        return new DERSet(vector);
    }
}
