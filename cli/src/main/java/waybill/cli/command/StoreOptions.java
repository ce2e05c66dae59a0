package waybill.cli.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.store.StoreLimits;

/** How much disk a service may use. */
final class StoreOptions {
    @Option(
            names = "--quota",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description =
                    "The most bytes of parcels and what is kept of them (default: 20G at a relay, 1T at a backend).")
    private @Nullable Long quota;

    @Option(
            names = "--keep-free",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description = "Bytes of the filesystem that stay free (default: 1G).")
    private @Nullable Long keepFree;

    @Option(
            names = "--share",
            paramLabel = "PART",
            description =
                    "The part of the quota one peer may use, above 0 and up to 1 (default: 0.5 at a relay, 1 at a backend).")
    private @Nullable Double share;

    StoreLimits over(StoreLimits defaults) {
        try {
            return new StoreLimits(
                    quota == null ? defaults.quota() : quota,
                    keepFree == null ? defaults.freeFloor() : keepFree,
                    share == null ? defaults.share() : share,
                    defaults.maxHeld(),
                    defaults.remembered());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --quota, --keep-free and --share");
        }
    }
}
