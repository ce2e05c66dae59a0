package waybill.signature;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.jspecify.annotations.Nullable;
import waybill.protocol.Sha256;

/**
 * Chains to the configured anchors (section 5, step 4). Safe for use by several threads.
 *
 * <p>A path counts as one only if every signature on it holds; its dates and revocations are looked at after that. The
 * other way round a stranger could choose between "unknown" and "expired" by what he writes into a certificate of his
 * own, and the second is no proof against him.
 */
final class Chains {
    /** Certificates from the leaf up, without the anchor. */
    private static final int MAX_LENGTH = 4;
    /** Signatures checked for one leaf, whatever crossing certificates came along. */
    private static final int MAX_CHECKS = 32;

    private static final int CACHED = 256;

    private final List<X509Certificate> anchors;
    private final Algorithms algorithms;

    private final Map<Sha256, Path> validated = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Sha256, Path> eldest) {
            return size() > CACHED;
        }
    };

    Chains(List<X509Certificate> anchors, Algorithms algorithms) {
        this.anchors = anchors;
        this.algorithms = algorithms;
    }

    /**
     * A leaf's way to an anchor.
     *
     * @param certificates from the leaf up
     */
    private record Path(List<X509Certificate> certificates, X509Certificate anchor) {
        /** Whether all are within their days. The anchor's count too, as they do for other programs. */
        boolean within(Instant time) {
            return Path.within(anchor, time) && certificates.stream().allMatch(each -> within(each, time));
        }

        static boolean within(X509Certificate certificate, Instant time) {
            return !time.isBefore(certificate.getNotBefore().toInstant())
                    && !time.isAfter(certificate.getNotAfter().toInstant());
        }
    }

    /**
     * Checks that the leaf's chain holds at this time.
     *
     * @throws SignatureFault UNKNOWN_CHAIN, ALGORITHM_NOT_ALLOWED, EXPIRED or REVOKED
     */
    void check(CmsPacket cms, Instant time) throws SignatureFault {
        Sha256 name = nameOf(cms);
        Path path = cached(name);
        if (path == null || !path.within(time)) {
            path = firstThatHolds(new Search(cms.certificates()).from(cms.leaf()), time);
            remember(name, path);
        }
        // Never from memory: the same chain may come with another CRL.
        Revocations revocations = new Revocations(cms.crls(), algorithms);
        List<X509Certificate> issued = path.certificates();
        for (int i = 0; i < issued.size(); i++) {
            X509Certificate issuer = i + 1 < issued.size() ? issued.get(i + 1) : path.anchor();
            revocations.check(issued.get(i), issuer, time);
        }
    }

    private Path firstThatHolds(List<Path> paths, Instant time) throws SignatureFault {
        Optional<SignatureFault> first = Optional.empty();
        for (Path path : paths) {
            try {
                validate(path, time);
                return path;
            } catch (SignatureFault e) {
                first = first.or(() -> Optional.of(e));
            }
        }
        throw first.orElseGet(
                () -> new SignatureFault(SignatureFault.Kind.UNKNOWN_CHAIN, "no chain to a configured anchor"));
    }

    private void validate(Path path, Instant time) throws SignatureFault {
        algorithms.checkKey(path.anchor().getPublicKey());
        for (X509Certificate certificate : path.certificates()) {
            algorithms.checkCertificate(certificate);
        }
        if (!path.within(time)) {
            throw new SignatureFault(SignatureFault.Kind.EXPIRED, "a certificate of the chain is not valid at " + time);
        }
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(anchor(path.anchor())));
            parameters.setDate(Date.from(time));
            // CRLs that came along are looked at afterwards; the JDK would go and fetch others.
            parameters.setRevocationEnabled(false);
            parameters.setPolicyQualifiersRejected(false);
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509").generateCertPath(path.certificates()), parameters);
        } catch (CertPathValidatorException e) {
            throw new SignatureFault(kindOf(e.getReason()), String.valueOf(e.getMessage()), e);
        } catch (InvalidAlgorithmParameterException | CertificateException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK cannot validate a chain", e);
        }
    }

    private static SignatureFault.Kind kindOf(CertPathValidatorException.Reason reason) {
        return switch (reason) {
            case BasicReason basic ->
                switch (basic) {
                    case EXPIRED, NOT_YET_VALID -> SignatureFault.Kind.EXPIRED;
                    case REVOKED -> SignatureFault.Kind.REVOKED;
                    // A JDK configured to be stricter than this policy.
                    case ALGORITHM_CONSTRAINED -> SignatureFault.Kind.ALGORITHM_NOT_ALLOWED;
                    case UNSPECIFIED, UNDETERMINED_REVOCATION_STATUS, INVALID_SIGNATURE ->
                        SignatureFault.Kind.UNKNOWN_CHAIN;
                };
            case PKIXReason broken -> SignatureFault.Kind.UNKNOWN_CHAIN;
            default -> SignatureFault.Kind.UNKNOWN_CHAIN;
        };
    }

    /** The JDK does not take the name constraints out of an anchor by itself. */
    private static TrustAnchor anchor(X509Certificate certificate) {
        byte @Nullable [] extension = certificate.getExtensionValue(Extension.nameConstraints.getId());
        return extension == null
                ? new TrustAnchor(certificate, null)
                : new TrustAnchor(
                        certificate, ASN1OctetString.getInstance(extension).getOctets());
    }

    private static Sha256 nameOf(CmsPacket cms) throws SignatureFault {
        try {
            var digest = Sha256.newDigest();
            digest.update(cms.leaf().getEncoded());
            for (X509Certificate certificate : cms.certificates()) {
                digest.update(certificate.getEncoded());
            }
            return Sha256.ofDigest(digest.digest());
        } catch (CertificateEncodingException e) {
            throw new SignatureFault(SignatureFault.Kind.MALFORMED, "a certificate that cannot be written again", e);
        }
    }

    private synchronized @Nullable Path cached(Sha256 name) {
        return validated.get(name);
    }

    private synchronized void remember(Sha256 name, Path path) {
        validated.put(name, path);
    }

    /** All ways from one leaf to the anchors by signatures that hold, the anchors' own first. For one thread. */
    private final class Search {
        private final List<X509Certificate> carried;
        private final List<Path> found = new ArrayList<>();
        private int checks;

        Search(List<X509Certificate> carried) {
            this.carried = carried;
        }

        List<Path> from(X509Certificate leaf) {
            extend(List.of(leaf));
            return found;
        }

        private void extend(List<X509Certificate> path) {
            X509Certificate last = path.getLast();
            for (X509Certificate anchor : anchors) {
                if (Anchors.isAuthority(anchor) && issued(anchor, last)) {
                    found.add(new Path(path, anchor));
                }
            }
            if (path.size() == MAX_LENGTH) {
                return;
            }
            for (X509Certificate next : carried) {
                if (!path.contains(next) && issued(next, last)) {
                    List<X509Certificate> longer = new ArrayList<>(path);
                    longer.add(next);
                    extend(List.copyOf(longer));
                }
            }
        }

        private boolean issued(X509Certificate issuer, X509Certificate subject) {
            if (!issuer.getSubjectX500Principal().equals(subject.getIssuerX500Principal())
                    || !Algorithms.isBounded(issuer.getPublicKey())
                    || checks == MAX_CHECKS) {
                return false;
            }
            checks++;
            try {
                subject.verify(issuer.getPublicKey());
                return true;
            } catch (GeneralSecurityException e) {
                return false;
            }
        }
    }
}
