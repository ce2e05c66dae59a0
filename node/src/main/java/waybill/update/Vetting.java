package waybill.update;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.UpdateFault;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.trust.SeenUpdates;

/**
 * What is to be believed of signed words about updates of one backend (section 10.5): they verify and have not
 * expired, they are not behind what was seen before, and a release goes with the catalogue that is held. What passes is kept.
 * Safe for use by several threads.
 */
public final class Vetting {
    private static final Logger LOG = LoggerFactory.getLogger(Vetting.class);

    private final BackendUrl backend;
    private final SignedPackets packets;
    private final SeenUpdates seen;
    private final Kept kept;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Catalogue held;

    /**
     * A catalogue that verified.
     *
     * @param cms as it came
     */
    public record Catalogue(Packet.Catalogue packet, CatalogueList list, byte[] cms) {}

    /**
     * A release that verified.
     *
     * @param cms as it came
     */
    public record Release(Packet.Release packet, byte[] cms) {}

    private Vetting(BackendUrl backend, SignedPackets packets, SeenUpdates seen, Kept kept, InstantSource clock) {
        this.backend = backend;
        this.packets = packets;
        this.seen = seen;
        this.kept = kept;
        this.clock = clock;
    }

    /** Vets by these signatures and by what was seen; takes up the catalogue that was kept. */
    public static Vetting open(
            BackendUrl backend, SignedPackets packets, SeenUpdates seen, Kept kept, InstantSource clock)
            throws IOException {
        Vetting vetting = new Vetting(backend, packets, seen, kept, clock);
        Optional<byte[]> cms = kept.catalogue();
        if (cms.isPresent()) {
            try {
                Packet.Catalogue packet = vetting.catalogue(cms.get());
                Optional<byte[]> list = kept.list(packet.sha256());
                if (list.isPresent()) {
                    vetting.held = new Catalogue(packet, CatalogueList.of(packet, list.get()), cms.get());
                }
            } catch (SignatureFault | UpdateFault e) {
                LOG.debug("the kept catalogue of {} is not used: {}", backend, e.getMessage());
            }
        }
        return vetting;
    }

    /** Whose updates. */
    public BackendUrl backend() {
        return backend;
    }

    /** The catalogue that is held, unless it has expired. */
    public Optional<Catalogue> held() {
        lock.lock();
        try {
            Catalogue now = held;
            return now != null && holds(now) ? Optional.of(now) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a catalogue has not expired. */
    public boolean holds(Catalogue catalogue) {
        return catalogue.packet().expires().isAfter(clock.instant());
    }

    /** A catalogue's signature and number; it counts only with its list. */
    public Packet.Catalogue catalogue(byte[] cms) throws SignatureFault, UpdateFault, IOException {
        Packet.Catalogue packet = packets.catalogue(cms, backend).packet();
        lock.lock();
        try {
            seen.saw(packet);
        } finally {
            lock.unlock();
        }
        return packet;
    }

    /** A catalogue with its list: it is held from now on, if it is not behind the one that is. */
    public Catalogue hold(byte[] cms, Packet.Catalogue packet, byte[] list) throws UpdateFault, IOException {
        Catalogue next = new Catalogue(packet, CatalogueList.of(packet, list), cms);
        lock.lock();
        try {
            if (held == null || held.packet().release() < packet.release()) {
                kept.keep(cms, packet.sha256(), list);
                held = next;
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** A release: its signature, the catalogue held, and its number; it is kept. */
    public Release release(byte[] cms, FileName name) throws SignatureFault, UpdateFault, IOException {
        Packet.Release packet = packets.release(cms, FileUrl.of(backend, name)).packet();
        seen.check(packet);
        Optional<Catalogue> catalogue = held();
        if (catalogue.isPresent()) {
            catalogue.get().list().check(catalogue.get().packet().release(), packet, cms);
        }
        lock.lock();
        try {
            seen.saw(packet);
            kept.keep(name, cms);
        } finally {
            lock.unlock();
        }
        return new Release(packet, cms);
    }

    /** The release that was kept, if it still holds. */
    public Optional<Release> kept(FileName name) throws IOException {
        Optional<byte[]> cms = kept.release(name);
        if (cms.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(release(cms.get(), name));
        } catch (SignatureFault | UpdateFault e) {
            LOG.debug("the kept release of {} is not used: {}", name, e.getMessage());
            return Optional.empty();
        }
    }
}
