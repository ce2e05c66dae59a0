package waybill.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import waybill.protocol.Packet;
import waybill.signature.TestCertificate;
import waybill.signature.TestPki;

/** Certificates of somebody else's PKI, put in the place of our own as README.txt says. */
final class OwnPki {
    private OwnPki() {}

    /** Replaces root, receipt certificate and profile; the root of the profile's publisher is added to the anchors. */
    static void install(
            BackendDirectory files,
            TestCertificate root,
            TestCertificate receipt,
            TestPki publishers,
            InstantSource clock)
            throws IOException, BackendSetupException {
        List<X509Certificate> anchors = new ArrayList<>(Pem.certificates(files.anchor()));
        anchors.add(root.certificate());
        anchors.addAll(publishers.anchors());
        Files.write(files.anchor(), Pem.write(anchors));
        put(files.online().resolve("receipt.pem"), receipt);
        Packet.Profile terms =
                OwnPacket.unverified(files.profile(), Files.readAllBytes(files.profile()), Packet.Profile.class);
        profile(
                files,
                credential(publishers.publisher()),
                new ProfileFile.Terms(terms.backend(), terms.serial() + 1, terms.recipient(), terms.maxSize()),
                clock.instant());
    }

    /** Puts a profile there, whether or not it is any good. */
    static void profile(BackendDirectory files, Credential signer, ProfileFile.Terms terms, Instant now)
            throws IOException {
        Files.write(files.profile(), ProfileFile.sign(signer, terms, now).cms());
    }

    /** Everything of one PKI. */
    static void install(BackendDirectory files, TestPki pki, InstantSource clock)
            throws IOException, BackendSetupException {
        install(files, pki.root(), pki.receipt(), pki, clock);
    }

    /** A certificate and its key as files. */
    static void put(Path file, TestCertificate certificate) throws IOException {
        Files.write(file, Pem.write(certificate.chain()));
        Files.write(Credential.keyFile(file), Pem.write(certificate.keys().getPrivate()));
    }

    static Credential credential(TestCertificate certificate) {
        PrivateKey key = certificate.keys().getPrivate();
        return new Credential(Path.of("test.pem"), certificate.chain(), key);
    }

    static String pem(X509CRL crl) throws GeneralSecurityException {
        return "-----BEGIN X509 CRL-----\n"
                + new String(Base64.getMimeEncoder().encode(crl.getEncoded()), StandardCharsets.US_ASCII)
                + "\n-----END X509 CRL-----\n";
    }
}
