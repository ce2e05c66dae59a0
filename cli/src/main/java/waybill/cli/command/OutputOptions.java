package waybill.cli.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.Logging;
import waybill.cli.console.Text;

/** How a command talks; every command has these. */
final class OutputOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything is called
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object on standard output, and nothing for people.")
    private boolean json;

    @Option(
            names = "--log-level",
            paramLabel = "error|warn|info|debug",
            completionCandidates = Levels.class,
            description = "What is logged on standard error (default: info for services, else warn).")
    private String level = "";

    /** What can be asked for. */
    static final class Levels extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Levels() {
            super(List.of("error", "warn", "info", "debug"));
        }
    }

    /** The console of a short command. */
    Console console() {
        Logging.use(level("warn"), false);
        return make();
    }

    /** The console of a service: its log is its voice, with {@code --json} one JSON object a line. */
    Console service() {
        Logging.use(level("info"), json);
        return make();
    }

    private String level(String usual) {
        if (level.isEmpty()) {
            return usual;
        }
        if (!new Levels().contains(level.toLowerCase(Locale.ROOT))) {
            throw CliException.usage(
                    "--log-level: '" + Text.foreign(level) + "' is no level", "it is error, warn, info or debug");
        }
        return level;
    }

    private Console make() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        return new Console(
                out,
                err,
                json,
                Optional.ofNullable(System.console())
                        .map(java.io.Console::isTerminal)
                        .orElse(false));
    }
}
