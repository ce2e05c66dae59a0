package waybill.cli.command;

import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import waybill.cli.console.Console;
import waybill.cli.console.Logging;

/** How a command talks; every command has these. */
final class OutputOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything is called
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object on standard output, and nothing for people.")
    private boolean json;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug; services log at info, all else at warn.")
    private String level = "";

    /** The console of a short command. */
    Console console() {
        Logging.use(level.isEmpty() ? "warn" : level, false);
        return make();
    }

    /** The console of a service: its log is its voice, with {@code --json} one JSON object a line. */
    Console service() {
        Logging.use(level.isEmpty() ? "info" : level, json);
        return make();
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
