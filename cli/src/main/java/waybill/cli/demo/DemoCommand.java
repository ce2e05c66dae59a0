package waybill.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import waybill.cli.command.Interruption;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.discovery.Lan;
import waybill.store.DurableFiles;

/**
 * {@code waybill demo}: the whole journey in four processes on the loopback. The backend's name is known to no DNS; only
 * the relays were told where it listens, so the sender can reach it only through them.
 */
@Command(
        name = "demo",
        description = "The whole journey on this machine: a backend, an honest and a lying relay, a sender.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill demo crash.dmp",
            "",
            "Everything stays on the loopback and in one directory, which is named at the end and kept. What fails",
            "before there is anything to look at leaves nothing."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final String HOST = "backend.example";
    private static final String URL = "https://" + HOST + "/inbox";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What a person typed to come here, as the launcher says it. */
    private static final String NAME = System.getProperty("waybill.name", "waybill");

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "What to send (default: a small text).")
    private @Nullable Path file;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where everything goes (default: a new directory among the temporary files).")
    private @Nullable Path directory;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (file != null && !(Files.isRegularFile(file) && Files.isReadable(file))) {
            if (Reason.noText(file)) {
                throw Reason.missing(file, new NoSuchFileException(file.toString()));
            }
            throw CliException.io(
                    "there is no readable file " + Text.foreign(file.toString()),
                    "the demo sends one file; 'waybill send' takes directories too",
                    new NoSuchFileException(file.toString()));
        }
        Path dir = directory == null ? fresh() : directory.toAbsolutePath();
        Scene scene;
        try {
            if (Files.exists(dir) && !isEmptyDirectory(dir)) {
                throw CliException.usage(
                        Text.foreign(dir.toString()) + " is no empty directory",
                        "name one with --dir that is empty or not there");
            }
            scene = Scene.open(dir);
        } catch (IOException e) {
            throw CliException.io(
                    Text.foreign(dir.toString()) + " cannot be made: " + Reason.of(e, dir),
                    "name another with --dir",
                    e);
        }
        boolean delivered = false;
        try (Interruption _ = Interruption.watch()) {
            int code = run(dir, file == null ? sample(scene) : file);
            delivered = code == ExitCode.OK;
            return code;
        } catch (InterruptedException e) {
            throw new CliException(ExitCode.INTERRUPTED, "interrupted", "", e);
        } catch (IOException e) {
            throw CliException.io("the demo's files cannot be written: " + Reason.of(e), "see --dir", e);
        } finally {
            if (!delivered) {
                tidy(scene);
            }
        }
    }

    private void tidy(Scene scene) {
        // an interrupt would keep files from being removed
        boolean interrupted = Thread.interrupted();
        try {
            if (scene.failed()) {
                say("");
                say("not delivered. What there is of it is kept in " + scene.directory()
                        + ": look at the logs there, then delete it.");
            }
        } catch (IOException e) {
            say("what is left in " + scene.directory() + " cannot be removed: " + Reason.of(e));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int run(Path dir, Path sent) throws IOException, InterruptedException {
        String lo = loopback();
        String port = Integer.toString(20_000 + new SecureRandom().nextInt(40_000));
        Path backendDir = dir.resolve("backend");
        Path anchor = backendDir.resolve("anchor.pem");

        say("1  a backend with a name that no DNS knows: " + URL);
        int made = command(dir, List.of("backend", "init", backendDir.toString(), "--host", HOST), true);
        if (made != ExitCode.OK) {
            return made;
        }
        try (Child backend = Child.start(
                "backend",
                dir,
                List.of(
                        "backend",
                        "run",
                        backendDir.toString(),
                        "--listen",
                        "127.0.0.1:0",
                        "--json",
                        "--keep-free",
                        "0"))) {
            String address = text(backend.listening(), "address");
            List<String> relay = List.of(
                    "relay",
                    "run",
                    "--to",
                    URL,
                    "--trust",
                    anchor.toString(),
                    "--connect-to",
                    address,
                    "--proxy",
                    "none",
                    "--interface",
                    lo,
                    "--discovery-port",
                    port,
                    "--listen",
                    "127.0.0.1:0",
                    "--every",
                    "2s",
                    "--keep-free",
                    "0",
                    "--json",
                    "--data",
                    dir.resolve("relay").toString());
            List<String> liar = List.of(
                    "demo-liar",
                    "--to",
                    URL,
                    "--trust",
                    anchor.toString(),
                    "--connect-to",
                    address,
                    "--discovery-port",
                    port,
                    "--data",
                    dir.resolve("liar").toString());
            try (Child honest = Child.start("relay", dir, relay);
                    Child lying = Child.start("liar", dir, liar)) {
                say("2  an honest relay, which uploads every 2 s: node " + text(honest.listening(), "node"));
                say("   a lying relay, which promises more and signs for itself: node "
                        + text(lying.listening(), "node"));
                say("3  a sender, which can reach the backend only through them");
                Path receipts = dir.resolve("receipts");
                int code = command(
                        dir,
                        List.of(
                                "send",
                                sent.toString(),
                                "--to",
                                URL,
                                "--trust",
                                anchor.toString(),
                                "--via",
                                "lan",
                                "--interface",
                                lo,
                                "--discovery-port",
                                port,
                                "--data",
                                dir.resolve("sender").toString(),
                                "--receipts",
                                receipts.toString(),
                                "-v"),
                        true);
                if (code != ExitCode.OK) {
                    return code;
                }
                return check(dir, receipts, anchor, sent);
            }
        }
    }

    private int check(Path dir, Path receipts, Path anchor, Path sent) throws IOException, InterruptedException {
        Path receipt = newest(receipts, ".receipt");
        say("4  the receipt, verified once more, and that it is for " + Text.foreign(sent.toString()));
        List<String> verify =
                List.of("verify", receipt.toString(), "--trust", anchor.toString(), "--file", sent.toString());
        int code = command(dir, verify, true);
        if (code != ExitCode.OK) {
            return code;
        }
        String id = receipt.getFileName().toString().replace(".receipt", "");
        Path parcel = find(dir.resolve("backend"), id);
        List<String> json = Stream.concat(verify.stream(), Stream.of("--json")).toList();
        Instant received = Instant.parse(text(Child.capture(dir, json), "received"));
        say("5  the same without us: check the receipt, open the parcel");
        say("");
        say("   openssl cms -verify -inform DER -in " + quoted(receipt) + " -binary -CAfile " + quoted(anchor)
                + " -no-CApath -no-CAstore -verify_hostname " + HOST + " -attime " + received.getEpochSecond());
        say("   mkdir " + quoted(dir.resolve("opened")) + " && age -d -i "
                + quoted(dir.resolve("backend/offline/identity.txt")) + " " + quoted(parcel) + " | tar x -C "
                + quoted(dir.resolve("opened")));
        say("");
        say("delivered. Everything is in " + dir + "; delete it when you have seen enough.");
        return ExitCode.OK;
    }

    /** Shows the command a person would type, then runs it. */
    private int command(Path dir, List<String> args, boolean shown) throws IOException, InterruptedException {
        if (shown) {
            say("   $ " + NAME + " " + args.stream().map(DemoCommand::quoted).collect(Collectors.joining(" ")));
        }
        return Child.run(dir, args);
    }

    private static String loopback() {
        try {
            return Lan.loopback().name();
        } catch (IOException e) {
            throw CliException.io("this machine has no loopback interface that is up", "ip link set lo up", e);
        }
    }

    private static boolean isEmptyDirectory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    private static Path fresh() {
        String name = "waybill-demo-" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
        return Path.of(System.getProperty("java.io.tmpdir"), name);
    }

    private static Path sample(Scene scene) throws IOException {
        Path sample = scene.sample();
        DurableFiles.write(
                sample, "The conveyor stopped at 03:12.\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), false);
        return sample;
    }

    private static Path newest(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(ending))
                    .max(java.util.Comparator.comparing(path -> path.toFile().lastModified()))
                    .orElseThrow(() -> new IOException("no receipt in " + folder));
        }
    }

    private static Path find(Path folder, String id) throws IOException {
        try (Stream<Path> files = Files.walk(folder, 6, new FileVisitOption[0])) {
            return files.filter(path -> path.getFileName().toString().startsWith(id) && Files.isRegularFile(path))
                    .filter(path -> !path.toString().endsWith(".cms"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no parcel of " + id + " in " + folder));
        }
    }

    private static String text(String json, String member) {
        try {
            JsonNode node = JSON.readTree(json).path(member);
            return node.asText();
        } catch (JsonProcessingException e) {
            throw new CliException(ExitCode.INTERNAL, "a child said what is no JSON", "", e);
        }
    }

    private static String quoted(Path path) {
        return quoted(path.toString());
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9/._+:=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
