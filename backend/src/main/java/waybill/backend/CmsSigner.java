package waybill.backend;

import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.jcajce.JcaCRLStore;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.signature.SignedPackets;

/**
 * Puts a packet into CMS SignedData (RFC 5652; section 5): DER, id-data, the packet inside, signed attributes, one signer,
 * its chain without the root, and the CRLs at hand. The only code that signs packets.
 */
final class CmsSigner {
    private CmsSigner() {}

    /**
     * Signs a packet.
     *
     * @param time goes in as the signing time, in whole seconds
     * @throws IOException if the key cannot sign, or the result is over 64 KiB
     */
    static byte[] sign(Packet packet, Instant time, Credential credential, List<X509CRL> crls) throws IOException {
        try {
            ContentSigner signer = new JcaContentSignerBuilder(algorithm(credential.key())).build(credential.key());
            var info = new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                    .setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(signingTime(time)))
                    .build(signer, credential.leaf());
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(info);
            generator.addCertificates(new JcaCertStore(credential.chain()));
            if (!crls.isEmpty()) {
                generator.addCRLs(new JcaCRLStore(crls));
            }
            byte[] cms = generator
                    .generate(new CMSProcessableByteArray(PacketCodec.encode(packet)), true)
                    .toASN1Structure()
                    .getEncoded(ASN1Encoding.DER);
            if (cms.length > SignedPackets.MAX_BYTES) {
                throw new IOException("chain and CRLs make a CMS of " + cms.length + " bytes, "
                        + SignedPackets.MAX_BYTES + " is the most");
            }
            return cms;
        } catch (OperatorCreationException | CMSException | CertificateEncodingException | CRLException e) {
            throw new IOException("cannot sign with " + credential.file(), e);
        }
    }

    /** The JCA name of what a key signs with: the digest is SHA-256 where the algorithm leaves a choice. */
    static String algorithm(PrivateKey key) {
        return switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            // ML-DSA: the parameter set names the algorithm, ML-DSA-65 for one.
            default -> key.getParams() instanceof NamedParameterSpec set ? set.getName() : key.getAlgorithm();
        };
    }

    private static AttributeTable signingTime(Instant time) {
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new Time(Date.from(time)))));
        return new AttributeTable(attributes);
    }
}
