package waybill.signature;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;

/**
 * Whose signatures count (section 5): the anchors an operator named, and what is allowed beyond the default. Immutable.
 *
 * @param anchors the root certificates, at least one; nothing of the machine's own trust store is added
 * @param allowRsa1024 whether RSA keys of 1024 bits count (claims 6 and 14), for chains of another age only
 * @param skew how far ahead of this machine's clock a packet's time may lie
 */
public record TrustPolicy(List<X509Certificate> anchors, boolean allowRsa1024, Duration skew) {
    /** The skew where none is configured. */
    public static final Duration DEFAULT_SKEW = Duration.ofMinutes(10);

    /** @throws IllegalArgumentException if there is no anchor or the skew is negative */
    public TrustPolicy {
        anchors = List.copyOf(anchors);
        if (anchors.isEmpty()) {
            throw new IllegalArgumentException("a trust policy needs at least one anchor");
        }
        if (skew.isNegative()) {
            throw new IllegalArgumentException("a skew is not negative");
        }
    }

    /** The default policy with these anchors. */
    public static TrustPolicy of(List<X509Certificate> anchors) {
        return new TrustPolicy(anchors, false, DEFAULT_SKEW);
    }
}
