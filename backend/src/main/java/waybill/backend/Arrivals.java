package waybill.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.store.local.ArrivalFeed;

/**
 * {@code waybill backend arrivals}: what came in, in the order it was committed. A feed to be replayed from any point,
 * never an event that can be missed. Reads beside a running server.
 */
public final class Arrivals {
    private Arrivals() {}

    /**
     * One delivery.
     *
     * @param sequence its place in the feed, growing; ask for what comes after the last one seen
     * @param parcel the stored bytes; gone once the operator took them away
     * @param receipt the receipt, CMS in DER; empty for what a crash left without one and could not be signed for
     */
    public record Arrival(
            long sequence, DeliveryKey key, long size, Instant received, Path parcel, Optional<byte[]> receipt) {}

    /**
     * What was committed after this sequence number (0 for all), at most {@code limit}, the oldest first.
     *
     * @throws BackendSetupException if this is no backend's directory
     */
    public static List<Arrival> after(Path directory, long sequence, int limit)
            throws IOException, BackendSetupException {
        BackendDirectory files = new BackendDirectory(directory);
        files.settings();
        return ArrivalFeed.after(files.data(), sequence, limit).stream()
                .map(entry -> new Arrival(
                        entry.sequence(),
                        entry.key(),
                        entry.size(),
                        entry.accepted(),
                        entry.payload(),
                        entry.outcome()))
                .toList();
    }
}
