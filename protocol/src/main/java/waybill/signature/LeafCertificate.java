package waybill.signature;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a leaf says of itself: whose it is, and what it may sign (section 5, step 5). */
final class LeafCertificate {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;
    private static final int IP_ADDRESS = 7;
    private static final int DIGITAL_SIGNATURE = 0;
    private static final Set<String> PURPOSES = Set.of(
            // documentSigning, emailProtection
            "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4");
    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");

    private LeafCertificate() {}

    /**
     * Checks that the leaf is this host's and may sign what has this role.
     *
     * @param host a lower-case DNS name, or an IPv4 address
     * @throws SignatureFault WRONG_NAME, else WRONG_ROLE
     */
    static void check(X509Certificate leaf, String host, Role role) throws SignatureFault {
        // A wildcard is a name like any other here: no host is called so.
        int type = IPV4.matcher(host).matches() ? IP_ADDRESS : DNS_NAME;
        if (names(leaf, type).stream()
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).equals(host))) {
            throw new SignatureFault(SignatureFault.Kind.WRONG_NAME, "the certificate is not for " + host);
        }
        if (!names(leaf, URI).contains(role.uri())) {
            throw new SignatureFault(SignatureFault.Kind.WRONG_ROLE, "the certificate lacks " + role.uri());
        }
        boolean @Nullable [] usage = leaf.getKeyUsage();
        if (usage == null || !usage[DIGITAL_SIGNATURE] || leaf.getBasicConstraints() >= 0) {
            throw new SignatureFault(
                    SignatureFault.Kind.WRONG_ROLE, "the certificate's key usage is not digitalSignature");
        }
        if (purposes(leaf).stream().noneMatch(PURPOSES::contains)) {
            throw new SignatureFault(
                    SignatureFault.Kind.WRONG_ROLE,
                    "the certificate is for neither documentSigning nor emailProtection");
        }
    }

    private static List<String> names(X509Certificate leaf, int type) {
        try {
            @Nullable Collection<List<?>> names = leaf.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(type).equals(name.get(0)) && name.get(1) instanceof String)
                            .map(name -> (String) name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static List<String> purposes(X509Certificate leaf) {
        try {
            @Nullable List<String> purposes = leaf.getExtendedKeyUsage();
            return purposes == null ? List.of() : purposes;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}
