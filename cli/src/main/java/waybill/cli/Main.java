package waybill.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
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
            return fail(err, out, wantsJson(args), e.exitCode(), String.valueOf(e.getMessage()), e.hint());
        }
        commands.setExecutionExceptionHandler((failure, command, parsed) -> {
            CliException shown =
                    switch (failure) {
                        case CliException known -> known;
                        case BackendSetupException setup ->
                            CliException.usage(Text.foreign(String.valueOf(setup.getMessage())), setup.hint());
                        default -> unexpected(failure);
                    };
            return fail(err, out, wantsJson(args), shown.exitCode(), String.valueOf(shown.getMessage()), shown.hint());
        });
        commands.setParameterExceptionHandler((failure, parsed) ->
                fail(err, out, wantsJson(args), ExitCode.USAGE, firstLine(failure), hint(failure)));
        return commands.execute(args);
    }

    /** The commands as picocli sees them. */
    static CommandLine commandLine() {
        return new CommandLine(new WaybillCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setAbbreviatedOptionsAllowed(false);
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

    private static int fail(PrintWriter err, PrintWriter out, boolean json, int code, String message, String hint) {
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("outcome", "error");
            object.put("error", message);
            object.put("hint", hint);
            object.put("exit", code);
            out.println(Console.toJson(object));
        }
        err.println(Text.line("waybill: error: " + message));
        if (!hint.isEmpty()) {
            err.println(Text.line("hint: " + hint));
        }
        return code;
    }

    private static boolean wantsJson(String[] args) {
        for (String arg : args) {
            if (arg.equals("--json")) {
                return true;
            }
        }
        return false;
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
