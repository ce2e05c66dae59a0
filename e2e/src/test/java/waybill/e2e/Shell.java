package waybill.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs commands to their end, bounded in time. */
final class Shell {
    /** What a command printed and ended with. */
    record Result(List<String> command, int code, String out, String err) {
        /** The result, if it ended with 0. */
        Result ok() {
            return code(0);
        }

        /** The result, if it ended with this code. */
        Result code(int wanted) {
            if (code != wanted) {
                throw new AssertionError(String.join(" ", command) + "\nended with " + code + " instead of " + wanted
                        + "\n--- out\n" + out + "\n--- err\n" + err);
            }
            return this;
        }
    }

    private Shell() {}

    static Result run(List<String> command, Map<String, String> environment, Optional<Path> directory, Duration most) {
        ProcessBuilder builder = new ProcessBuilder(command);
        withoutSettings(builder);
        builder.environment().put("WAYBILL_CONFIG", "");
        builder.environment().putAll(environment);
        directory.ifPresent(d -> builder.directory(d.toFile()));
        builder.redirectInput(Path.of("/dev/null").toFile());
        try {
            Process process = builder.start();
            CompletableFuture<String> out = read(process.getInputStream());
            CompletableFuture<String> err = read(process.getErrorStream());
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(String.join(" ", command) + "\nhad not ended after " + most + "\n--- out\n"
                        + out.join() + "\n--- err\n" + err.join());
            }
            return new Result(command, process.exitValue(), out.join(), err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** What the machine or its user says of Waybill, of proxies or of his language is not meant for these hosts. */
    static void withoutSettings(ProcessBuilder builder) {
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("WAYBILL_")
                        || name.equals("LANGUAGE")
                        || name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        // The system's own words are looked for here and there: "No space left on device".
        builder.environment().put("LC_ALL", "C.UTF-8");
    }

    static Result run(String... command) {
        return run(List.of(command), Map.of(), Optional.empty(), Duration.ofMinutes(2));
    }

    /** Runs a line of the shell, as a person would type it. */
    static Result sh(String line) {
        return run("bash", "-c", "set -o pipefail; " + line);
    }

    static List<String> list(List<String> first, List<String> then) {
        List<String> all = new ArrayList<>(first);
        all.addAll(then);
        return all;
    }

    private static CompletableFuture<String> read(InputStream in) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (in) {
                text.complete(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.complete("(" + e + ")");
            }
        });
        return text;
    }
}
