package waybill.signature;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import waybill.protocol.Sha256;

/** Reads the anchors an operator names, and gives a set of them a name (section 5). Safe for use by several threads. */
public final class Anchors {
    /** The most characters of a trust file. */
    public static final int MAX_CHARACTERS = 1024 * 1024;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----\\s([A-Za-z0-9+/=\\s]*)-----END ([A-Z0-9 ]{1,64})-----");

    private Anchors() {}

    /**
     * Reads the root certificates in the text of a PEM file. Text between them is passed over, as other programs do.
     *
     * @throws AnchorFault with what is wrong with the file
     */
    public static List<X509Certificate> parse(String pem) throws AnchorFault {
        if (pem.isBlank()) {
            throw new AnchorFault(AnchorFault.Kind.EMPTY, "the file is empty");
        }
        if (pem.length() > MAX_CHARACTERS) {
            throw new AnchorFault(AnchorFault.Kind.NOT_PEM, "more than " + MAX_CHARACTERS + " characters");
        }
        List<X509Certificate> anchors = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            String label = block.group(1);
            if (label.contains("PRIVATE KEY")) {
                throw new AnchorFault(AnchorFault.Kind.PRIVATE_KEY, "a private key, which belongs into no trust file");
            }
            if (!label.equals("CERTIFICATE") || !block.group(3).equals(label)) {
                throw new AnchorFault(AnchorFault.Kind.NOT_A_CERTIFICATE, "a block of " + label);
            }
            anchors.add(authority(block.group(2)));
        }
        int begun = pem.split("-----BEGIN ", -1).length - 1;
        if (begun != anchors.size() || anchors.isEmpty()) {
            throw new AnchorFault(
                    AnchorFault.Kind.NOT_PEM,
                    begun == 0 ? "no line -----BEGIN CERTIFICATE-----" : "a block that does not end");
        }
        return anchors.stream().distinct().toList();
    }

    /** A name for this set: the same for the same certificates, in whatever order they come. */
    public static Sha256 fingerprint(List<X509Certificate> anchors) {
        var digest = Sha256.newDigest();
        anchors.stream().map(Anchors::fingerprint).distinct().sorted().forEach(each -> digest.update(each.bytes()));
        return Sha256.ofDigest(digest.digest());
    }

    /** The SHA-256 of one certificate, as other programs show it. */
    public static Sha256 fingerprint(X509Certificate certificate) {
        try {
            return Sha256.of(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate without an encoding", e);
        }
    }

    /** Whether it may sign certificates. Roots of version 1 have no word to say so, and are taken for what they are. */
    static boolean isAuthority(X509Certificate certificate) {
        return certificate.getBasicConstraints() >= 0
                || (certificate.getVersion() == 1
                        && certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()));
    }

    private static X509Certificate authority(String base64) throws AnchorFault {
        X509Certificate certificate;
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            certificate = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | IllegalArgumentException e) {
            throw new AnchorFault(AnchorFault.Kind.DAMAGED, "a certificate that cannot be read", e);
        }
        if (!isAuthority(certificate)) {
            throw new AnchorFault(
                    AnchorFault.Kind.NOT_AN_AUTHORITY,
                    "the certificate of " + certificate.getSubjectX500Principal() + " may not sign others");
        }
        return certificate;
    }
}
