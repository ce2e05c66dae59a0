package waybill.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The stranger who verifies receipts without any of our code. */
final class Openssl {
    private Openssl() {}

    /** What the program said; the output is the packet if it succeeded. */
    record Said(int status, byte[] output, String error) {}

    /** The very command that the specification gives (section 5). */
    static Said verify(Path directory, byte[] cms, Path anchor, String host, Instant at, String... more)
            throws IOException, InterruptedException {
        Path receipt = Files.write(directory.resolve("x.receipt"), cms);
        Path error = directory.resolve("openssl.err");
        Path output = directory.resolve("openssl.out");
        List<String> command = new ArrayList<>(List.of(
                "openssl",
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-in",
                receipt.toString(),
                "-binary",
                "-CAfile",
                anchor.toString(),
                "-no-CApath",
                "-no-CAstore",
                "-verify_hostname",
                host,
                "-attime",
                Long.toString(at.getEpochSecond())));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(error.toFile())
                .start();
        process.getOutputStream().close();
        int status = process.waitFor();
        return new Said(status, Files.readAllBytes(output), Files.readString(error, StandardCharsets.UTF_8));
    }
}
