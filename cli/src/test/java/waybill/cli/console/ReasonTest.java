package waybill.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a reason is one, and not the path once more. */
final class ReasonTest {
    @Test
    void theTypeOfAFailureIsItsReason() {
        Path data = Path.of("/data");
        assertThat(Reason.of(new NoSuchFileException("/data"), data)).isEqualTo("no such file or directory");
        assertThat(Reason.of(new AccessDeniedException("/data"), data)).isEqualTo("permission denied");
        assertThat(Reason.of(new FileSystemException("/data", null, "Read-only file system"), data))
                .isEqualTo("Read-only file system");
        assertThat(Reason.of(new FileSystemException("/data"), data)).isEqualTo("the system does not say why");
    }

    @Test
    void anotherFileThanTheOneNamedIsSaid() {
        assertThat(Reason.of(new AccessDeniedException("/data/lock"), Path.of("/data")))
                .isEqualTo("/data/lock: permission denied");
        assertThat(Reason.of(new FileSystemException("/a", "/b", "Invalid cross-device link"), Path.of("/a")))
                .isEqualTo("/a -> /b: Invalid cross-device link");
        NoSuchFileException missing = new NoSuchFileException("/x");
        assertThat(Reason.of(new UncheckedIOException(missing))).isEqualTo("/x: no such file or directory");
        assertThat(Reason.of(new IOException("/x", missing))).isEqualTo("/x: no such file or directory");
    }

    @Test
    void whatHasNoMessageIsNamedByItsKind() {
        assertThat(Reason.of(new IOException())).isEqualTo("IOException");
        assertThat(Reason.of(new IOException("the disk is full"))).isEqualTo("the disk is full");
    }

    @Test
    void whatTheSystemReallySaysIsNeverThePathAlone(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "x");
        Path below = file.resolve("below");
        try {
            Files.createDirectory(below);
            assertThat(below).doesNotExist();
        } catch (IOException e) {
            assertThat(Reason.of(e, below)).isNotBlank().doesNotContain(below.toString());
        }
    }

    @Test
    void aNameThatIsNoTextIsAnotherErrorThanAFileThatIsMissing() {
        CliException noText = Reason.missing(Path.of("a\uFFFDb"), new NoSuchFileException("x"));
        assertThat(noText).hasMessageContaining("is not text in UTF-8");
        assertThat(noText.hint()).contains("rename");
        assertThat(noText.exitCode()).isEqualTo(ExitCode.LOCAL_IO);
        assertThat(Reason.missing(Path.of("ab"), new NoSuchFileException("ab"))).hasMessage("there is no file ab");
    }
}
