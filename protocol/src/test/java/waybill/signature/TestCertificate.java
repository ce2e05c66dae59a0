package waybill.signature;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/**
 * A certificate with its key, for tests: an authority that issues others, or a leaf that signs packets.
 *
 * @param issuers up to the root, nearest first; empty for a root
 */
public record TestCertificate(
        TestSuite suite, KeyPair keys, X509Certificate certificate, List<X509Certificate> issuers) {
    private static final AtomicLong SERIAL = new AtomicLong(1);

    /**
     * What a certificate says. The defaults are a receipt leaf's.
     *
     * @param subject common name
     * @param hosts DNS names or IPv4 addresses
     * @param uris the roles
     */
    public record Spec(
            String subject,
            List<String> hosts,
            List<String> uris,
            boolean authority,
            int usage,
            List<KeyPurposeId> purposes,
            Instant from,
            Instant to) {
        /** From this day. */
        public static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
        /** To this day. */
        public static final Instant TO = Instant.parse("2046-01-01T00:00:00Z");

        /** An authority. */
        public static Spec authority(String subject) {
            int usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
            return new Spec(subject, List.of(), List.of(), true, usage, List.of(), FROM, TO);
        }

        /** A leaf of this role. */
        public static Spec leaf(String host, Role role) {
            return new Spec(
                    host,
                    List.of(host),
                    List.of(role.uri()),
                    false,
                    KeyUsage.digitalSignature,
                    List.of(
                            KeyPurposeId.getInstance(
                                    new org.bouncycastle.asn1.ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.36")),
                            KeyPurposeId.id_kp_emailProtection),
                    FROM,
                    TO);
        }

        /** The same between other days. */
        public Spec between(Instant start, Instant end) {
            return new Spec(subject, hosts, uris, authority, usage, purposes, start, end);
        }

        /** The same with other names. */
        public Spec named(List<String> dns, List<String> roles) {
            return new Spec(subject, dns, roles, authority, usage, purposes, from, to);
        }

        /** The same for other uses. */
        public Spec used(int bits, List<KeyPurposeId> ids) {
            return new Spec(subject, hosts, uris, authority, bits, ids, from, to);
        }
    }

    /** A root. */
    public static TestCertificate root(TestSuite suite, Spec spec) {
        KeyPair keys = suite.generate();
        X509Certificate certificate = build(spec, keys, new X500Name("CN=" + spec.subject()), suite, keys);
        return new TestCertificate(suite, keys, certificate, List.of());
    }

    /** A certificate issued by this one. */
    public TestCertificate issue(TestSuite kind, Spec spec) {
        return issue(kind, kind.generate(), spec);
    }

    /** Another certificate for the key of one. */
    public TestCertificate issueFor(TestCertificate one, Spec spec) {
        return issue(one.suite(), one.keys(), spec);
    }

    private TestCertificate issue(TestSuite kind, KeyPair pair, Spec spec) {
        X500Name name =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        List<X509Certificate> above = new ArrayList<>();
        above.add(certificate);
        above.addAll(issuers);
        return new TestCertificate(kind, pair, build(spec, pair, name, suite, keys), List.copyOf(above));
    }

    /** This and what is above it but the root: what goes into CMS. */
    public List<X509Certificate> chain() {
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(certificate);
        chain.addAll(issuers.subList(0, Math.max(0, issuers.size() - 1)));
        return chain;
    }

    /** A CRL of this authority that takes these back. */
    public X509CRL crl(Instant thisUpdate, Instant nextUpdate, Instant revoked, int reason, X509Certificate... taken) {
        X500Name name =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        X509v2CRLBuilder builder = new X509v2CRLBuilder(name, Date.from(thisUpdate));
        builder.setNextUpdate(Date.from(nextUpdate));
        for (X509Certificate each : taken) {
            builder.addCRLEntry(each.getSerialNumber(), Date.from(revoked), reason);
        }
        X509CRLHolder holder = builder.build(suite.signer(keys.getPrivate()));
        try {
            return new JcaX509CRLConverter().getCRL(holder);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The certificate as a PEM file. */
    public String pem() {
        return pem(certificate);
    }

    /** A certificate as a PEM file. */
    public static String pem(X509Certificate certificate) {
        try {
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate build(
            Spec spec, KeyPair subject, X500Name issuer, TestSuite issuerSuite, KeyPair issuerKeys) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIAL.getAndIncrement()),
                    Date.from(spec.from()),
                    Date.from(spec.to()),
                    new X500Name("CN=" + spec.subject()),
                    subject.getPublic());
            var utils = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.basicConstraints,
                    true,
                    spec.authority() ? new BasicConstraints(2) : new BasicConstraints(false));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(subject.getPublic()));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    utils.createAuthorityKeyIdentifier(issuerKeys.getPublic()));
            if (spec.usage() != 0) {
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(spec.usage()));
            }
            if (!spec.purposes().isEmpty()) {
                builder.addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(spec.purposes().toArray(KeyPurposeId[]::new)));
            }
            List<GeneralName> names = new ArrayList<>();
            spec.hosts()
                    .forEach(host -> names.add(new GeneralName(
                            host.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, host)));
            spec.uris().forEach(uri -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(issuerSuite.signer(issuerKeys.getPrivate())));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
