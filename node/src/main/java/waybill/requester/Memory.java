package waybill.requester;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import waybill.discovery.RelaysSeen;
import waybill.requester.outbox.Carrier;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;
import waybill.trust.KnownBackends;
import waybill.trust.TrackRecord;

/** What a requester remembers from task to task, all of it in its data directory. Safe for use by several threads. */
record Memory(
        Blacklist blacklist,
        KnownBackends backends,
        TrackRecord relays,
        RelaysSeen seen,
        List<X509Certificate> anchors) {

    static Memory open(Path data, List<X509Certificate> anchors, Clocks clocks) throws IOException {
        TrackRecord relays = TrackRecord.open(data, clocks);
        return new Memory(
                FileBlacklist.open(data, clocks),
                KnownBackends.open(data),
                relays,
                new RelaysSeen(clocks, relays.seen()),
                anchors);
    }

    /** A verified receipt came through this carrier: it ranks first from now on, and its lateness is forgotten. */
    void delivered(Carrier carrier) throws IOException {
        if (carrier.subject().isPresent()) {
            relays.delivered(carrier.subject().get());
            blacklist.delivered(carrier.subject().get());
        }
    }
}
