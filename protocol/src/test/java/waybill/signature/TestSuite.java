package waybill.signature;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/** A kind of key and how it signs. */
public enum TestSuite {
    /** The default. */
    P256("EC", "secp256r1", "SHA256withECDSA", "SHA-256"),
    /** ECDSA on the larger curve. */
    P384("EC", "secp384r1", "SHA384withECDSA", "SHA-384"),
    /** A curve that does not count. */
    P521("EC", "secp521r1", "SHA512withECDSA", "SHA-512"),
    /** ECDSA with a digest that never counts. */
    P256_SHA1("EC", "secp256r1", "SHA1withECDSA", "SHA-1"),
    /** RSA of claims 6 and 14. */
    RSA_1024("RSA", "1024", "SHA256withRSA", "SHA-256"),
    /** RSA. */
    RSA_2048("RSA", "2048", "SHA256withRSA", "SHA-256"),
    /** RSA with PSS. */
    RSA_3072_PSS("RSA", "3072", "SHA256withRSAandMGF1", "SHA-256"),
    /** Of the lattice (RFC 9882). */
    ML_DSA_65("ML-DSA-65", "", "ML-DSA-65", "SHA-512"),
    /** Another kind of key that does not count. */
    ED25519("Ed25519", "", "Ed25519", "SHA-512");

    private final String keys;
    private final String size;
    private final String signature;
    private final String digest;

    TestSuite(String keys, String size, String signature, String digest) {
        this.keys = keys;
        this.size = size;
        this.signature = signature;
        this.digest = digest;
    }

    /** A fresh pair. */
    public KeyPair generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(keys);
            switch (keys) {
                case "EC" -> generator.initialize(new ECGenParameterSpec(size));
                case "RSA" -> generator.initialize(Integer.parseInt(size));
                default -> {
                    // The name says it all.
                }
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Signs some bytes. */
    public byte[] sign(PrivateKey key, byte[] bytes) {
        try {
            boolean pss = signature.endsWith("andMGF1");
            Signature signer = Signature.getInstance(pss ? "RSASSA-PSS" : signature);
            if (pss) {
                signer.setParameter(new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), 32, 1));
            }
            signer.initSign(key);
            signer.update(bytes);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How certificates and CMS name the signature. */
    public AlgorithmIdentifier signatureId() {
        return new DefaultSignatureAlgorithmIdentifierFinder().find(signature);
    }

    /** How CMS names the digest. */
    public AlgorithmIdentifier digestId() {
        return new DefaultDigestAlgorithmIdentifierFinder().find(digest);
    }

    /** The digest's name for the JDK. */
    public String digest() {
        return digest;
    }

    /** A signer as BouncyCastle's builders want it. */
    public ContentSigner signer(PrivateKey key) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return new ContentSigner() {
            @Override
            public AlgorithmIdentifier getAlgorithmIdentifier() {
                return signatureId();
            }

            @Override
            public OutputStream getOutputStream() {
                return bytes;
            }

            @Override
            public byte[] getSignature() {
                return sign(key, bytes.toByteArray());
            }
        };
    }
}
