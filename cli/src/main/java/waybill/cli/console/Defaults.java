package waybill.cli.console;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option comes from that is not on the command line: the environment ({@code WAYBILL_TO} for {@code --to}), then
 * the configuration file ({@code to = https://...}, one a line, {@code #} begins a comment; {@code relay.every} counts for
 * {@code relay} commands alone). A key that is no option of any command is an error, and so is an unknown variable.
 *
 * <p>The file is {@code $WAYBILL_CONFIG}, else {@code waybill/waybill.conf} in {@code $XDG_CONFIG_HOME} or
 * {@code ~/.config}, else {@code /etc/waybill/waybill.conf}.
 */
public final class Defaults implements IDefaultValueProvider {
    /** Variables with a {@code WAYBILL_} name that are no option: the launcher's, and the file's place. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("WAYBILL_CONFIG", "WAYBILL_JAVA", "WAYBILL_JVM_OPTIONS", "WAYBILL_HEAP");

    private final Map<String, String> environment;
    private final Map<String, String> file;
    private final String origin;
    private final String named;

    private Defaults(Map<String, String> environment, Map<String, String> file, String origin, String named) {
        this.environment = environment;
        this.file = file;
        this.origin = origin;
        this.named = named;
    }

    /** Which configuration file was read, or where one was looked for, for people. */
    public String origin() {
        return origin;
    }

    /** Reads the environment and the file, and holds every key against the commands' options. */
    public static Defaults load(CommandLine commands, Map<String, String> environment, Path home) {
        Set<String> known = new TreeSet<>();
        collect(commands, "", known);
        for (String name : environment.keySet()) {
            if (name.startsWith("WAYBILL_") && !OTHER_VARIABLES.contains(name)) {
                String key = name.substring(8).toLowerCase(Locale.ROOT).replace('_', '-');
                if (!known.contains(key)) {
                    throw CliException.usage(
                            "the environment's " + Text.foreign(name) + " is no option", suggestion(key, known));
                }
            }
        }
        Map<String, String> file = new TreeMap<>();
        List<Path> places = places(environment, home);
        Optional<Path> place = places.stream()
                .filter(path -> environment.containsKey("WAYBILL_CONFIG") || Files.isRegularFile(path))
                .findFirst();
        if (place.isPresent()) {
            file = read(place.get(), known);
        }
        String origin = place.map(path -> "the configuration file is " + path)
                .orElse("there is no configuration file"
                        + (places.isEmpty() ? "" : " " + places.getFirst() + " or " + places.getLast()));
        String named = place.map(path -> "the configuration file " + path).orElse("");
        return new Defaults(Map.copyOf(environment), file, origin, named);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option)) {
            return null;
        }
        String variable = environment.get(variable(option));
        if (variable != null) {
            return variable;
        }
        CommandSpec command = option.command();
        List<String> path = new ArrayList<>(List.of(command.qualifiedName(".").split("\\.")));
        String key = key(option);
        for (int length = path.size(); length > 1; length--) {
            String value = file.get(String.join(".", path.subList(1, length)) + "." + key);
            if (value != null) {
                return value;
            }
        }
        return file.get(key);
    }

    /** Where this value of an option stands, for people; nothing if it is on the command line. */
    public Optional<String> place(OptionSpec option, @Nullable String value) {
        if (value == null || !value.equals(defaultValue(option))) {
            return Optional.empty();
        }
        String variable = variable(option);
        return Optional.of(environment.containsKey(variable) ? "the environment's " + variable : named);
    }

    private static String variable(OptionSpec option) {
        return "WAYBILL_" + key(option).toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static List<Path> places(Map<String, String> environment, Path home) {
        String named = environment.get("WAYBILL_CONFIG");
        if (named != null) {
            return named.isEmpty() ? List.of() : List.of(Path.of(named));
        }
        return List.of(
                Home.config(environment, home).resolve("waybill/waybill.conf"), Path.of("/etc/waybill/waybill.conf"));
    }

    private static Map<String, String> read(Path path, Set<String> known) {
        List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "the configuration file " + path + " cannot be read: "
                            + (e instanceof CharacterCodingException ? "it is no text in UTF-8" : Reason.of(e, path)),
                    "make it readable, or name another with WAYBILL_CONFIG; an empty WAYBILL_CONFIG is none",
                    e);
        }
        Map<String, String> values = new TreeMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            int equals = text.indexOf('=');
            String key = equals < 0 ? text : text.substring(0, equals).strip();
            String where = path + ", line " + number + ": ";
            if (equals < 0) {
                throw CliException.usage(where + "no '=' in it", "write it as: key = value");
            }
            if (!known.contains(key)) {
                throw CliException.usage(where + "'" + Text.foreign(key) + "' is no option", suggestion(key, known));
            }
            if (values.put(key, text.substring(equals + 1).strip()) != null) {
                throw CliException.usage(where + "'" + key + "' stands there twice", "leave one of the two");
            }
        }
        return values;
    }

    private static void collect(CommandLine command, String path, Set<String> known) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (!option.usageHelp() && !option.versionHelp()) {
                known.add(key(option));
                known.add(path + key(option));
            }
        }
        command.getSubcommands().forEach((name, sub) -> collect(sub, path + name + ".", known));
        // "relay.every" means every command of that group
        if (!path.isEmpty()) {
            for (CommandLine sub : command.getSubcommands().values()) {
                for (OptionSpec option : sub.getCommandSpec().options()) {
                    known.add(path + key(option));
                }
            }
        }
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    private static String suggestion(String key, Set<String> known) {
        return Suggestion.of(
                        key,
                        known.stream()
                                .filter(k -> k.contains(".") == key.contains("."))
                                .toList())
                .orElse("the keys are the long options of the commands without their dashes");
    }
}
