package waybill.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;

/**
 * Who a relay is: a P-256 key and a self-signed certificate of it, made at the first start (section 1). What counts is the
 * key; peers that pin it look at neither dates nor names. Immutable.
 *
 * @param key to be kept secret; {@code toString} hides it
 */
public record NodeIdentity(X509Certificate certificate, PrivateKey key) {
    private static final Logger LOG = LoggerFactory.getLogger(NodeIdentity.class);
    private static final Path MACHINE_ID = Path.of("/etc/machine-id");
    private static final int MAX_BYTES = 64 * 1024;
    /** The date that stands for no end (RFC 5280, section 4.1.2.5). */
    private static final Instant NO_END = Instant.parse("9999-12-31T23:59:59Z");

    /**
     * Reads the identity kept in this directory, or makes one. A copy of a machine makes its own: the digest of this
     * machine's ID is kept beside the key, where the system has one.
     *
     * @throws IOException if it cannot be read, or is damaged, or cannot be made durable
     */
    public static NodeIdentity load(Path directory, InstantSource clock) throws IOException {
        return load(directory, clock, MACHINE_ID);
    }

    static NodeIdentity load(Path directory, InstantSource clock, Path machineId) throws IOException {
        DurableFiles.directory(directory, true);
        Path pem = directory.resolve("node.pem");
        Path machine = directory.resolve("node.machine");
        Optional<String> here = machineDigest(machineId);
        Optional<String> kept = small(machine).map(String::strip);
        if (Files.exists(pem)) {
            if (here.isEmpty() || kept.isEmpty() || kept.equals(here)) {
                if (kept.isEmpty() && here.isPresent()) {
                    DurableFiles.write(machine, line(here.get()), true);
                }
                return parse(pem);
            }
            LOG.warn("{} was made on another machine: this one makes an identity of its own", pem);
        }
        NodeIdentity made = make(clock.instant());
        // Should the machine's digest be all that survives a crash here, the next start makes another key: nobody saw
        // this.
        if (Files.exists(pem)) {
            DurableFiles.delete(pem);
        }
        if (here.isPresent()) {
            DurableFiles.write(machine, line(here.get()), true);
        }
        DurableFiles.write(pem, made.pem(), true);
        LOG.info("this node is {}", made.node());
        return made;
    }

    /** The identity on the wire. */
    public NodeId node() {
        return NodeId.of(certificate.getPublicKey());
    }

    @Override
    public String toString() {
        return "NodeIdentity[" + node() + "]";
    }

    private static NodeIdentity make(Instant now) throws IOException {
        try {
            SecureRandom random = new SecureRandom();
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair pair = generator.generateKeyPair();
            X500Name name = new X500Name("CN=waybill node");
            var builder = new JcaX509v3CertificateBuilder(
                    name,
                    new BigInteger(127, random).add(BigInteger.ONE),
                    // A day early, for who looks at it all the same with a clock that is behind.
                    Date.from(now.minus(Duration.ofDays(1))),
                    Date.from(NO_END),
                    name,
                    pair.getPublic());
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            X509Certificate certificate = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
            return new NodeIdentity(certificate, pair.getPrivate());
        } catch (InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("this JDK has no P-256", e);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("no identity could be made", e);
        }
    }

    private byte[] pem() throws IOException {
        try {
            return (block("PRIVATE KEY", key.getEncoded()) + block("CERTIFICATE", certificate.getEncoded()))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate cannot be encoded", e);
        }
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    private static NodeIdentity parse(Path pem) throws IOException {
        String text = small(pem).orElse("");
        try {
            PrivateKey key =
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der("PRIVATE KEY", text)));
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der("CERTIFICATE", text)));
            if (!belongTogether(key, certificate)) {
                throw new IOException(pem + ": the key is not the certificate's");
            }
            return new NodeIdentity(certificate, key);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(pem + " is damaged; with it removed, a new identity is made", e);
        }
    }

    private static boolean belongTogether(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        byte[] probe = {1, 2, 3};
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(probe);
        byte[] signature = signer.sign();
        signer.initVerify(certificate.getPublicKey());
        signer.update(probe);
        return signer.verify(signature);
    }

    private static byte[] der(String label, String text) {
        Matcher block = Pattern.compile("-----BEGIN " + label + "-----([A-Za-z0-9+/=\\s]+)-----END " + label + "-----")
                .matcher(text);
        if (!block.find()) {
            throw new IllegalArgumentException("no " + label);
        }
        return Base64.getMimeDecoder().decode(block.group(1));
    }

    /** The machine's ID itself is not to be shown around, so only a digest for this one purpose is kept. */
    private static Optional<String> machineDigest(Path machineId) throws IOException {
        return small(machineId)
                .map(String::strip)
                .filter(id -> !id.isEmpty() && !id.equals("uninitialized"))
                .map(id -> Sha256.of(("waybill node " + id).getBytes(StandardCharsets.UTF_8))
                        .hex());
    }

    private static Optional<String> small(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (var in = Files.newInputStream(file)) {
            return Optional.of(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
        }
    }

    private static byte[] line(String text) {
        return (text + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
