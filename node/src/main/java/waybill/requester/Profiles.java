package waybill.requester;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.signature.SignatureFault;

/**
 * The profiles of backends that this sender knows. One that is used is verified, if the very same bytes were not within the
 * last minute: of hundreds of small deliveries that would be a third of the work. Safe for use by several threads.
 */
final class Profiles {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Collaborators.Verifier verifier;
    private final Memory memory;
    private final InstantSource clock;
    private final Map<BackendUrl, Verified> verified = new ConcurrentHashMap<>();

    Profiles(Collaborators.Verifier verifier, Memory memory, InstantSource clock) {
        this.verifier = verifier;
        this.memory = memory;
        this.clock = clock;
    }

    private record Verified(byte[] cms, Packet.Profile profile, Instant at) {
        boolean isFresh(byte[] now, Instant time) {
            return !time.isBefore(at)
                    && time.isBefore(at.plus(FRESH))
                    && profile.expires().isAfter(time)
                    && Arrays.equals(cms, now);
        }
    }

    /** The one kept from before, while it is good. */
    Optional<Packet.Profile> kept(BackendUrl backend) throws IOException {
        Optional<byte[]> cms = memory.backends().profile(backend, memory.anchors());
        if (cms.isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Verified before = verified.get(backend);
        if (before != null && before.isFresh(cms.get(), now)) {
            return Optional.of(before.profile());
        }
        try {
            Packet.Profile profile = verifier.profile(cms.get(), backend).packet();
            verified.put(backend, new Verified(cms.get(), profile, now));
            return Optional.of(profile);
        } catch (SignatureFault _) {
            // Expired, most likely: a fresh one is to be had.
            return Optional.empty();
        }
    }

    /** The bytes of the one kept from before, while it is good. */
    Optional<byte[]> bytes(BackendUrl backend) throws IOException {
        return kept(backend).isPresent() ? memory.backends().profile(backend, memory.anchors()) : Optional.empty();
    }

    /** Takes a profile that somebody brought; empty if it verifies, but one of a higher serial was seen before. */
    Optional<Packet.Profile> learn(byte[] cms, BackendUrl backend) throws SignatureFault, IOException {
        Packet.Profile profile = verifier.profile(cms, backend).packet();
        return memory.backends().keepProfile(backend, memory.anchors(), profile.serial(), cms)
                ? Optional.of(profile)
                : Optional.empty();
    }
}
