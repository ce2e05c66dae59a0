package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.backend.BackendPublish;
import waybill.backend.BackendPublish.Change;
import waybill.backend.BackendPublish.Published;
import waybill.backend.BackendSetupException;
import waybill.backend.PublishSource;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.DurationConverter;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;

/** {@code waybill publish}: files for everybody, signed. */
@Command(
        name = "publish",
        description = "Publish a folder: sign its files as the backend's updates, in place of those published before.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill publish updates/ --backend backend/ --offline /media/safe/offline",
            "",
            "A running 'backend run' gives the new files within seconds, at URL/files/NAME. What is no longer in",
            "the folder is withdrawn. Publish again before the publication expires, changed or not."
        })
public final class PublishCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The files; the folders in it become part of their names.")
    @SuppressWarnings("NullAway.Init") // required
    private Path source;

    @Option(names = "--backend", required = true, paramLabel = "DIR", description = "The backend's directory.")
    @SuppressWarnings("NullAway.Init") // required
    private Path backend;

    @Option(
            names = "--offline",
            paramLabel = "DIR",
            description = "Where the publisher's key is now (default: offline in the backend's directory).")
    private @Nullable Path offline;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long it holds: the longest a machine can be kept from the next one without noticing"
                    + " (default: 7d).")
    private Duration expires = BackendPublish.DEFAULT_EXPIRES;

    @Option(
            names = "--number",
            paramLabel = "N",
            description = "The publication's number, where the last one's was lost (default: one more than the last).")
    private @Nullable Long number;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws BackendSetupException {
        Console console = output.console();
        try {
            PublishSource files = PublishSource.scan(source);
            BackendPublish.Options options = new BackendPublish.Options(
                    offline == null ? BackendPublish.Options.of(backend).offline() : offline,
                    expires,
                    number == null ? OptionalLong.empty() : OptionalLong.of(number));
            Published published;
            try (Console.Progress progress = console.progress("reading", files.bytes())) {
                published = BackendPublish.publish(files, backend, options, InstantSource.system(), progress::at);
            }
            show(console, published);
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw CliException.usage(Text.foreign(String.valueOf(e.getMessage())), "see --expires");
        } catch (IOException e) {
            throw CliException.io(
                    Text.foreign(source.toString()) + " cannot be published: " + Reason.of(e, source),
                    "what was published before stays as it was",
                    e);
        }
    }

    private static void show(Console console, Published published) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("url", published.url().toString());
        object.put("release", published.release());
        object.put("expires", published.expires().toString());
        for (Change change : Change.values()) {
            List<Map<String, Object>> files =
                    published.files(change).stream().map(PublishCommand::object).toList();
            object.put(change.name().toLowerCase(java.util.Locale.ROOT), files);
        }
        console.end("published", ExitCode.OK, object);
        for (Change change : List.of(Change.NEW, Change.CHANGED, Change.WITHDRAWN)) {
            published
                    .files(change)
                    .forEach(file ->
                            console.result("%-9s ".formatted(change.name().toLowerCase(java.util.Locale.ROOT))
                                    + file.name()
                                    + (change == Change.WITHDRAWN ? "" : "  " + Text.bytes(file.size()))));
        }
        int given = published.files().size() - published.files(Change.WITHDRAWN).size();
        console.result("published " + published.release() + ": " + given + (given == 1 ? " file, " : " files, ")
                + published.files(Change.UNCHANGED).size() + " unchanged, at " + published.url() + "/files/");
        console.result("expires   " + published.expires());
    }

    private static Map<String, Object> object(BackendPublish.File file) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", file.name().text());
        object.put("size", file.size());
        object.put("sha256", file.sha256().hex());
        return object;
    }
}
