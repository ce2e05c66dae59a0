package waybill.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import waybill.backend.BackendSetupException;
import waybill.cli.command.Interruption;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.Defaults;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Home;
import waybill.cli.console.Suggestion;
import waybill.cli.console.Text;

/** The program: finds the command, runs it, and turns whatever happens into a message and an exit code. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) throws InterruptedException {
        AtomicInteger code = new AtomicInteger(ExitCode.INTERNAL);
        // A virtual thread: only there does an interrupt end a wait for the network.
        Thread.ofVirtual()
                .name("main")
                .start(() -> code.set(
                        run(args, writer(System.out), writer(System.err), System.getenv(), Home.of(System.getenv()))))
                .join();
        System.out.flush();
        System.err.flush();
        Interruption.ended(code.get());
        System.exit(code.get());
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, stream.charset());
    }

    /** The same without ending the process, for tests. */
    static int run(String[] args, PrintWriter out, PrintWriter err, Map<String, String> environment, Path home) {
        CommandLine commands = commandLine();
        commands.setOut(out).setErr(err);
        try {
            commands.setDefaultValueProvider(Defaults.load(commands, environment, home));
        } catch (CliException e) {
            return fail(err, out, wantsJson(args, environment), e);
        }
        commands.setExecutionExceptionHandler((failure, command, parsed) -> {
            CliException shown =
                    switch (failure) {
                        case CliException known -> known;
                        case BackendSetupException setup ->
                            CliException.usage(Text.foreign(String.valueOf(setup.getMessage())), setup.hint());
                        default -> unexpected(failure);
                    };
            return fail(err, out, wantsJson(args, command), shown);
        });
        commands.setParameterExceptionHandler((failure, parsed) -> fail(
                err,
                out,
                wantsJson(args, failure.getCommandLine()),
                CliException.usage(firstLine(failure), hint(failure))));
        return commands.execute(args);
    }

    /** The commands as picocli sees them. */
    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new WaybillCommand())
                .setUsageHelpAutoWidth(true)
                .setAbbreviatedOptionsAllowed(false);
        flagsSayYes(commands);
        return commands;
    }

    /** A flag on the command line means yes. To picocli it means the opposite of what the environment or the file says. */
    private static void flagsSayYes(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        for (OptionSpec option : List.copyOf(spec.options())) {
            if (option.arity().max() == 0 && !option.usageHelp() && !option.versionHelp()) {
                spec.remove(option);
                spec.addOption(OptionSpec.builder(option).fallbackValue("true").build());
            }
        }
        command.getSubcommands().values().forEach(Main::flagsSayYes);
    }

    private static CliException unexpected(Throwable failure) {
        LoggerFactory.getLogger(Main.class).debug("unexpected", failure);
        return new CliException(
                ExitCode.INTERNAL,
                "unexpected: " + failure.getClass().getSimpleName() + ": "
                        + Text.foreign(String.valueOf(failure.getMessage())),
                "run it again with --log-level debug and report what it prints",
                failure);
    }

    private static int fail(PrintWriter err, PrintWriter out, boolean json, CliException failure) {
        if (json) {
            out.println(Console.toJson(Console.ended(failure)));
        }
        err.println(Text.line("waybill: error: " + failure.getMessage()));
        if (!failure.hint().isEmpty()) {
            err.println(Text.line("hint: " + failure.hint()));
        }
        return failure.exitCode();
    }

    /** Before it is known which command it is, and what the file says. */
    private static boolean wantsJson(String[] args, Map<String, String> environment) {
        return List.of(args).contains("--json") || Boolean.parseBoolean(environment.get("WAYBILL_JSON"));
    }

    /** Whatever else of the command line could not be read. */
    private static boolean wantsJson(String[] args, CommandLine command) {
        OptionSpec json = command.getCommandSpec().findOption("--json");
        return List.of(args).contains("--json")
                || (json != null
                        && command.getDefaultValueProvider() instanceof Defaults defaults
                        && Boolean.parseBoolean(defaults.defaultValue(json)));
    }

    private static String firstLine(ParameterException failure) {
        String message = Optional.ofNullable(failure.getMessage()).orElse("the command line cannot be read");
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        return Text.foreign(line.isEmpty() ? line : Character.toLowerCase(line.charAt(0)) + line.substring(1));
    }

    private static String hint(ParameterException failure) {
        CommandSpec command = failure.getCommandLine().getCommandSpec();
        String help = "'" + command.qualifiedName() + " --help' shows what it takes";
        if (failure.getCommandLine().getDefaultValueProvider() instanceof Defaults defaults
                && failure.getArgSpec() instanceof OptionSpec option) {
            Optional<String> place = defaults.place(option, failure.getValue());
            if (place.isPresent()) {
                return "it stands in " + place.get() + "; " + help;
            }
        }
        if (failure instanceof UnmatchedArgumentException unmatched) {
            Set<String> known = new TreeSet<>(command.optionsMap().keySet());
            known.addAll(command.subcommands().keySet());
            return Suggestion.of(unmatched.getUnmatched().getFirst(), known).orElse(help);
        }
        if (failure instanceof MissingParameterException
                && failure.getCommandLine().getDefaultValueProvider() instanceof Defaults defaults) {
            return help + "; " + defaults.origin();
        }
        return help;
    }
}
