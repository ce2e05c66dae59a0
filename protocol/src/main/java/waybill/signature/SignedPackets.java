package waybill.signature;

import java.time.InstantSource;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;

/**
 * Verifies packets in CMS (RFC 5652) in the order of section 5, from verified bytes only. Chains once validated are
 * cached within bounds. Safe for use by several threads.
 */
public final class SignedPackets {
    /** The most bytes of a CMS. */
    public static final int MAX_BYTES = 64 * 1024;

    private final TrustPolicy policy;
    private final InstantSource clock;

    /** A verifier under this policy; the clock is asked once per call. */
    public SignedPackets(TrustPolicy policy, InstantSource clock) {
        this.policy = policy;
        this.clock = clock;
    }

    /**
     * Verifies what a backend answered to a delivery: a {@link Packet.Receipt} or a {@link Packet.Refusal}.
     *
     * @param key what was sent; where it carries contents, the packet must echo them
     * @param size bytes sent
     * @throws SignatureFault with the first check that failed
     */
    public Signed<Packet> outcome(byte[] cms, BackendUrl backend, DeliveryKey key, long size) throws SignatureFault {
        throw new SignatureFault(SignatureFault.Kind.MALFORMED, policy + " " + clock);
    }

    /**
     * Verifies a receipt or refusal that stands alone, as an auditor does: everything but what was sent is checked, the
     * name against the packet's own {@code href}.
     */
    public Signed<Packet> standalone(byte[] cms) throws SignatureFault {
        throw new SignatureFault(SignatureFault.Kind.MALFORMED, "");
    }

    /**
     * Verifies a backend's profile; its chain must be valid now, and it must not have expired.
     *
     * @throws SignatureFault with the first check that failed; an old profile is {@code EXPIRED}
     */
    public Signed<Packet.Profile> profile(byte[] cms, BackendUrl backend) throws SignatureFault {
        throw new SignatureFault(SignatureFault.Kind.MALFORMED, "");
    }
}
