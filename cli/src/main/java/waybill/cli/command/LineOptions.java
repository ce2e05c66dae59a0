package waybill.cli.command;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.RateConverter;
import waybill.cli.console.Text;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.Windows;

/** What the line to the backend may carry, and when. */
final class LineOptions {
    @Option(
            names = "--window",
            paramLabel = "DAYS HH:MM-HH:MM",
            split = ";",
            description = "Forward to the backend only then: 'Mon-Fri 22:00-06:00', 'Sat,Sun 00:00-24:00'; may be"
                    + " repeated, in the configuration file parted by ';' (default: always). Windows, rate and budgets"
                    + " are the line's to the backend: what another relay takes does not wait for them, unless --via direct"
                    + " forbids that way.")
    private List<String> windows = new ArrayList<>();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "The time zone of windows, days and months, like Europe/Berlin (default: the system's).")
    private @Nullable String zone;

    @Option(
            names = "--rate",
            paramLabel = "BYTES/s",
            converter = RateConverter.class,
            description = "The most bytes a second that all uploads together take, like 500KiB/s; at least 8K"
                    + " (default: no limit).")
    private long rate = LineLimits.NONE;

    @Option(
            names = "--budget-day",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description = "The most bytes a calendar day, both ways, counted at the socket (default: no limit).")
    private long perDay = LineLimits.NONE;

    @Option(
            names = "--budget-month",
            paramLabel = "BYTES",
            converter = BytesConverter.class,
            description = "The most bytes a calendar month (default: no limit).")
    private long perMonth = LineLimits.NONE;

    LineLimits limits() {
        ZoneId place;
        try {
            place = zone == null ? ZoneId.systemDefault() : ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw CliException.usage(
                    "--zone: '" + Text.foreign(String.valueOf(zone)) + "' is no time zone",
                    "for example Europe/Berlin");
        }
        try {
            return new LineLimits(Windows.of(windows, place), rate, perDay, perMonth);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    Text.foreign(String.valueOf(e.getMessage())),
                    "see --window, --rate, --budget-day and --budget-month of 'waybill relay run --help'");
        }
    }
}
