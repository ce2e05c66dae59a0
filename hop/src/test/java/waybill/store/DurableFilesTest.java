package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    private static final byte[] OLD = Goods.bytes("old");
    private static final byte[] NEW = Goods.bytes("new and longer");

    @TempDir
    Path folder;

    @Test
    void aFileIsCreatedAndReplacedWholeAndNothingElseStays() throws Exception {
        Path file = folder.resolve("file");
        DurableFiles.write(file, OLD, false);
        assertThat(file).hasBinaryContent(OLD);
        DurableFiles.write(file, NEW, false);
        assertThat(file).hasBinaryContent(NEW);
        DurableFiles.write(file, new byte[0], false);
        assertThat(file).isEmptyFile();
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aSecretIsOpenToItsOwnerAloneAlsoWhileItIsWritten() throws Exception {
        Path file = folder.resolve("secret");
        try (DurableOutput out = DurableFiles.create(file, true)) {
            out.write(OLD);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files.map(DurableFilesTest::permissions)).containsExactly("rw-------");
            }
            out.commit();
        }
        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void aSecretTakesThePlaceOfAFileOpenToAllWithoutItsPermissions() throws Exception {
        Path file = folder.resolve("secret");
        Files.write(file, OLD);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        DurableFiles.write(file, NEW, true);
        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void whatIsPlacedIsWholeUnderItsNameAndTakesThePlaceOfTheOld() throws Exception {
        Path file = folder.resolve("file");
        DurableFiles.write(file, OLD, false);
        DurableFiles.place(file, NEW, true);
        assertThat(file).hasBinaryContent(NEW);
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(names()).containsExactly("file");
        DurableFiles.discard(file);
        DurableFiles.discard(file);
        assertThat(names()).isEmpty();
    }

    @Test
    void whatIsNotCommittedLeavesTheOldFileAndNothingElse() throws Exception {
        Path file = folder.resolve("file");
        DurableFiles.write(file, OLD, false);
        try (DurableOutput out = DurableFiles.create(file, false)) {
            out.write(NEW);
            assertThat(file).hasBinaryContent(OLD);
        }
        assertThat(file).hasBinaryContent(OLD);
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aNameThatCannotBeTakenLeavesNothingBeside() throws Exception {
        Path file = folder.resolve("a folder with something in it");
        Files.createDirectories(file.resolve("something"));
        assertThatThrownBy(() -> DurableFiles.write(file, NEW, false)).isInstanceOf(IOException.class);
        assertThat(names()).hasSize(1);
    }

    @Test
    void largeFilesComeOutByteForByteHoweverTheyAreWritten() throws Exception {
        byte[] all = new byte[300_000];
        Random random = new Random(3);
        random.nextBytes(all);
        Path file = folder.resolve("large");
        try (DurableOutput out = DurableFiles.create(file, false)) {
            int at = 0;
            while (at < all.length) {
                int length = Math.min(all.length - at, random.nextInt(5) == 0 ? 1 : random.nextInt(100_000));
                if (length == 1) {
                    out.write(all[at]);
                } else {
                    out.write(all, at, length);
                }
                at += length;
            }
            out.commit();
            assertThatThrownBy(() -> out.write(all, 0, 10)).isInstanceOf(IOException.class);
        }
        assertThat(file).hasBinaryContent(all);
    }

    @Test
    void directoriesAreMadeWithThoseAboveThemTheLastOneSecretIfAsked() throws Exception {
        Path deep = folder.resolve("a/b/c");
        DurableFiles.directory(deep, true);
        DurableFiles.directory(deep, true);
        assertThat(permissions(deep)).isEqualTo("rwx------");
        Path file = folder.resolve("file");
        Files.write(file, OLD);
        assertThatThrownBy(() -> DurableFiles.directory(file, false)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> DurableFiles.directory(file.resolve("below"), false))
                .isInstanceOf(IOException.class);
    }

    @Test
    void deletingSaysWhetherThereWasSomething() throws Exception {
        Path file = folder.resolve("file");
        assertThat(DurableFiles.delete(file)).isFalse();
        Files.write(file, OLD);
        assertThat(DurableFiles.delete(file)).isTrue();
        assertThat(names()).isEmpty();
    }

    @Test
    void aRenamedFileTakesThePlaceOfTheOther() throws Exception {
        Path from = folder.resolve("from");
        Path to = folder.resolve("to");
        Files.write(from, NEW);
        Files.write(to, OLD);
        DurableFiles.rename(from, to);
        assertThat(to).hasBinaryContent(NEW);
        assertThat(names()).containsExactly("to");
        assertThatThrownBy(() -> DurableFiles.rename(from, to)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aSecondNameTakesThePlaceOfAnotherFileAndMayBeGivenTwice() throws Exception {
        Path file = folder.resolve("file");
        Path second = folder.resolve("second");
        DurableFiles.write(file, NEW, true);
        Files.write(second, OLD);
        DurableFiles.link(file, second, true);
        assertThat(second).hasBinaryContent(NEW);
        assertThat(permissions(second)).isEqualTo("rw-------");
        Path third = folder.resolve("third");
        DurableFiles.link(file, third, true);
        DurableFiles.link(file, third, true);
        assertThat(third).hasBinaryContent(NEW);
        DurableFiles.delete(file);
        assertThat(third).hasBinaryContent(NEW);
        assertThat(names()).containsExactlyInAnyOrder("second", "third");
        assertThatThrownBy(() -> DurableFiles.link(file, second, true)).isInstanceOf(NoSuchFileException.class);
        assertThat(second).hasBinaryContent(NEW);
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList().stream();
        }
    }
}
