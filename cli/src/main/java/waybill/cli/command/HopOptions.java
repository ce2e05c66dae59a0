package waybill.cli.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.hop.HopLimits;

/** What a service takes from one peer. */
final class HopOptions {
    @Option(
            names = "--uploads-per-peer",
            paramLabel = "N",
            description = "Uploads at once from one address; raise it where many come through one, a proxy or a NAT"
                    + " (default: 16 at a relay, 128 at a backend).")
    private @Nullable Integer uploadsPerPeer;

    @Option(
            names = "--downloads-per-peer",
            paramLabel = "N",
            description = "Downloads of updates at once to one address (default: 16 at a relay, 128 at a backend).")
    private @Nullable Integer downloadsPerPeer;

    HopLimits over(HopLimits defaults) {
        try {
            HopLimits limits = uploadsPerPeer == null ? defaults : defaults.withMaxUploadsPerPeer(uploadsPerPeer);
            return downloadsPerPeer == null ? limits : limits.withMaxDownloads(limits.maxDownloads(), downloadsPerPeer);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --uploads-per-peer and --downloads-per-peer");
        }
    }
}
