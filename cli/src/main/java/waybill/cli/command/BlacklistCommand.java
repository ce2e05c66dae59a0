package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;

/** {@code waybill blacklist}: whom this sender no longer trusts. */
@Command(
        name = "blacklist",
        description = "Relays that forged a receipt or missed a deadline.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {BlacklistCommand.ListAll.class, BlacklistCommand.Pardon.class, BlacklistCommand.Clear.class},
        footer = {"", "Example:", "  waybill blacklist list", "  waybill blacklist pardon 192.168.7.20"})
public final class BlacklistCommand {

    /** Where the list is. */
    static final class Where {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "The sender's data directory (default: ~/.local/state/waybill).")
        private @Nullable Path data;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        Path data() {
            return Optional.ofNullable(data).orElseGet(Places::state);
        }

        Console console() {
            return output.console();
        }

        Blacklist open() {
            try {
                return FileBlacklist.open(data(), InstantSource.system());
            } catch (IOException e) {
                throw CliException.io(
                        "the black list under " + Text.foreign(data().toString()) + " cannot be read: "
                                + Reason.of(e, data()),
                        "see --data",
                        e);
            }
        }
    }

    /** {@code waybill blacklist list}. */
    @Command(
            name = "list",
            description = "Who is on the list, since when, until when and why.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  waybill blacklist list --json"})
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Where where = new Where();

        @Override
        public Integer call() {
            Console console = where.console();
            List<Blacklist.Entry> entries = where.open().list();
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Blacklist.Entry entry : entries) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("subject", entry.subject().toString());
                row.put("reason", entry.reason().name());
                row.put("since", entry.since().toString());
                row.put("until", entry.until().map(Object::toString).orElse(""));
                row.put("count", entry.count());
                row.put("detail", entry.detail());
                row.put("evidence", entry.evidence().orElse(""));
                rows.add(row);
                console.result(entry.subject() + "  " + entry.reason() + "  since " + entry.since() + "  "
                        + entry.until().map(u -> "until " + u).orElse("until pardoned")
                        + "  " + Text.foreign(entry.detail())
                        + entry.evidence().map(e -> "  evidence " + e).orElse(""));
            }
            if (entries.isEmpty()) {
                console.note("nobody is black-listed");
            }
            console.end("listed", ExitCode.OK, Map.of("blacklist", rows));
            return ExitCode.OK;
        }
    }

    /** {@code waybill blacklist pardon}. */
    @Command(
            name = "pardon",
            description = "Take one relay off the list.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  waybill blacklist pardon 192.168.7.20"})
    static final class Pardon implements Callable<Integer> {
        @Parameters(paramLabel = "RELAY", description = "Its node or address, as 'list' shows it.")
        private String subject = "";

        @Mixin
        private final Where where = new Where();

        @Override
        public Integer call() {
            Console console = where.console();
            if (!where.open().pardon(subject)) {
                throw CliException.usage(
                        "'" + Text.foreign(subject) + "' is not on the list", "'waybill blacklist list' shows who is");
            }
            console.result("pardoned " + Text.foreign(subject));
            console.end("pardoned", ExitCode.OK, Map.of("pardoned", subject));
            return ExitCode.OK;
        }
    }

    /** {@code waybill blacklist clear}. */
    @Command(
            name = "clear",
            description = "Take everybody off the list.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  waybill blacklist clear"})
    static final class Clear implements Callable<Integer> {
        @Mixin
        private final Where where = new Where();

        @Override
        public Integer call() {
            Console console = where.console();
            int count = where.open().clear();
            console.result("pardoned " + count);
            console.end("pardoned", ExitCode.OK, Map.of("pardoned", count));
            return ExitCode.OK;
        }
    }
}
