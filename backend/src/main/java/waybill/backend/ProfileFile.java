package waybill.backend;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.TaskId;

/** Makes {@code profile.cms}, what senders must know beforehand (sections 1 and 5). */
final class ProfileFile {
    /** As long as a TLS certificate, so that one renewal a year renews everything. */
    private static final Duration LASTS = Duration.ofDays(397);

    private ProfileFile() {}

    /** What a profile says, but for its identity and its end. */
    record Terms(BackendUrl url, long serial, String recipient, long maxSize) {}

    /** A signed profile that is not yet written. */
    record Made(byte[] cms, Instant ends) {}

    /** Signs a profile with the publisher's key. */
    static Made sign(Credential publisher, Terms terms, Instant now) throws IOException {
        Instant begins = now.truncatedTo(ChronoUnit.SECONDS);
        Instant ends = BackendInit.earliest(List.of(begins.plus(LASTS), publisher.notAfter()));
        Packet profile = new Packet.Profile(
                TaskId.fresh(InstantSource.fixed(now), new SecureRandom()),
                terms.url(),
                terms.serial(),
                terms.recipient(),
                terms.maxSize(),
                ends);
        return new Made(CmsSigner.sign(profile, begins, publisher, List.of()), ends);
    }
}
