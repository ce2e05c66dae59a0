package waybill.signature;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/**
 * The signature algorithms that count (section 5, step 2), for packets and for the certificates behind them: ECDSA on
 * P-256 and P-384, RSA of 2,048 bits or more with PKCS#1 v1.5 or PSS, all with SHA-2, and ML-DSA-65 (RFC 9882). What is
 * not in the list is not allowed; SHA-1 never is. Immutable.
 */
final class Algorithms {
    private static final int RSA_MIN = 2048;
    private static final int RSA_OLD = 1024;
    /** Verifying takes time with the square of the size, and the size is a stranger's choice. */
    private static final int RSA_MAX = 8192;

    /** Of PSS, in bytes: that of the smallest digest. */
    private static final int SALT_MIN = 32;

    private static final Map<String, String> DIGESTS = Map.of(
            NISTObjectIdentifiers.id_sha256.getId(), "SHA-256",
            NISTObjectIdentifiers.id_sha384.getId(), "SHA-384",
            NISTObjectIdentifiers.id_sha512.getId(), "SHA-512");
    private static final Map<String, String> ECDSA = Map.of(
            X9ObjectIdentifiers.ecdsa_with_SHA256.getId(), "SHA-256",
            X9ObjectIdentifiers.ecdsa_with_SHA384.getId(), "SHA-384",
            X9ObjectIdentifiers.ecdsa_with_SHA512.getId(), "SHA-512");
    private static final Map<String, String> RSA = Map.of(
            PKCSObjectIdentifiers.sha256WithRSAEncryption.getId(), "SHA-256",
            PKCSObjectIdentifiers.sha384WithRSAEncryption.getId(), "SHA-384",
            PKCSObjectIdentifiers.sha512WithRSAEncryption.getId(), "SHA-512");
    private static final String ML_DSA = "ML-DSA-65";
    private static final List<ECParameterSpec> CURVES = List.of(curve("secp256r1"), curve("secp384r1"));

    private final int rsaLeast;

    Algorithms(boolean allowRsa1024) {
        this.rsaLeast = allowRsa1024 ? RSA_OLD : RSA_MIN;
    }

    /**
     * How to verify something.
     *
     * @param name of {@link java.security.Signature}
     * @param pss its parameters, for PSS
     * @param digest of {@link java.security.MessageDigest}, for the packet
     */
    record Scheme(String name, Optional<PSSParameterSpec> pss, String digest) {}

    /**
     * The scheme of a signed packet, whose key must suit it.
     *
     * @throws SignatureFault ALGORITHM_NOT_ALLOWED
     */
    Scheme ofPacket(AlgorithmIdentifier signature, AlgorithmIdentifier digest, PublicKey key) throws SignatureFault {
        String oid = signature.getAlgorithm().getId();
        @Nullable String hash = DIGESTS.get(digest.getAlgorithm().getId());
        if (hash == null) {
            throw notAllowed("digest " + digest.getAlgorithm());
        }
        checkKey(key);
        if (key instanceof ECPublicKey && hash.equals(ECDSA.get(oid))) {
            return new Scheme(joined(hash, "ECDSA"), Optional.empty(), hash);
        }
        // rsaEncryption is how most programs say it in CMS: the digest is then the signer's.
        boolean bare = PKCSObjectIdentifiers.rsaEncryption.getId().equals(oid);
        if (key instanceof RSAPublicKey && (bare || hash.equals(RSA.get(oid)))) {
            return new Scheme(joined(hash, "RSA"), Optional.empty(), hash);
        }
        if (key instanceof RSAPublicKey && isPss(oid)) {
            return new Scheme("RSASSA-PSS", Optional.of(pss(signature, Optional.of(hash))), hash);
        }
        // RFC 9882, section 3.3: no digest weaker than the signature.
        if (isMlDsa(key) && isMlDsa(oid) && !hash.equals("SHA-256")) {
            return new Scheme(ML_DSA, Optional.empty(), hash);
        }
        throw notAllowed("signature " + oid + " with " + hash + " by a key of " + key.getAlgorithm());
    }

    /**
     * Checks a certificate's key, and how the certificate was signed.
     *
     * @throws SignatureFault ALGORITHM_NOT_ALLOWED
     */
    void checkCertificate(X509Certificate certificate) throws SignatureFault {
        checkKey(certificate.getPublicKey());
        checkSignature(certificate.getSigAlgOID(), certificate.getSigAlgParams());
    }

    /**
     * Checks how a certificate or CRL was signed.
     *
     * @param parameters in DER, if there are any
     * @throws SignatureFault ALGORITHM_NOT_ALLOWED
     */
    void checkSignature(String oid, byte @Nullable [] parameters) throws SignatureFault {
        if (isPss(oid)) {
            pss(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS, asn1(parameters)), Optional.empty());
        } else if (!ECDSA.containsKey(oid) && !RSA.containsKey(oid) && !isMlDsa(oid)) {
            throw notAllowed("a certificate signed with " + oid);
        }
    }

    /** Whether verifying with this key takes a bounded time, whatever else it is. */
    static boolean isBounded(PublicKey key) {
        return !(key instanceof RSAPublicKey rsa) || rsa.getModulus().bitLength() <= RSA_MAX;
    }

    /** @throws SignatureFault ALGORITHM_NOT_ALLOWED for a kind, curve or size of key that does not count */
    void checkKey(PublicKey key) throws SignatureFault {
        switch (key) {
            case RSAPublicKey rsa -> {
                int bits = rsa.getModulus().bitLength();
                if (bits < rsaLeast || bits > RSA_MAX) {
                    throw notAllowed("an RSA key of " + bits + " bits");
                }
            }
            case ECPublicKey ec -> {
                if (CURVES.stream().noneMatch(curve -> same(curve, ec.getParams()))) {
                    throw notAllowed("an ECDSA key on another curve than P-256 and P-384");
                }
            }
            default -> {
                if (!isMlDsa(key)) {
                    throw notAllowed("a key of " + key.getAlgorithm());
                }
            }
        }
    }

    private static PSSParameterSpec pss(AlgorithmIdentifier signature, Optional<String> wanted) throws SignatureFault {
        try {
            RSASSAPSSparams parameters = RSASSAPSSparams.getInstance(signature.getParameters());
            if (parameters != null && parameters.getMaskGenAlgorithm().getParameters() != null) {
                @Nullable String hash = DIGESTS.get(oid(parameters.getHashAlgorithm()));
                @Nullable
                String mask = DIGESTS.get(oid(parameters.getMaskGenAlgorithm().getParameters()));
                int salt = parameters.getSaltLength().intValueExact();
                if (hash != null
                        && hash.equals(mask)
                        && hash.equals(wanted.orElse(hash))
                        && PKCSObjectIdentifiers.id_mgf1.equals(
                                parameters.getMaskGenAlgorithm().getAlgorithm())
                        && parameters.getTrailerField().intValueExact() == 1
                        && salt >= SALT_MIN
                        && salt <= RSA_MAX / 8) {
                    return new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1);
                }
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw notAllowed("PSS with parameters that cannot be read");
        }
        throw notAllowed("PSS with other than one SHA-2 throughout, or with a short salt");
    }

    private static String oid(ASN1Encodable algorithm) {
        return AlgorithmIdentifier.getInstance(algorithm).getAlgorithm().getId();
    }

    private static ASN1Primitive asn1(byte @Nullable [] der) throws SignatureFault {
        try {
            return der == null ? DERNull.INSTANCE : ASN1Primitive.fromByteArray(der);
        } catch (IOException e) {
            throw notAllowed("PSS with parameters that cannot be read");
        }
    }

    private static boolean isPss(String oid) {
        return PKCSObjectIdentifiers.id_RSASSA_PSS.getId().equals(oid);
    }

    private static boolean isMlDsa(String oid) {
        return NISTObjectIdentifiers.id_ml_dsa_65.getId().equals(oid);
    }

    private static boolean isMlDsa(PublicKey key) {
        return key.getParams() instanceof NamedParameterSpec named
                && named.getName().equals(ML_DSA);
    }

    private static String joined(String hash, String with) {
        return hash.replace("-", "") + "with" + with;
    }

    private static boolean same(ECParameterSpec a, ECParameterSpec b) {
        return a.getCurve().equals(b.getCurve())
                && a.getGenerator().equals(b.getGenerator())
                && a.getOrder().equals(b.getOrder())
                && a.getCofactor() == b.getCofactor();
    }

    private static ECParameterSpec curve(String name) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(name));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no " + name, e);
        }
    }

    private static SignatureFault notAllowed(String detail) {
        return new SignatureFault(SignatureFault.Kind.ALGORITHM_NOT_ALLOWED, detail);
    }
}
