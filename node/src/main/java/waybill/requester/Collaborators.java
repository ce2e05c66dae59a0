package waybill.requester;

import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import waybill.discovery.Lans;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.discovery.UdpRelayFinder;
import waybill.discovery.dnssd.ServiceBrowser;
import waybill.hop.HopClient;
import waybill.hop.client.HttpHopClient;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.signature.SignedPackets;

/**
 * Whom a requester works with.
 *
 * @param hop speaks the hop API; closed with the requester
 * @param finders opens discovery when the LAN is first asked
 * @param verifier of signed packets
 * @param sealer of parcels
 * @param random for IDs, salts and jitter: a secure generator
 */
public record Collaborators(
        HopClient hop, Finders finders, Verifier verifier, Sealer sealer, Clocks clocks, RandomGenerator random) {

    /** The real ones. */
    public static Collaborators real(RequesterConfig config) {
        Clocks clocks = Clocks.system();
        return new Collaborators(
                HttpHopClient.create(),
                seen -> new UdpRelayFinder(
                        Lans.named(config.interfaces()),
                        config.relays(),
                        config.discoveryPort(),
                        config.allowPlainLan(),
                        seen,
                        ServiceBrowser.wanted(config.dnsSd())),
                Verifier.of(new SignedPackets(config.trust(), clocks)),
                Parcel::seal,
                clocks,
                new SecureRandom());
    }

    /** Opens discovery. */
    @FunctionalInterface
    public interface Finders {
        /**
         * Opens it; the requester closes it.
         *
         * @param seen is told of every relay that answers, however late in its round
         */
        RelayFinder open(RelaysSeen seen) throws IOException;
    }

    /** Verifies signed packets; {@link SignedPackets} in earnest. */
    public interface Verifier {
        /** As {@link SignedPackets#outcome}. */
        Signed<Packet> outcome(byte[] cms, BackendUrl backend, DeliveryKey key, long size) throws SignatureFault;

        /** As {@link SignedPackets#profile}. */
        Signed<Packet.Profile> profile(byte[] cms, BackendUrl backend) throws SignatureFault;

        /** The real one. */
        static Verifier of(SignedPackets packets) {
            return new Verifier() {
                @Override
                public Signed<Packet> outcome(byte[] cms, BackendUrl backend, DeliveryKey key, long size)
                        throws SignatureFault {
                    return packets.outcome(cms, backend, key, size);
                }

                @Override
                public Signed<Packet.Profile> profile(byte[] cms, BackendUrl backend) throws SignatureFault {
                    return packets.profile(cms, backend);
                }
            };
        }
    }

    /** Seals parcels; {@link Parcel#seal} in earnest. */
    @FunctionalInterface
    public interface Sealer {
        /** As {@link Parcel#seal}. */
        Parcel.Summary seal(
                TaskId id,
                String sender,
                byte[] salt,
                Instant created,
                List<? extends Parcel.Source> files,
                String recipient,
                OutputStream out)
                throws IOException, ParcelFault;
    }
}
