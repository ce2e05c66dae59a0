package waybill.mirror;

import java.net.InetSocketAddress;
import java.util.List;
import waybill.hop.HopLimits;
import waybill.origin.Origin;
import waybill.requester.RequesterConfig;
import waybill.store.content.ContentLimits;

/**
 * All that an operator says to a mirror. Immutable.
 *
 * @param node where its data is, which backend it stands for, whose signatures count, and which ways are tried
 * @param listen where its HTTP listens; port 0 takes any free one. Whoever reaches it may read
 * @param limits what it takes from its clients
 * @param cache what is kept; where there are origins, half of it of each
 * @param origins what has no release, each under its name
 */
public record MirrorConfig(
        RequesterConfig node, InetSocketAddress listen, HopLimits limits, ContentLimits cache, List<Origin> origins) {
    /** What one client takes: it is this machine itself. */
    public static final HopLimits DEFAULT_LIMITS = HopLimits.DEFAULT.withMaxDownloads(256, 128);

    /** @throws IllegalArgumentException if something does not go together */
    public MirrorConfig {
        origins = List.copyOf(origins);
        if (origins.stream().map(Origin::name).distinct().count() != origins.size()) {
            throw new IllegalArgumentException("two origins have the same name");
        }
        if (node.backend().isEmpty()) {
            throw new IllegalArgumentException("a mirror needs a backend");
        }
        if (cache.size() == 0) {
            throw new IllegalArgumentException("a mirror gives from its cache, so it needs one");
        }
    }
}
