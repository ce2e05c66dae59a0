package waybill.cli.command;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.DurationConverter;
import waybill.store.content.ContentLimits;

/** What is kept of updates. */
final class CacheOptions {
    @Option(
            names = "--cache",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description = "The most bytes of updates that are kept for the next who asks"
                    + " (default: 20G at a relay, 5G at a mirror, 1G for fetch; 0 keeps none).")
    private @Nullable Long size;

    @Option(
            names = "--cache-age",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long an update is kept that nobody asks for (default: 30d).")
    private @Nullable Duration age;

    @Option(
            names = "--cache-free",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description = "Bytes of the cache's filesystem that stay free; with less nothing is fetched (default: 1G).")
    private @Nullable Long free;

    ContentLimits over(ContentLimits defaults) {
        try {
            return new ContentLimits(
                    size == null ? defaults.size() : size,
                    age == null ? defaults.age() : age,
                    free == null ? defaults.freeFloor() : free);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --cache, --cache-age and --cache-free");
        }
    }
}
