package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import waybill.cli.console.ExitCode;

/** The one shape that every command's JSON ends in, as {@code docs/operations.md} has it. */
final class JsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    /** Every command that is no group, as it is in the program; the demo, help and completion speak to people alone. */
    static Stream<String> everyCommand() {
        List<String> paths = new ArrayList<>();
        collect(Main.commandLine(), "", paths);
        paths.removeAll(List.of("demo", "help", "generate-completion"));
        return paths.stream();
    }

    private static void collect(CommandLine command, String path, List<String> paths) {
        command.getSubcommands().forEach((name, sub) -> {
            if (sub.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            if (sub.getSubcommands().isEmpty()) {
                paths.add(path + name);
            }
            collect(sub, path + name + " ", paths);
        });
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void aCommandLineThatCannotBeReadIsSaidInTheOneShape(String path) throws IOException {
        JsonNode said = run(Map.of(), path + " --no-such-option --json");
        assertThat(said.path("exit").asInt()).isEqualTo(ExitCode.USAGE);
        assertThat(run(Map.of("WAYBILL_JSON", "true"), path + " --no-such-option"))
                .isEqualTo(said);
    }

    @Test
    void everyCommandEndsInTheOneShape() throws IOException {
        Path source = Files.createDirectories(dir.resolve("updates"));
        Files.writeString(source.resolve("rules.txt"), "allow");
        Path folder = Files.createDirectories(dir.resolve("stick"));
        String backend = dir + "/backend";
        String trust = " --trust " + backend + "/anchor.pem --data " + dir + "/data";
        String to = " --to https://backend.example/inbox";
        // what can be had without a network, and how it ends; the suite of the packaged program shows the rest
        Map<String, String> lines = new TreeMap<>();
        lines.put("backend init", "made: " + backend + " --host backend.example");
        lines.put("backend renew", "renewed: " + backend);
        lines.put("backend arrivals", "listed: " + backend);
        lines.put("backend run", "error: " + dir + "/none --listen 127.0.0.1:0");
        lines.put("publish", "published: " + source + " --backend " + backend);
        lines.put("blacklist list", "listed: --data " + dir + "/data");
        lines.put("blacklist pardon", "error: nobody --data " + dir + "/data");
        lines.put("blacklist clear", "pardoned: --data " + dir + "/data");
        lines.put("receipts collect", "collected:" + trust);
        lines.put("receipts list", "listed: --data " + dir + "/data");
        lines.put("export", "exported: " + folder + trust);
        lines.put("import", "error: " + folder + to + trust + " --in-flight 0");
        lines.put("send", "error: " + dir + "/none" + to + trust);
        lines.put("fetch", "error: --all https://backend.example/inbox -C " + dir + "/none" + trust);
        lines.put("update", "error: --to https://backend.example/inbox -C " + dir + "/none" + trust);
        lines.put("verify", "error: " + dir + "/none --trust " + backend + "/anchor.pem");
        lines.put("open", "error: " + dir + "/none --identity " + backend + "/offline/identity.txt -C " + dir + "/out");
        lines.put("mirror", "error:" + to + " --trust " + dir + "/none");
        lines.put("relay run", "error:" + to + " --trust " + dir + "/none");
        lines.put("relays", "error:" + to + " --interface none --no-dns-sd --for 0 --data " + dir + "/data");
        assertThat(lines.keySet())
                .containsExactlyInAnyOrderElementsOf(everyCommand().toList());

        assertThat(end("backend init", lines)).isEqualTo("made");
        for (String path : lines.keySet()) {
            if (!path.equals("backend init")) {
                assertThat(end(path, lines))
                        .as(path)
                        .isEqualTo(lines.getOrDefault(path, ":").split(":", 2)[0]);
            }
        }
    }

    @Test
    void receiptsCarriedHomeEndInTheOneShapeToo() throws IOException {
        run(Map.of(), "backend init " + dir + "/backend --host backend.example --json");
        Path folder = Files.createDirectories(dir.resolve("stick"));
        JsonNode said = run(
                Map.of(),
                "receipts collect --from " + folder + " --trust " + dir + "/backend/anchor.pem --data " + dir
                        + "/data --json");
        assertThat(said.path("outcome").asText()).isEqualTo("collected");
    }

    @Test
    void aFlagMeansYesWhateverTheEnvironmentSays() throws IOException {
        String list = "blacklist list --data " + dir + "/data";
        JsonNode said = run(Map.of(), list + " --json");
        assertThat(run(Map.of("WAYBILL_JSON", "true"), list)).isEqualTo(said);
        assertThat(run(Map.of("WAYBILL_JSON", "true"), list + " --json")).isEqualTo(said);
        assertThat(run(Map.of("WAYBILL_JSON", "false"), list + " --json")).isEqualTo(said);
        for (OptionSpec flag : flags(Main.commandLine())) {
            assertThat(flag.fallbackValue()).as(flag.longestName()).isEqualTo("true");
        }
    }

    private static List<OptionSpec> flags(CommandLine command) {
        List<OptionSpec> flags = new ArrayList<>(command.getCommandSpec().options().stream()
                .filter(option -> option.arity().max() == 0 && !option.usageHelp() && !option.versionHelp())
                .toList());
        command.getSubcommands().values().forEach(sub -> flags.addAll(flags(sub)));
        return flags;
    }

    private String end(String path, Map<String, String> lines) throws IOException {
        return run(
                        Map.of(),
                        path + " "
                                + lines.getOrDefault(path, ":").split(":", 2)[1].strip() + " --json")
                .path("outcome")
                .asText();
    }

    /** Runs it, looks at the shape, and gives the last line. */
    private JsonNode run(Map<String, String> environment, String line) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(line.split(" +"), new PrintWriter(out, true), new PrintWriter(err, true), environment, dir);
        assertThat(out.toString()).as("%s\n%s", line, err).isNotBlank();
        JsonNode last = JSON.readTree(out.toString().lines().toList().getLast());
        assertThat(last.path("exit").isInt()).as("%s: %s", line, last).isTrue();
        assertThat(last.path("exit").asInt()).as("%s: %s", line, last).isEqualTo(code);
        assertThat(last.path("outcome").asText()).as("%s: %s", line, last).isNotBlank();
        if (code != ExitCode.OK) {
            assertThat(last.path("outcome").asText()).as(line).isEqualTo(ExitCode.word(code));
            assertThat(last.path("error").asText()).as(line).isNotBlank();
            assertThat(last.path("hint").isTextual()).as(line).isTrue();
        }
        assertThat(last.has("kept")).as("%s: %s", line, last).isEqualTo(ExitCode.undecided(code));
        return last;
    }
}
