package waybill.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;

/** Another process of this very program, on the demo's behalf; it ends with the demo. */
final class Child implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final String name;
    private final Process process;
    private final Path log;

    private Child(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts {@code waybill ARGS} with its own log, away from this person's configuration. */
    static Child start(String name, Path directory, List<String> args) throws IOException {
        Path log = directory.resolve(name + ".log");
        ProcessBuilder builder = builder(directory, args).redirectError(log.toFile());
        Child child = new Child(name, builder.start(), log);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(child.process::destroyForcibly));
        return child;
    }

    /** Runs {@code waybill ARGS} to its end before the person's eyes and gives its exit code. */
    static int run(Path directory, List<String> args) throws IOException, InterruptedException {
        Process process = builder(directory, args).inheritIO().start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            throw e;
        }
    }

    /** Runs {@code waybill ARGS} to its end and gives the first line it printed. */
    static String capture(Path directory, List<String> args) throws IOException {
        Process process = builder(directory, args)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            return line == null ? "" : line;
        }
    }

    private static ProcessBuilder builder(Path directory, List<String> args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.add("-Xmx160m");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "waybill.cli.Main"));
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("WAYBILL_"));
        builder.environment().put("WAYBILL_CONFIG", "");
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        return builder;
    }

    /** Waits until the child says that it listens, and gives the JSON line it said it with. */
    String listening() {
        try {
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            if (line != null && line.contains("\"event\":\"listening\"")) {
                return line;
            }
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (Thread.interrupted()) {
                throw new InterruptedException("the child was told to end, and so were we");
            }
            throw new CliException(ExitCode.INTERNAL, "the demo's " + name + " did not start", lastWords());
        } catch (IOException e) {
            throw new CliException(ExitCode.INTERNAL, "the demo's " + name + " did not start", lastWords(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.INTERRUPTED, "interrupted", "", e);
        }
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log);
            return "its log " + log + " ends: " + (lines.isEmpty() ? "(empty)" : lines.getLast());
        } catch (IOException e) {
            return "its log is " + log;
        }
    }

    /** Ends the child: first with a word, then without. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
