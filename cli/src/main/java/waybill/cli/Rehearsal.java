package waybill.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import waybill.cli.console.ExitCode;
import waybill.discovery.Lan;
import waybill.store.DurableFiles;

/**
 * What the start-up cache of the distribution is trained with: a backend, a relay and a sender of some hundred small files, in one
 * process and on the loopback alone. The JVM keeps which classes that took and what in them was called often, so that
 * commands and services start with that known.
 *
 * <p>No command: {@code packaging/finish-dist.sh} runs it, and does without where it fails.
 */
final class Rehearsal {
    private static final String URL = "https://backend.example/inbox";
    private static final int FILES = 500;
    private static final Pattern ADDRESS = Pattern.compile("\"address\":\"([^\"]+)\"");
    /** Looks for a service's first line, in hundredths of a second. */
    private static final int LOOKS = 1_000;

    private final Path dir;

    private Rehearsal(Path dir) {
        this.dir = dir;
    }

    /** Runs it in the directory it is given, which is not removed, and ends the process: with 0 if all was delivered. */
    public static void main(String[] args) throws Exception {
        Thread.ofPlatform().daemon().start(Rehearsal::endInTime);
        System.exit(new Rehearsal(Path.of(args[0])).run());
    }

    /** A build waits for no loopback that is closed. */
    private static void endInTime() {
        try {
            Thread.sleep(Duration.ofMinutes(3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(ExitCode.INTERNAL);
    }

    private int run() throws IOException, InterruptedException {
        String lo = Lan.loopback().name();
        String port = Integer.toString(20_000 + new SecureRandom().nextInt(40_000));
        String trust = path("backend/anchor.pem");
        command("backend", "init", path("backend"), "--host", "backend.example");
        String address = service("backend", "run", path("backend"), "--listen", "127.0.0.1:0");
        List<String> lan = List.of("--to", URL, "--trust", trust, "--interface", lo, "--discovery-port", port);
        String[] relay = {
            "relay",
            "run",
            "--connect-to",
            address,
            "--listen",
            "127.0.0.1:0",
            "--proxy",
            "none",
            "--data",
            path("relay")
        };
        service(with(lan, relay));
        Path files = dir.resolve("files");
        DurableFiles.directory(files, false);
        for (int i = 0; i < FILES; i++) {
            byte[] text = ("rehearsed ".repeat(400) + i).getBytes(StandardCharsets.US_ASCII);
            DurableFiles.write(files.resolve("file-" + i), text, false);
        }
        command(with(
                lan,
                "send",
                "--in-flight",
                "16",
                "--each",
                files.toString(),
                "--via",
                "lan",
                "--data",
                path("sender")));
        try (Stream<Path> receipts = Files.list(dir.resolve("sender/receipts"))) {
            Path receipt = receipts.filter(file -> file.toString().endsWith(".receipt"))
                    .findFirst()
                    .orElseThrow();
            command("verify", receipt.toString(), "--trust", trust, "--json");
        }
        return ExitCode.OK;
    }

    private String path(String name) {
        return dir.resolve(name).toString();
    }

    private static String[] with(List<String> more, String... args) {
        return Stream.concat(Stream.of(args), more.stream()).toArray(String[]::new);
    }

    private void command(String... args) throws IOException {
        StringWriter said = new StringWriter();
        int code = Main.run(args, new PrintWriter(said, true), new PrintWriter(said, true), Map.of(), dir);
        if (code != ExitCode.OK) {
            throw new IOException(args[0] + " ended with " + code + ": " + said);
        }
    }

    /** Starts a service, which lives as long as the process, and says where it listens. */
    private String service(String... args) throws IOException, InterruptedException {
        StringWriter said = new StringWriter();
        String[] all = with(List.of("--keep-free", "0", "--json"), args);
        Thread.ofVirtual()
                .start(() -> Main.run(all, new PrintWriter(said, true), new PrintWriter(said, true), Map.of(), dir));
        for (int i = 0; i < LOOKS; i++) {
            Matcher address = ADDRESS.matcher(said.toString());
            if (address.find()) {
                return address.group(1);
            }
            Thread.sleep(10);
        }
        throw new IOException(args[0] + " did not start: " + said);
    }
}
