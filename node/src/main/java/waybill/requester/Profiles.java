package waybill.requester;

import java.io.IOException;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.signature.SignatureFault;

/** The profiles of backends that this sender knows, verified at every use (section 5.7). Safe for use by several threads. */
final class Profiles {
    private final Collaborators.Verifier verifier;
    private final Memory memory;

    Profiles(Collaborators.Verifier verifier, Memory memory) {
        this.verifier = verifier;
        this.memory = memory;
    }

    /** The one kept from before, while it is good. */
    Optional<Packet.Profile> kept(BackendUrl backend) throws IOException {
        Optional<byte[]> cms = memory.backends().profile(backend, memory.anchors());
        if (cms.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(verifier.profile(cms.get(), backend).packet());
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
