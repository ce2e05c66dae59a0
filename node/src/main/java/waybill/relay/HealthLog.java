package waybill.relay;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.BackendUrl;

/**
 * Remembers how the way to one backend fares, and logs one line when that changes, not one a failure. Safe for use by
 * several threads.
 */
final class HealthLog {
    /** An operator is warned so long before a certificate ends. */
    static final Duration WARN_BEFORE = Duration.ofDays(30);

    private static final Logger LOG = LoggerFactory.getLogger(HealthLog.class);

    private final BackendUrl backend;
    private final List<X509Certificate> anchors;
    private final InstantSource clock;

    private Health.State state = Health.State.WORKING;
    private @Nullable Instant lastSuccess;
    private Health.@Nullable Failure lastFailure;
    private @Nullable X509Certificate signer;

    HealthLog(BackendUrl backend, List<X509Certificate> anchors, InstantSource clock) {
        this.backend = backend;
        this.anchors = List.copyOf(anchors);
        this.clock = clock;
    }

    /** The backend answered as it should; who signed, where something was signed. */
    synchronized void succeeded(Optional<X509Certificate> by) {
        lastSuccess = clock.instant();
        by.ifPresent(certificate -> signer = certificate);
        if (state == Health.State.FAILING) {
            state = Health.State.WORKING;
            LOG.info("{} answers again", backend);
        }
        lastFailure = null;
    }

    /** The way to the backend failed as a whole. */
    synchronized void failed(String reason) {
        lastFailure = new Health.Failure(clock.instant(), reason);
        if (state == Health.State.WORKING) {
            state = Health.State.FAILING;
            LOG.warn("{} cannot be delivered to; what is held is kept and tried again: {}", backend, reason);
        } else {
            LOG.debug("{} still fails: {}", backend, reason);
        }
    }

    /** One delivery failed, which says nothing of the others. */
    synchronized void failedOnce(String reason) {
        lastFailure = new Health.Failure(clock.instant(), reason);
    }

    synchronized Health.State state() {
        return state;
    }

    synchronized Optional<Instant> lastSuccess() {
        return Optional.ofNullable(lastSuccess);
    }

    synchronized Optional<Health.Failure> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** What an operator should see to: certificates that end soon or have ended. */
    synchronized List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        anchors.forEach(anchor -> ending("the anchor", anchor, warnings));
        if (signer != null) {
            ending("the backend's signing certificate", signer, warnings);
        }
        return warnings;
    }

    private void ending(String what, X509Certificate certificate, List<String> warnings) {
        Instant end = certificate.getNotAfter().toInstant();
        if (end.isBefore(clock.instant().plus(WARN_BEFORE))) {
            warnings.add(what + " for " + backend + " ends on " + end + ": "
                    + certificate.getSubjectX500Principal().getName());
        }
    }
}
