package waybill.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.TaskId;

/** Makes and reads {@code profile.cms}, what senders must know beforehand (sections 1 and 5). */
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

    /** Reads what a profile of our own says, without asking whether it is valid: a new one builds on it. */
    static Packet.Profile unverified(Path file, byte[] cms) throws BackendSetupException {
        try {
            CMSSignedData data = new CMSSignedData(cms);
            if (data.getSignedContent() != null
                    && data.getSignedContent().getContent() instanceof byte[] content
                    && PacketCodec.parse(content, PacketCodec.MAX_CMS) instanceof Packet.Profile profile) {
                return profile;
            }
        } catch (CMSException | PacketFault e) {
            throw new BackendSetupException(Kind.UNREADABLE, file + " is not a signed profile", e);
        }
        throw new BackendSetupException(Kind.UNREADABLE, file + " is signed, but not a profile");
    }
}
