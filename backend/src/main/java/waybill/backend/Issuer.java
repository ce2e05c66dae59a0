package waybill.backend;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import waybill.signature.Role;

/** The backend's own small certification authority: ECDSA P-256 throughout (section 5). */
final class Issuer {
    /** What a leaf is for, under which name its files go, and how long it lasts. */
    enum Use {
        RECEIPT("receipt", Optional.of(Role.RECEIPT), Duration.ofDays(730)),
        PUBLISHER("publisher", Optional.of(Role.PUBLISHER), Duration.ofDays(730)),
        TLS("tls", Optional.empty(), Duration.ofDays(397));

        private final String label;
        private final Optional<Role> role;
        private final Duration lasts;

        Use(String label, Optional<Role> role, Duration lasts) {
            this.label = label;
            this.role = role;
            this.lasts = lasts;
        }

        /** The stem of its files. */
        String label() {
            return label;
        }
    }

    /** A fresh certificate with its key. */
    record Issued(X509Certificate certificate, PrivateKey key) {}

    /** Clocks of senders and relays that are up to a day behind still take what was made today. */
    private static final Duration BACKDATED = Duration.ofDays(1);

    private static final Duration ANCHOR_LASTS = Duration.ofDays(20 * 365);
    // PKIX: id-kp-documentSigning (RFC 9336). emailProtection is what openssl cms -verify asks for.
    private static final KeyPurposeId DOCUMENT_SIGNING =
            KeyPurposeId.getInstance(new org.bouncycastle.asn1.ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.36"));

    private final X509Certificate anchor;
    private final PrivateKey key;
    private final SecureRandom random = new SecureRandom();

    Issuer(X509Certificate anchor, PrivateKey key) {
        this.anchor = anchor;
        this.key = key;
    }

    /** A new authority for the backend at this host. */
    static Issuer create(String host, Instant now) throws IOException {
        KeyPair keys = keyPair();
        X500Name name = name("Waybill anchor of " + host);
        Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(BACKDATED);
        try {
            JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                            name,
                            serial(new SecureRandom()),
                            Date.from(from),
                            Date.from(from.plus(ANCHOR_LASTS)),
                            name,
                            keys.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(keys.getPublic()));
            return new Issuer(signed(builder, keys.getPrivate()), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot make the anchor", e);
        }
    }

    X509Certificate anchor() {
        return anchor;
    }

    PrivateKey key() {
        return key;
    }

    /** A fresh key with its certificate, from a day ago until its time is over or the anchor's. */
    Issued issue(Use use, String host, Instant now) throws IOException {
        KeyPair keys = keyPair();
        Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(BACKDATED);
        Instant until = from.plus(use.lasts);
        Instant last = anchor.getNotAfter().toInstant();
        try {
            JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                            anchor,
                            serial(random),
                            Date.from(from),
                            Date.from(until.isAfter(last) ? last : until),
                            name(host + " " + use.label()),
                            keys.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, purposes(use))
                    .addExtension(Extension.subjectAlternativeName, false, names(use, host))
                    .addExtension(
                            Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(keys.getPublic()))
                    .addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(anchor));
            return new Issued(signed(builder, key), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot make the certificate of " + use.label(), e);
        }
    }

    private static ExtendedKeyUsage purposes(Use use) {
        return use.role.isPresent()
                ? new ExtendedKeyUsage(new KeyPurposeId[] {DOCUMENT_SIGNING, KeyPurposeId.id_kp_emailProtection})
                : new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth);
    }

    private static GeneralNames names(Use use, String host) {
        List<GeneralName> names = new ArrayList<>();
        if (ipv4(host)) {
            names.add(new GeneralName(GeneralName.iPAddress, host));
        }
        if (!ipv4(host) || use.role.isPresent()) {
            // An address too: openssl's -verify_hostname looks among the DNS names alone.
            names.add(new GeneralName(GeneralName.dNSName, host));
        }
        use.role.ifPresent(role -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, role.uri())));
        return new GeneralNames(names.toArray(GeneralName[]::new));
    }

    /** Whether a host is written as an address; a backend's URL takes IPv4 alone. */
    static boolean ipv4(String host) {
        return host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    }

    /** Whether each part of such an address fits a byte. */
    static boolean ipv4InRange(String host) {
        return Arrays.stream(host.split("\\.", -1)).allMatch(part -> Integer.parseInt(part) <= 255);
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no P-256", e);
        }
    }

    private static X500Name name(String text) {
        // A common name has at most 64 characters (RFC 5280, appendix A).
        String common = text.length() > 64 ? text.substring(0, 64) : text;
        return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, common).build();
    }

    private static BigInteger serial(SecureRandom random) {
        return new BigInteger(159, random).setBit(158);
    }
}
