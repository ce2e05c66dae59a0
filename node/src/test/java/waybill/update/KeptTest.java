package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;

final class KeptTest {
    private static final FileName NAME = new FileName("f");
    private static final byte[] CMS = {0x30, 1};
    private static final byte[] LIST = {1, 2, 3};
    private static final byte[] NEXT = {4, 5, 6};

    @TempDir
    Path dir;

    private Kept kept;

    @BeforeEach
    void open() throws IOException {
        kept = Kept.open(dir);
    }

    @Test
    void aCatalogueHasItsListAlsoAfterAKillInTheMiddleOfTheNext() throws IOException {
        kept.keep(CMS, Sha256.of(LIST), LIST);
        // As far as it came: the next list is there, its catalogue is not.
        Files.write(dir.resolve(Sha256.of(NEXT) + ".list"), NEXT);
        assertThat(kept.catalogue()).hasValue(CMS);
        assertThat(kept.list(Sha256.of(LIST))).hasValue(LIST);
    }

    @Test
    void whatWasBeforeGoesAfterAWhile() throws IOException {
        kept.keep(CMS, Sha256.of(LIST), LIST);
        Path first = dir.resolve(Sha256.of(LIST) + ".list");
        kept.keep(CMS, Sha256.of(NEXT), NEXT);
        assertThat(first).as("another process may keep its catalogue just now").exists();
        Files.setLastModifiedTime(
                first,
                FileTime.from(Files.getLastModifiedTime(first).toInstant().minus(Duration.ofHours(2))));
        kept.keep(CMS, Sha256.of(NEXT), NEXT);
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("catalogue.cms", "releases", Sha256.of(NEXT) + ".list");
        }
    }

    @Test
    void aReleaseThatIsAskedForAgainAndAgainIsWrittenOnce() throws IOException {
        kept.keep(NAME, CMS);
        Object first = file();
        kept.keep(NAME, CMS.clone());
        assertThat(file()).isEqualTo(first);
        kept.keep(NAME, NEXT);
        assertThat(kept.release(NAME)).hasValue(NEXT);
    }

    /** Which file it is: each that is written is another one. */
    private Object file() throws IOException {
        try (Stream<Path> all = Files.list(dir.resolve("releases"))) {
            BasicFileAttributes attributes =
                    Files.readAttributes(all.findFirst().orElseThrow(), BasicFileAttributes.class);
            return attributes.fileKey() + " " + attributes.lastModifiedTime();
        }
    }
}
