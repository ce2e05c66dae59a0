package waybill.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.hop.HopClient;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;
import waybill.signature.SignedPackets;
import waybill.store.content.ContentStore;
import waybill.trust.Blacklist;
import waybill.trust.KnownBackends;
import waybill.trust.SeenUpdates;
import waybill.update.Blame;
import waybill.update.Kept;
import waybill.update.Nearby;
import waybill.update.Supply;
import waybill.update.Vetting;
import waybill.update.Words;
import waybill.update.share.RelaySources;
import waybill.update.share.Share;
import waybill.update.share.Way;

/** Puts together what a relay needs to give a backend's updates. */
final class Sharing {
    private Sharing() {}

    /**
     * Opens the cache, if there is to be one.
     *
     * @param directory of this backend alone
     * @param lan speaks to other relays
     * @param executor runs what is fetched
     */
    static Optional<Share> open(
            RelayConfig config,
            RelayConfig.Backend backend,
            Path directory,
            Way way,
            NodeId self,
            RelayFinder finder,
            HopClient lan,
            Blacklist blacklist,
            Executor executor,
            InstantSource clock)
            throws IOException {
        if (config.cache().isEmpty()) {
            return Optional.empty();
        }
        var anchors = backend.trust().anchors();
        SecureRandom random = new SecureRandom();
        Blame blame = new Blame(backend.url(), anchors, blacklist, KnownBackends.open(config.dataDir()));
        Vetting vetting = Vetting.open(
                backend.url(),
                new SignedPackets(backend.trust(), clock),
                SeenUpdates.open(config.dataDir(), backend.url(), anchors),
                Kept.open(directory.resolve("publications")),
                clock);
        ContentStore store = ContentStore.open(
                directory.resolve("cache"),
                // Copies of origins have the other half.
                config.cache()
                        .get()
                        .part(config.backends().size() * (config.origins().isEmpty() ? 1 : 2)),
                clock);
        Nearby nearby = new Nearby(
                backend.url(),
                () -> finder,
                lan,
                () -> TaskId.fresh(clock, random),
                new RelaysSeen(clock),
                config.allowPlainLan(),
                // One hop less than one who asks for himself allows: the one to this relay was made.
                Promise.MAX_HOPS - 1,
                giver -> giver.node().equals(Optional.of(self)) || blame.bars(giver));
        return Optional.of(new Share(
                vetting,
                new Words(vetting, blame),
                new Supply(store, blame, true, System::nanoTime),
                new RelaySources(self, nearby, way),
                executor,
                System::nanoTime));
    }
}
