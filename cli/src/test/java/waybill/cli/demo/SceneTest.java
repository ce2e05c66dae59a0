package waybill.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a demo that failed leaves behind. */
final class SceneTest {
    @TempDir
    Path dir;

    @Test
    void nothingStaysOfADemoThatFailedBeforeThereWasAnythingToSee() throws IOException {
        Scene scene = Scene.open(dir.resolve("above/demo"));
        Files.writeString(scene.sample(), "the sample");
        Files.createDirectories(scene.directory().resolve("backend/online"));
        Files.createFile(scene.directory().resolve("backend.log"));

        assertThat(scene.failed()).isFalse();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aDirectoryThatWasThereBeforeStays() throws IOException {
        Scene scene = Scene.open(Files.createDirectory(dir.resolve("mine")));
        Files.writeString(scene.sample(), "the sample");

        assertThat(scene.failed()).isFalse();
        assertThat(dir.resolve("mine")).isEmptyDirectory();
    }

    @Test
    void whatThereIsToSeeIsKept() throws IOException {
        Scene scene = Scene.open(dir.resolve("demo"));
        Files.writeString(scene.sample(), "the sample");
        Files.writeString(scene.directory().resolve("relay.log"), "why it failed");

        assertThat(scene.failed()).isTrue();
        assertThat(scene.sample()).exists();
        assertThat(scene.directory().resolve("relay.log")).exists();
    }
}
