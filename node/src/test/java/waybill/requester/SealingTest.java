package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.SealException.Kind;

/** What goes into a parcel, and what cannot. */
class SealingTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.DIRECT);
        stage.backend().put = Stage::receipt;
    }

    private SealException fault(Path... paths) {
        return catchThrowableOfType(SealException.class, () -> {
            try (Requester requester = stage.open()) {
                requester.send(List.of(paths), stage.steps::add);
            }
        });
    }

    private static List<String> names(Path... paths) throws SealException {
        return FileInputs.of(List.of(paths)).stream()
                .map(FileInputs.Input::name)
                .toList();
    }

    @Test
    void filesGoByTheirNameAndDirectoriesByTheNamesInside() throws Exception {
        Path file = stage.file("a/one.txt", "1");
        stage.file("tree/x/deep.txt", "2");
        stage.file("tree/top.txt", "3");
        assertThat(names(file, directory.resolve("tree"))).containsExactly("one.txt", "top.txt", "x/deep.txt");
    }

    @Test
    void whatIsSealedIsInTheWaybill() throws Exception {
        Path file = stage.file("a/one.txt", "1");
        try (Requester requester = stage.open()) {
            Decision.Delivered delivered = (Decision.Delivered) requester.send(List.of(file), stage.steps::add);
            assertThat(delivered.waybill().orElseThrow()).content().contains("one.txt");
        }
    }

    @Test
    void aMissingFileIsNamed() {
        SealException e = fault(directory.resolve("nowhere"));
        assertThat(e.kind()).isEqualTo(Kind.MISSING);
        assertThat(e.file()).isEqualTo(directory.resolve("nowhere"));
        assertThat(stage.steps).isEmpty();
    }

    @Test
    void nothingAtAllAndAnEmptyDirectoryAreErrors() throws IOException {
        assertThat(fault().kind()).isEqualTo(Kind.EMPTY);
        Files.createDirectories(directory.resolve("empty/below"));
        assertThat(fault(directory.resolve("empty")).kind()).isEqualTo(Kind.EMPTY);
    }

    @Test
    void linksAreNotFollowedAndNotLeftOutSilently() throws IOException {
        Path file = stage.file("tree/real.txt", "1");
        Path link = Files.createSymbolicLink(directory.resolve("tree/link.txt"), file);
        assertThat(fault(link).kind()).isEqualTo(Kind.NOT_REGULAR);
        SealException e = fault(directory.resolve("tree"));
        assertThat(e.kind()).isEqualTo(Kind.NOT_REGULAR);
        assertThat(e.file()).isEqualTo(link);
    }

    @Test
    void twoFilesOfOneNameAreAnError() throws IOException {
        Path one = stage.file("a/same.txt", "1");
        Path two = stage.file("b/same.txt", "2");
        SealException e = fault(one, two);
        assertThat(e.kind()).isEqualTo(Kind.DUPLICATE);
        assertThat(e.file()).isEqualTo(two);
        assertThat(fault(one, one).kind()).isEqualTo(Kind.DUPLICATE);
    }

    @Test
    void aNameThatCannotStandInAParcelIsAnErrorAndLeavesNothing() throws IOException {
        Path file = stage.file("a/line\nbreak.txt", "1");
        SealException e = fault(file);
        assertThat(e.kind()).isEqualTo(Kind.BAD_NAME);
        assertThat(stage.outbox()).isEmpty();
        assertThat(stage.backend().puts).isZero();
    }

    @Test
    void aFileThatChangesBeforeItIsReadIsAnErrorAndLeavesNothing() throws IOException {
        Path file = stage.file("a/growing.log", "1");
        stage.backend().profile = () -> {
            Files.writeString(file, "more");
            return Stage.profile(1);
        };
        SealException e = fault(file);
        assertThat(e.kind()).isEqualTo(Kind.CHANGED);
        assertThat(e.file()).isEqualTo(file);
        assertThat(stage.outbox()).isEmpty();
        assertThat(stage.data().resolve("outbox")).isDirectoryNotContaining(Files::isDirectory);
    }

    @Test
    void aFileThatIsRewrittenInPlaceWithTheSameSizeIsNoticed() throws IOException {
        Path file = stage.file("a/same-size.log", "1");
        stage.backend().profile = () -> {
            Files.writeString(file, "2");
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
            return Stage.profile(1);
        };
        assertThat(fault(file).kind()).isEqualTo(Kind.CHANGED);
    }

    @Test
    void aFileThatVanishesIsAnError() throws IOException {
        Path file = stage.file("a/gone.log", "1");
        stage.backend().profile = () -> {
            Files.delete(file);
            return Stage.profile(1);
        };
        SealException e = fault(file);
        assertThat(e.kind()).isEqualTo(Kind.CHANGED);
        assertThat(e.file()).isEqualTo(file);
    }

    @Test
    void moreThanTheBackendTakesIsNotSealed() throws IOException {
        stage.backend().profile = () -> Stage.cms("profile 1 100");
        SealException e = fault(stage.file("a/one.txt", "1"));
        assertThat(e.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void theParcelIsNotMuchLargerThanEstimated() throws Exception {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            files.add(stage.file("many/" + i + ".bin", "x".repeat(i * 1000)));
        }
        try (Requester requester = stage.open()) {
            requester.send(files, stage.steps::add);
        }
        long size = stage.steps(Journey.Step.Sealed.class).getFirst().size();
        assertThat(size).isLessThanOrEqualTo(Packing.estimate(FileInputs.of(files)));
    }
}
