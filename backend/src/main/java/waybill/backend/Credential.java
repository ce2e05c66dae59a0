package waybill.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import waybill.backend.BackendSetupException.Kind;

/**
 * A certificate with its chain and private key. Current and next stand side by side in a directory, as {@code USE.pem}
 * and {@code USE-ANYTHING.pem} with {@code .key} files of the same names. Immutable.
 *
 * @param file the certificate's file, for messages
 * @param chain the leaf first, without the root
 */
record Credential(Path file, List<X509Certificate> chain, PrivateKey key) {
    Credential {
        chain = List.copyOf(chain);
    }

    /** All of one use in a directory, in the order of their names; a key that does not fit is an error. */
    static List<Credential> readAll(Path directory, String use) throws IOException, BackendSetupException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, use + "{,-*}.pem")) {
                found.forEach(files::add);
            }
        }
        files.sort(Comparator.naturalOrder());
        List<Credential> all = new ArrayList<>();
        for (Path file : files) {
            all.add(read(file));
        }
        return List.copyOf(all);
    }

    /** One certificate file with the key beside it. */
    static Credential read(Path file) throws IOException, BackendSetupException {
        List<X509Certificate> chain = new ArrayList<>(Pem.certificates(file));
        X509Certificate leaf = chain.getFirst();
        // Who verifies has the root already, and takes it from nobody else.
        chain.subList(1, chain.size()).removeIf(c -> c.getSubjectX500Principal().equals(c.getIssuerX500Principal()));
        Path keyFile = keyFile(file);
        PrivateKey key = Pem.key(keyFile, leaf.getPublicKey());
        if (!fits(key, leaf.getPublicKey())) {
            throw new BackendSetupException(
                    Kind.KEY_DOES_NOT_FIT, keyFile + " is not the key of the certificate in " + file);
        }
        return new Credential(file, chain, key);
    }

    /** Of those valid at this time the one that began last: a next certificate takes over on its first day. */
    static Optional<Credential> current(Collection<Credential> all, Instant now) {
        return all.stream().filter(c -> c.validAt(now)).max(Comparator.comparing(Credential::notBefore));
    }

    /** Whether this private key belongs to this public key. */
    static boolean fits(PrivateKey key, PublicKey partner) {
        byte[] probe = "waybill".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signature = Signature.getInstance(CmsSigner.algorithm(key));
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(partner);
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The key's file beside a certificate's. */
    static Path keyFile(Path certificateFile) {
        String name = String.valueOf(certificateFile.getFileName());
        return certificateFile.resolveSibling(name.substring(0, name.length() - ".pem".length()) + ".key");
    }

    X509Certificate leaf() {
        return chain.getFirst();
    }

    Instant notBefore() {
        return leaf().getNotBefore().toInstant();
    }

    Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    boolean validAt(Instant time) {
        return !time.isBefore(notBefore()) && !time.isAfter(notAfter());
    }

    @Override
    public String toString() {
        return "Credential[" + file + "]";
    }
}
