package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Stack;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.requester.Clocks;
import waybill.requester.RequesterConfig;
import waybill.store.DirectoryInUseException;
import waybill.store.content.ContentLimits;
import waybill.upkeep.LocalCommand;
import waybill.upkeep.Schedule;
import waybill.upkeep.Selection;
import waybill.upkeep.Upkeep;

/** {@code waybill update}. */
@Command(
        name = "update",
        description = "Keep a folder as the backend publishes it, round by round, and run a command after each change.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill update --to https://backend.example/inbox --trust anchor.pem -C /var/lib/av \\",
            "      --every 1h --then systemctl reload clamav-daemon",
            "  waybill update --to https://backend.example/inbox --trust anchor.pem -C /var/lib/av --share",
            "  waybill update --once rules/ --to https://backend.example/inbox --trust anchor.pem -C /etc/fw",
            "",
            "The command is run as it stands here, without a shell, never with anything that was received. It finds in its",
            "environment UPDATE_DIRECTORY, UPDATE_FILES (./NAME, a line each; empty beyond 32 KiB), UPDATE_COUNT,",
            "UPDATE_RELEASE and UPDATE_BACKEND. Where it fails the files stay, and it is run again after the next round.",
            "",
            "Runs until it is told to stop (0). With --once ends with 0 all is as published, 1 the command failed, 3 not",
            "published, 4 not to be had in time, 5 not verified, 6 it cannot be written or another process keeps the",
            "folder, 130 interrupted."
        })
public final class UpdateCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "What is wanted of all that is published: files, or folders with a '/' at the end.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--to",
            required = true,
            paramLabel = "URL",
            description = "The backend's URL, exactly as the backend was made with.")
    private String to = "";

    @Option(
            names = {"-C", "--directory"},
            required = true,
            paramLabel = "DIR",
            description = "The folder; what else is there stays.")
    @SuppressWarnings("NullAway.Init") // required
    private Path directory;

    @Option(
            names = "--every",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = DurationConverter.class,
            description = "How long after a round the next one begins; after one that failed it is sooner"
                    + " (default: ${DEFAULT-VALUE}).")
    private Duration every = Duration.ofHours(1);

    @Option(
            names = "--jitter",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Up to so much longer, by chance, so that not all machines ask at once"
                    + " (default: a tenth of --every).")
    private @Nullable Duration jitter;

    @Option(names = "--once", description = "One round, then end.")
    private boolean once;

    @Option(
            names = "--then",
            paramLabel = "COMMAND",
            parameterConsumer = Rest.class,
            description =
                    "A program and its arguments, run after a change. Stands last: all that follows belongs to it."
                            + " One word alone is parted at its blanks, as in the configuration file.")
    private List<String> then = new ArrayList<>();

    @Option(
            names = "--then-within",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "How long the command may take before it is ended (default: ${DEFAULT-VALUE}).")
    private Duration within = Duration.ofMinutes(10);

    @Option(
            names = "--share",
            description =
                    "Give what is in the cache to other machines of the LAN, as relays do; fetch nothing for them.")
    private boolean share;

    @Mixin
    private final ShareOptions sharing = new ShareOptions();

    @Mixin
    private final FetchOptions fetch = new FetchOptions();

    @Mixin
    private final OutputOptions out = new OutputOptions();

    /** Takes all that follows. */
    static final class Rest implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> args, ArgSpec argSpec, CommandSpec commandSpec) {
            List<String> words = new ArrayList<>();
            while (!args.isEmpty()) {
                words.add(args.pop());
            }
            argSpec.setValue(
                    words.size() == 1 ? List.of(words.getFirst().strip().split("\\s+")) : List.copyOf(words));
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        Console console = out.service();
        BackendUrl backend = ToOptions.parse(to);
        if (!Files.isDirectory(directory)) {
            throw CliException.usage("there is no directory " + directory, "make it first, or name another with -C");
        }
        if (once && share) {
            throw CliException.usage(
                    "--share lasts for as long as it runs, and --once ends",
                    "leave out one; 'waybill fetch' can --share for a time");
        }
        RequesterConfig config = fetch.config(backend);
        ContentLimits limits = fetch.limits();
        Upkeep.Settings settings = new Upkeep.Settings(fetch.data(), directory, backend, selection(), command());
        Schedule schedule = schedule();
        Clocks clocks = Clocks.system();
        UpdateView view = new UpdateView(console, fetch.verbose(), once, clocks);
        try (Interruption _ = Interruption.watch();
                Rounds rounds = share
                        ? Rounds.sharing(config, limits, sharing, view, clocks)
                        : Rounds.alone(config, limits, view);
                Upkeep upkeep = Upkeep.open(settings, rounds, clocks)) {
            return once ? one(upkeep, view) : forEver(upkeep, schedule, view, backend);
        } catch (DirectoryInUseException e) {
            throw new CliException(
                    ExitCode.LOCAL_IO,
                    "another process keeps " + directory + " current now",
                    "stop that one first, or let it do its work",
                    e);
        } catch (IOException e) {
            throw fetch.failed(e);
        }
    }

    private static int one(Upkeep upkeep, UpdateView view) {
        try {
            upkeep.resume().ifPresent(view::resumed);
            return view.last(upkeep.round(view.begins()));
        } catch (InterruptedException e) {
            throw Interruption.kept("what came is kept: run it again, and it goes on", e);
        }
    }

    private int forEver(Upkeep upkeep, Schedule schedule, UpdateView view, BackendUrl backend) {
        view.started(backend, directory, every, upkeep.there());
        try {
            upkeep.run(schedule, view);
        } catch (InterruptedException e) {
            view.stopped();
        }
        return ExitCode.OK;
    }

    private Selection selection() {
        try {
            return names.isEmpty() ? Selection.ALL : new Selection(names);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    "no file can be published by one of these names: " + Text.foreign(String.join(" ", names)),
                    String.valueOf(e.getMessage()));
        }
    }

    private Schedule schedule() {
        try {
            return new Schedule(every, jitter == null ? every.dividedBy(10) : jitter, new SecureRandom());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --every and --jitter");
        }
    }

    private Optional<Upkeep.Command> command() {
        if (then.isEmpty()) {
            return Optional.empty();
        }
        LocalCommand command;
        try {
            command = new LocalCommand(then, within);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()), "see --then and --then-within");
        }
        String path = System.getenv().getOrDefault("PATH", "");
        Path program = command.program(path)
                .orElseThrow(() -> CliException.usage(
                        "--then: there is no program " + then.getFirst(),
                        "name it by its path, the program first and each argument a word of its own"));
        try {
            if (program.toRealPath().startsWith(directory.toRealPath())) {
                throw CliException.usage(
                        "--then: " + program + " lies in the folder that is kept current",
                        "what is received is never run: copy the program elsewhere");
            }
        } catch (IOException e) {
            throw CliException.io(
                    "--then: " + program + " cannot be looked at: " + Reason.of(e, program),
                    "check its permissions",
                    e);
        }
        return Optional.of(command);
    }
}
