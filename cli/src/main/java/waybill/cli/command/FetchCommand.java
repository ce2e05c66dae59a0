package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileUrl;
import waybill.requester.RequesterConfig;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;
import waybill.update.Fetcher;
import waybill.update.Holdings;
import waybill.update.share.Giving;

/** {@code waybill fetch}. */
@Command(
        name = "fetch",
        description = "Fetch a published file, from a neighbour that has it or else from the backend, and verify it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill fetch https://backend.example/inbox/files/daily.cvd -o daily.cvd --trust anchor.pem",
            "  waybill fetch --all https://backend.example/inbox -C updates/ --trust anchor.pem",
            "",
            "A file appears only when all of it is verified, in place of an older one. Ends with 0 all there, 3 not",
            "published, 4 not to be had in time, 5 not verified, 6 it cannot be written, 130 interrupted. After 4",
            "and 130 what came is kept, and the next fetch goes on with it."
        })
public final class FetchCommand implements Callable<Integer> {
    @Parameters(paramLabel = "URL", description = "The file's URL; with --all the backend's.")
    private String url = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where the file goes (default: its name, here).")
    private @Nullable Path output;

    @Option(names = "--all", description = "All that the backend publishes, and of that only what changed.")
    private boolean all;

    @Option(
            names = {"-C", "--directory"},
            paramLabel = "DIR",
            description = "With --all: where the files go; what else is there stays.")
    private @Nullable Path directory;

    @Option(
            names = "--share",
            paramLabel = "TIME",
            defaultValue = "0",
            converter = DurationConverter.class,
            description = "When it is done, give what is in the cache to other machines of the LAN for so long; fetch"
                    + " nothing for them.")
    private Duration share = Duration.ZERO;

    @Mixin
    private final ShareOptions sharing = new ShareOptions();

    @Mixin
    private final FetchOptions fetch = new FetchOptions();

    @Mixin
    private final OutputOptions out = new OutputOptions();

    @Override
    public Integer call() {
        Console console = out.console();
        if (all != (directory != null) || (all && output != null)) {
            throw CliException.usage(
                    "--all and -C go together, and -o with neither", "see 'waybill fetch --help' for examples");
        }
        BackendUrl backend =
                all ? parsed(BackendUrl::fromOperator) : parsed(FileUrl::parse).backend();
        RequesterConfig config = fetch.config(backend);
        try (Interruption _ = Interruption.watch()) {
            Holdings holdings = Holdings.open(config, fetch.limits(), InstantSource.system());
            Optional<Giving> giving = giving(config, holdings, console);
            try {
                int code = fetch(config, holdings, console);
                if (giving.isPresent() && code == ExitCode.OK) {
                    goOn(console);
                }
                return code;
            } finally {
                giving.ifPresent(Giving::close);
            }
        } catch (InterruptedException | ClosedByInterruptException e) {
            throw Interruption.kept("what came is kept: fetch it again, and it goes on", e);
        } catch (IOException e) {
            throw fetch.failed(e);
        }
    }

    private int fetch(RequesterConfig config, Holdings holdings, Console console)
            throws IOException, InterruptedException {
        try (Fetcher fetcher = Fetcher.open(config, holdings);
                FetchView view = new FetchView(console, fetch.verbose())) {
            if (share.isPositive() && directory == null) {
                // What is given to others is what a catalogue names.
                var _ = fetcher.mirror(Path.of(""), _ -> List.of(), view);
            }
            return directory == null ? one(fetcher, view, console) : mirror(fetcher, directory, view, console);
        }
    }

    /** Gives what is here already while the rest comes, if that is wanted. */
    private Optional<Giving> giving(RequesterConfig config, Holdings holdings, Console console) {
        if (!share.isPositive()) {
            return Optional.empty();
        }
        try {
            Giving giving = sharing.start(config, holdings);
            console.note("gives what it holds as " + giving.node() + " at " + Service.text(giving.address()));
            return Optional.of(giving);
        } catch (IOException e) {
            throw Service.notStarted("sharing", e);
        }
    }

    /** Until the time is over, or somebody interrupts it: what was fetched is there in any case. */
    private void goOn(Console console) {
        console.note("gives it to others for " + Text.time(share));
        try {
            Thread.sleep(share);
        } catch (InterruptedException e) {
            console.note("gives no longer");
        }
    }

    private interface Parser<T> {
        T of(String text);
    }

    private <T> T parsed(Parser<T> parser) {
        try {
            return parser.of(url);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    Text.foreign(String.valueOf(e.getMessage())),
                    all
                            ? "for example https://backend.example/inbox"
                            : "for example https://backend.example/inbox/files/daily.cvd",
                    e);
        }
    }

    private int one(Fetcher fetcher, FetchView view, Console console) throws IOException, InterruptedException {
        FileUrl file = parsed(FileUrl::parse);
        String name = file.name().text();
        Path target = output != null ? output : Path.of(name.substring(name.lastIndexOf('/') + 1));
        if (Files.isDirectory(target)) {
            throw CliException.usage(target + " is a directory", "-o names the file itself");
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw CliException.usage("there is no directory " + parent, "make it first, or name another with -o");
        }
        FetchResult result = fetcher.fetch(file.name(), target, view);
        view.close();
        Map<String, Object> object = FetchWords.json(result);
        object.put("fromLan", view.fromLan());
        object.put("fromOrigin", view.fromOrigin());
        object.put("findings", view.findings());
        return end(console, object, result.outcome(), FetchWords.describe(result), result.detail());
    }

    private int mirror(Fetcher fetcher, Path folder, FetchView view, Console console)
            throws IOException, InterruptedException {
        if (!Files.isDirectory(folder)) {
            throw CliException.usage("there is no directory " + folder, "make it first, or name another with -C");
        }
        Fetcher.Mirrored mirrored = fetcher.mirror(folder, view);
        view.close();
        List<Map<String, Object>> rows = new ArrayList<>();
        int worst = FetchWords.code(mirrored.outcome());
        boolean anew = mirrored.files().stream().anyMatch(result -> result.outcome() == Outcome.FETCHED);
        Outcome outcome = mirrored.catalogue().isPresent() && !anew ? Outcome.CURRENT : mirrored.outcome();
        String detail = mirrored.detail();
        long changed = 0;
        long failed = 0;
        for (FetchResult result : mirrored.files()) {
            rows.add(FetchWords.json(result));
            if (result.outcome() == Outcome.FETCHED) {
                changed++;
                console.result(FetchWords.describe(result));
            } else if (!result.good()) {
                failed++;
                console.note(FetchWords.describe(result) + " (" + Text.foreign(result.detail()) + ")");
            }
            if (FetchWords.code(result.outcome()) > worst) {
                worst = FetchWords.code(result.outcome());
                outcome = result.outcome();
                detail = result.detail();
            }
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("outcome", FetchWords.word(outcome));
        mirrored.catalogue().ifPresent(catalogue -> {
            object.put("backend", catalogue.packet().backend().toString());
            object.put("release", catalogue.packet().release());
            object.put("published", catalogue.packet().published().toString());
            object.put("expires", catalogue.packet().expires().toString());
        });
        object.put("files", rows);
        object.put("fromLan", view.fromLan());
        object.put("fromOrigin", view.fromOrigin());
        object.put("findings", view.findings());
        String text = mirrored.catalogue().isEmpty()
                ? FetchWords.noCatalogue(outcome)
                : changed + " changed, " + (rows.size() - changed - failed) + " as before, "
                        + (failed == 0 ? "" : failed + " not had, ") + "of " + rows.size()
                        + (rows.size() == 1 ? " file" : " files");
        return end(console, object, outcome, text, detail);
    }

    private static int end(Console console, Map<String, Object> object, Outcome outcome, String text, String detail) {
        int code = FetchWords.code(outcome);
        if (code != ExitCode.OK) {
            object.put("error", detail);
            object.put("hint", FetchWords.hint(outcome));
        }
        if (ExitCode.undecided(code)) {
            object.put("kept", true);
        }
        console.end(FetchWords.word(outcome), code, object);
        if (code == ExitCode.OK) {
            console.result(text);
        } else {
            console.note("waybill: error: " + text + (detail.isEmpty() ? "" : " (" + Text.foreign(detail) + ")"));
            console.note("hint: " + FetchWords.hint(outcome));
        }
        return code;
    }
}
