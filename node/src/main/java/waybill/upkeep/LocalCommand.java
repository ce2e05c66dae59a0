package waybill.upkeep;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command of the operator's own: a program and its arguments as he wrote them, without a shell between. What it is to know
 * it finds in its environment; it reads nothing on standard input. It has so much time, then it and what it started is
 * ended. Its output goes to the log, a bounded number of lines. Safe for use by several threads.
 */
public final class LocalCommand implements Upkeep.Command {
    /** The most lines of output that go to the log. */
    static final int MAX_LINES = 1_000;

    private static final int MAX_LINE = 2_000;
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** Output may still come for so long once the program has ended; others it started may hold its end open for ever. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(LocalCommand.class);

    private final List<String> words;
    private final Duration most;
    private final Duration grace;
    private final Consumer<String> output;

    /**
     * How it ended.
     *
     * @param exit its exit code, unless it could not be started or was ended
     * @param detail what is to be said of it, for people
     */
    public record Ended(boolean ok, OptionalInt exit, String detail) {}

    /**
     * A command.
     *
     * @param words the program and its arguments
     * @param most the time it has
     * @throws IllegalArgumentException if there is no program, or no time
     */
    public LocalCommand(List<String> words, Duration most) {
        this(words, most, GRACE, line -> LOG.info("{}: {}", words.getFirst(), line));
    }

    LocalCommand(List<String> words, Duration most, Duration grace, Consumer<String> output) {
        if (words.isEmpty() || words.getFirst().isEmpty() || !most.isPositive()) {
            throw new IllegalArgumentException("a command has a program, and time");
        }
        this.words = List.copyOf(words);
        this.most = most;
        this.grace = grace;
        this.output = output;
    }

    /** The program, as it would be run now with this search path; none if there is no such program. */
    public Optional<Path> program(String searchPath) {
        String name = words.getFirst();
        Stream<Path> places = name.indexOf('/') >= 0 || name.indexOf(File.separatorChar) >= 0
                ? Stream.of(Path.of(name))
                : Stream.of(searchPath.split(File.pathSeparator))
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder, name));
        return places.filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
                .findFirst();
    }

    @Override
    public Ended run(Map<String, String> environment) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Ended(false, OptionalInt.empty(), "it cannot be started: " + e.getMessage());
        }
        Thread reader = Thread.ofVirtual().name("command-output").start(() -> read(process));
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            LOG.debug("closing a command's input", e);
        }
        try {
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Ended(
                        false, OptionalInt.empty(), "it did not end within " + most.toSeconds() + " s and was ended");
            }
            reader.join(LAST_WORDS);
            int exit = process.exitValue();
            return new Ended(exit == 0, OptionalInt.of(exit), exit == 0 ? "" : "it ended with " + exit);
        } finally {
            end(process);
        }
    }

    private void read(Process process) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            long count = 0;
            for (int next = lines.read(); next >= 0; next = lines.read()) {
                if (next == '\n') {
                    say(line, ++count);
                } else if (line.length() < MAX_LINE) {
                    line.append((char) next);
                }
            }
            if (!line.isEmpty()) {
                say(line, ++count);
            }
            if (count > MAX_LINES) {
                output.accept((count - MAX_LINES) + " more lines are left out");
            }
        } catch (IOException e) {
            LOG.debug("a command's output ends: {}", e.toString());
        }
    }

    private void say(StringBuilder line, long number) {
        if (number <= MAX_LINES) {
            output.accept(line.toString().stripTrailing());
        }
        line.setLength(0);
    }

    /** Ends it, if it runs, and then what it started: first with a word, then without one. */
    private void end(Process process) {
        if (!process.isAlive()) {
            return;
        }
        List<ProcessHandle> all = Stream.concat(
                        Stream.of(process.toHandle()), process.toHandle().descendants())
                .toList();
        all.forEach(ProcessHandle::destroy);
        boolean interrupted = Thread.interrupted();
        try {
            var _ = process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
