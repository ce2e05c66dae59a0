package waybill.signature;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.jspecify.annotations.Nullable;

/**
 * A CMS SignedData taken apart, nothing of it believed yet (section 5, step 1). There is one way to write each: DER to the
 * last byte, one signer, no unsigned attributes, so that nothing can be hidden where only some readers look.
 *
 * @param packet the bytes encapsulated
 * @param leaf the certificate the signer is named by
 * @param certificates all that came along, the leaf among them
 * @param crls all that came along
 * @param digest the algorithm of {@code messageDigest}
 * @param algorithm the algorithm of {@code signature}
 * @param signedAttributes the DER that was signed
 * @param messageDigest the digest of the packet, as the signed attributes say it
 * @param signature the signature's bytes
 */
record CmsPacket(
        byte[] packet,
        X509Certificate leaf,
        List<X509Certificate> certificates,
        List<X509CRL> crls,
        AlgorithmIdentifier digest,
        AlgorithmIdentifier algorithm,
        byte[] signedAttributes,
        byte[] messageDigest,
        byte[] signature) {
    /** The most certificates, and the most CRLs, that may come along. */
    static final int MAX_CARRIED = 8;

    /** @throws SignatureFault MALFORMED with what was found */
    static CmsPacket read(byte[] cms) throws SignatureFault {
        if (cms.length > SignedPackets.MAX_BYTES) {
            throw malformed("more than " + SignedPackets.MAX_BYTES + " bytes", null);
        }
        try {
            return taken(cms);
        } catch (IOException | CertificateException | CRLException e) {
            throw malformed(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            // BouncyCastle throws whatever comes, null pointers and empty enumerations too, for a structure that is
            // another
            // one than its type says. A peer chose these bytes: whatever they do, they are no CMS.
            throw malformed("not the structure of a CMS SignedData", e);
        }
    }

    private static CmsPacket taken(byte[] cms) throws IOException, CertificateException, CRLException, SignatureFault {
        require(cms.length > 0, "nothing");
        ContentInfo info = ContentInfo.getInstance(ASN1Primitive.fromByteArray(cms));
        require(CMSObjectIdentifiers.signedData.equals(info.getContentType()), "not SignedData");
        SignedData data = SignedData.getInstance(info.getContent());
        // Written again from its typed parts: what is not DER, sets in order included, comes out otherwise.
        ContentInfo again = new ContentInfo(CMSObjectIdentifiers.signedData, data);
        require(Arrays.equals(cms, again.getEncoded(ASN1Encoding.DER)), "not DER");

        ContentInfo content = data.getEncapContentInfo();
        require(CMSObjectIdentifiers.data.equals(content.getContentType()), "the content is not id-data");
        require(content.getContent() instanceof ASN1OctetString, "no content inside");
        byte[] packet = ((ASN1OctetString) content.getContent()).getOctets();

        require(data.getSignerInfos().size() == 1, "not exactly one signer");
        ASN1Encodable rawSigner = data.getSignerInfos().getObjectAt(0);
        SignerInfo signer = SignerInfo.getInstance(rawSigner);
        require(Arrays.equals(der(rawSigner), der(signer)), "the signer is not DER");
        require(signer.getUnauthenticatedAttributes() == null, "unsigned attributes");
        require(signer.getAuthenticatedAttributes() != null, "no signed attributes");
        AlgorithmIdentifier digest = signer.getDigestAlgorithm();
        require(onlyDigest(data.getDigestAlgorithms(), digest), "another digest algorithm beside the signer's");

        byte[] messageDigest = messageDigest(signer.getAuthenticatedAttributes());
        List<X509Certificate> certificates = certificates(data.getCertificates());
        return new CmsPacket(
                packet,
                leaf(signer.getSID(), certificates),
                certificates,
                crls(data.getCRLs()),
                digest,
                signer.getDigestEncryptionAlgorithm(),
                // Tagged [0] in the message, but signed with the tag of a SET OF (RFC 5652, section 5.4).
                der(signer.getAuthenticatedAttributes()),
                messageDigest,
                signer.getEncryptedDigest().getOctets());
    }

    private static boolean onlyDigest(ASN1Set algorithms, AlgorithmIdentifier signers) {
        return algorithms.size() == 1
                && AlgorithmIdentifier.getInstance(algorithms.getObjectAt(0))
                        .getAlgorithm()
                        .equals(signers.getAlgorithm());
    }

    private static byte[] messageDigest(ASN1Set attributes) throws SignatureFault {
        Set<ASN1ObjectIdentifier> seen = new HashSet<>();
        @Nullable ASN1Encodable contentType = null;
        @Nullable ASN1Encodable messageDigest = null;
        for (ASN1Encodable each : attributes) {
            Attribute attribute = Attribute.getInstance(each);
            ASN1ObjectIdentifier type = attribute.getAttrType();
            require(seen.add(type), "a signed attribute twice");
            if (type.equals(CMSAttributes.contentType)) {
                contentType = onlyValue(attribute);
            } else if (type.equals(CMSAttributes.messageDigest)) {
                messageDigest = onlyValue(attribute);
            }
        }
        require(CMSObjectIdentifiers.data.equals(contentType), "no contentType id-data among the signed attributes");
        if (messageDigest instanceof ASN1OctetString octets) {
            return octets.getOctets();
        }
        throw malformed("no messageDigest among the signed attributes", null);
    }

    private static ASN1Encodable onlyValue(Attribute attribute) throws SignatureFault {
        require(attribute.getAttrValues().size() == 1, "a signed attribute with other than one value");
        return attribute.getAttrValues().getObjectAt(0);
    }

    private static List<X509Certificate> certificates(@Nullable ASN1Set carried)
            throws IOException, CertificateException, SignatureFault {
        require(carried != null && carried.size() <= MAX_CARRIED, "no certificates, or more than " + MAX_CARRIED);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        if (carried != null) {
            for (ASN1Encodable each : carried) {
                require(each instanceof ASN1Sequence, "something that is not an X.509 certificate");
                certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der(each))));
            }
        }
        return List.copyOf(certificates);
    }

    private static List<X509CRL> crls(@Nullable ASN1Set carried)
            throws IOException, CertificateException, CRLException, SignatureFault {
        if (carried == null) {
            return List.of();
        }
        require(carried.size() <= MAX_CARRIED, "more than " + MAX_CARRIED + " CRLs");
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509CRL> crls = new ArrayList<>();
        for (ASN1Encodable each : carried) {
            require(each instanceof ASN1Sequence, "something that is not an X.509 CRL");
            crls.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(der(each))));
        }
        return List.copyOf(crls);
    }

    private static X509Certificate leaf(SignerIdentifier signer, List<X509Certificate> certificates)
            throws IOException, SignatureFault {
        List<X509Certificate> named = new ArrayList<>();
        for (X509Certificate certificate : certificates) {
            if (names(signer, certificate)) {
                named.add(certificate);
            }
        }
        require(named.size() == 1, "the signer's certificate is not there, or not only once");
        return named.getFirst();
    }

    private static boolean names(SignerIdentifier signer, X509Certificate certificate) throws IOException {
        if (signer.isTagged()) {
            byte @Nullable [] extension = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
            return extension != null
                    && Arrays.equals(
                            ASN1OctetString.getInstance(signer.getId()).getOctets(),
                            ASN1OctetString.getInstance(ASN1OctetString.getInstance(extension)
                                            .getOctets())
                                    .getOctets());
        }
        IssuerAndSerialNumber name = IssuerAndSerialNumber.getInstance(signer.getId());
        return name.getSerialNumber().getValue().equals(certificate.getSerialNumber())
                && Arrays.equals(
                        der(name.getName()),
                        certificate.getIssuerX500Principal().getEncoded());
    }

    private static byte[] der(ASN1Encodable value) throws IOException {
        return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    }

    private static void require(boolean holds, String otherwise) throws SignatureFault {
        if (!holds) {
            throw malformed(otherwise, null);
        }
    }

    private static SignatureFault malformed(String detail, @Nullable Throwable cause) {
        return cause == null
                ? new SignatureFault(SignatureFault.Kind.MALFORMED, detail)
                : new SignatureFault(SignatureFault.Kind.MALFORMED, detail, cause);
    }
}
