package waybill.backend;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.jspecify.annotations.Nullable;
import waybill.backend.BackendSetupException.Kind;

/** Reads the certificates, keys and CRLs that an operator put there, and writes our own, as PEM (RFC 7468). */
final class Pem {
    private Pem() {}

    /** The certificates of a file, in its order; at least one. */
    static List<X509Certificate> certificates(Path file) throws IOException, BackendSetupException {
        byte[] bytes = bytes(file);
        try {
            List<X509Certificate> found = new ArrayList<>();
            for (var certificate : factory().generateCertificates(new ByteArrayInputStream(bytes))) {
                found.add((X509Certificate) certificate);
            }
            if (found.isEmpty()) {
                throw new BackendSetupException(Kind.UNREADABLE, file + " holds no certificate");
            }
            return List.copyOf(found);
        } catch (CertificateException e) {
            throw new BackendSetupException(Kind.UNREADABLE, file + " does not hold X.509 certificates", e);
        }
    }

    /** The CRLs of a file, PEM or DER. */
    static List<X509CRL> crls(Path file) throws IOException, BackendSetupException {
        byte[] bytes = bytes(file);
        try {
            List<X509CRL> found = new ArrayList<>();
            for (var crl : factory().generateCRLs(new ByteArrayInputStream(bytes))) {
                found.add((X509CRL) crl);
            }
            if (found.isEmpty()) {
                throw new BackendSetupException(Kind.UNREADABLE, file + " holds no CRL");
            }
            return found;
        } catch (CertificateException | CRLException e) {
            throw new BackendSetupException(Kind.UNREADABLE, file + " does not hold X.509 CRLs", e);
        }
    }

    /** The private key of a file, PKCS#8 or the older forms of openssl, for the public key it must belong to. */
    static PrivateKey key(Path file, PublicKey partner) throws IOException, BackendSetupException {
        String text = new String(bytes(file), StandardCharsets.ISO_8859_1);
        byte[] pkcs8 = pkcs8(file, text);
        try {
            return KeyFactory.getInstance(partner.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new BackendSetupException(
                    Kind.KEY_DOES_NOT_FIT, file + " is not a key of the kind " + partner.getAlgorithm(), e);
        }
    }

    /** Certificates as text. */
    static byte[] write(List<X509Certificate> certificates) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            try {
                text.append(block("CERTIFICATE", certificate.getEncoded()));
            } catch (CertificateEncodingException e) {
                throw new IllegalArgumentException("a certificate without an encoding", e);
            }
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** A private key as PKCS#8 text. */
    static byte[] write(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded()).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] pkcs8(Path file, String text) throws IOException, BackendSetupException {
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            for (@Nullable Object found = parser.readObject(); found != null; found = parser.readObject()) {
                // "EC PARAMETERS" and the like may come before the key.
                if (found instanceof PrivateKeyInfo info) {
                    return info.getEncoded();
                }
                if (found instanceof PEMKeyPair pair) {
                    return pair.getPrivateKeyInfo().getEncoded();
                }
                if (found instanceof PKCS8EncryptedPrivateKeyInfo || found instanceof PEMEncryptedKeyPair) {
                    throw new BackendSetupException(
                            Kind.UNREADABLE,
                            file + " is encrypted; the server needs it in the clear, readable by its user alone");
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new BackendSetupException(Kind.UNREADABLE, file + " is not a private key in PEM", e);
        }
        throw new BackendSetupException(Kind.UNREADABLE, file + " holds no private key in PEM");
    }

    private static byte[] bytes(Path file) throws IOException, BackendSetupException {
        if (!Files.isRegularFile(file)) {
            throw new BackendSetupException(Kind.MISSING, file + " is missing");
        }
        return Files.readAllBytes(file);
    }

    private static String block(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }

    private static CertificateFactory factory() throws CertificateException {
        return CertificateFactory.getInstance("X.509");
    }
}
