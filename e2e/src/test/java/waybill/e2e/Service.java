package waybill.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A process that runs until it is told to stop or killed. Standard output goes to {@code LOG.out}, errors to LOG. */
final class Service implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final Process process;
    private final Path log;
    private final Path out;

    private Service(String name, Process process, Path log, Path out) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.out = out;
    }

    static Service start(String name, List<String> command, Map<String, String> environment, Path log) {
        Path out = Path.of(log + ".out");
        // A signal that whoever runs the suite ignores, as what runs in the background does, would be ignored here,
        // too.
        ProcessBuilder builder = new ProcessBuilder(Shell.list(List.of("env", "--default-signal=INT"), command));
        Shell.withoutSettings(builder);
        builder.environment().put("WAYBILL_CONFIG", "");
        builder.environment().putAll(environment);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.redirectOutput(out.toFile());
        try {
            Files.deleteIfExists(out);
            return new Service(name, builder.start(), log, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the line that says it listens. */
    Service listening() {
        Awaitility.await(name + " listens")
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new AssertionError(name + " ended with " + process.exitValue() + ":\n" + log());
                    }
                    return Files.exists(out) && Files.readString(out).contains("\"event\":\"listening\"");
                });
        return this;
    }

    /** A member of the JSON object it announced itself with. */
    String said(String member) {
        try {
            for (String line : Files.readAllLines(out)) {
                if (line.contains("\"event\":\"listening\"")) {
                    JsonNode node = JSON.readTree(line);
                    return node.path(member).asText();
                }
            }
            throw new AssertionError(name + " has not said that it listens");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port it listens on. */
    int port() {
        String address = said("address");
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** All it logged. */
    String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    int exitCode() {
        return process.exitValue();
    }

    /** Waits for its end. */
    int await(Duration most) {
        try {
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(name + " had not ended after " + most + ":\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** {@code kill -9}: nothing is flushed, nothing is said. */
    void kill() {
        process.destroyForcibly();
        await(Duration.ofMinutes(1)); // a disk that is busy holds up even this while it syncs
    }

    /** Ends it as an operator would, and insists after ten seconds. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
