package waybill.signature;

import java.security.GeneralSecurityException;
import java.security.cert.CRLReason;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CRLs that came along (section 5, step 4). They lie outside of what is signed and anybody can leave them away, so
 * one that says nothing against a certificate, or is out of date, says nothing; one that names it counts. Immutable.
 */
final class Revocations {
    private static final int CRL_SIGN = 6;

    private final List<X509CRL> crls;
    private final Algorithms algorithms;

    Revocations(List<X509CRL> crls, Algorithms algorithms) {
        this.crls = crls;
        this.algorithms = algorithms;
    }

    /**
     * Whether the issuer took this certificate back.
     *
     * @throws SignatureFault REVOKED if it did so at this time or before, or at any time because the key was in other
     *     hands, since whoever has the key can write an earlier time
     */
    void check(X509Certificate certificate, X509Certificate issuer, Instant time) throws SignatureFault {
        for (X509CRL crl : crls) {
            if (!isOf(crl, issuer)) {
                continue;
            }
            X509CRLEntry entry = crl.getRevokedCertificate(certificate);
            if (entry != null && counts(entry, time)) {
                throw new SignatureFault(
                        SignatureFault.Kind.REVOKED,
                        "certificate %x was revoked at %s"
                                .formatted(
                                        certificate.getSerialNumber(),
                                        entry.getRevocationDate().toInstant()));
            }
        }
    }

    private boolean isOf(X509CRL crl, X509Certificate issuer) {
        boolean @Nullable [] usage = issuer.getKeyUsage();
        if (!crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
                || (usage != null && !usage[CRL_SIGN])) {
            return false;
        }
        try {
            algorithms.checkSignature(crl.getSigAlgOID(), crl.getSigAlgParams());
            crl.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | SignatureFault e) {
            // Not the issuer's: as if it had not come along.
            return false;
        }
    }

    private static boolean counts(X509CRLEntry entry, Instant time) {
        @Nullable CRLReason reason = entry.getRevocationReason();
        if (reason == CRLReason.REMOVE_FROM_CRL) {
            return false;
        }
        boolean inOtherHands = reason == CRLReason.KEY_COMPROMISE
                || reason == CRLReason.CA_COMPROMISE
                || reason == CRLReason.AA_COMPROMISE;
        return inOtherHands || !entry.getRevocationDate().toInstant().isAfter(time);
    }
}
