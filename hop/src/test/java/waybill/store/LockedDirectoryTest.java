package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockedDirectoryTest {
    @TempDir
    Path folder;

    /** Another process: takes the directory, says so, and holds it until its input ends. */
    static final class Holder {
        public static void main(String[] args) throws IOException {
            try (LockedDirectory held = LockedDirectory.lock(Path.of(args[0]))) {
                System.out.println("held " + held.directory());
                System.in.read();
            } catch (DirectoryInUseException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void itIsTakenOnceInAProcessAndFreeAfterwards() throws Exception {
        LockedDirectory first = LockedDirectory.lock(folder);
        assertThat(first.directory()).isEqualTo(folder.toRealPath());
        Path otherwise = folder.resolve("..").resolve(folder.getFileName());
        assertThatThrownBy(() -> LockedDirectory.lock(otherwise))
                .isInstanceOfSatisfying(
                        DirectoryInUseException.class,
                        e -> assertThat(e.directory()).isEqualTo(otherwise));
        first.close();
        LockedDirectory second = LockedDirectory.lock(folder);
        // The first, closed again, does not let go of what the second holds.
        first.close();
        assertThatThrownBy(() -> LockedDirectory.lock(folder)).isInstanceOf(DirectoryInUseException.class);
        second.close();
    }

    @Test
    void aLockForAllIsOpenToWhoeverCarriesOn() throws Exception {
        LockedDirectory.lockForAll(folder, "shared").close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("shared"))))
                .isEqualTo("rw-rw-rw-");
        LockedDirectory.lock(folder, "own").close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("own"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aSecondNameOfAnotherFileIsNotOpenedToAll() throws Exception {
        Path own = folder.resolve("own");
        DurableFiles.write(own, new byte[] {1}, true);
        Files.createLink(folder.resolve("shared"), own);
        LockedDirectory.lockForAll(folder, "shared").close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
                .isEqualTo("rw-------");
    }

    @Test
    void aDirectoryThatIsNotThereIsNotTaken() {
        assertThatThrownBy(() -> LockedDirectory.lock(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void itIsTakenByOneProcessAtATime() throws Exception {
        Process holder = holder();
        try (BufferedReader says = reader(holder)) {
            assertThat(says.readLine()).startsWith("held");
            assertThatThrownBy(() -> LockedDirectory.lock(folder))
                    .isInstanceOf(DirectoryInUseException.class)
                    .hasMessageContaining("in use by another running process");
        } finally {
            holder.destroyForcibly();
            holder.waitFor();
        }
        // Killed, it holds nothing any more; and now it is the other who is told so.
        try (LockedDirectory held = LockedDirectory.lock(folder)) {
            Process second = holder();
            try (BufferedReader says = reader(second)) {
                assertThat(says.readLine()).startsWith(folder.toString()).doesNotContain("held");
            }
            assertThat(second.waitFor()).isZero();
            assertThat(held.directory()).exists();
        }
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private Process holder() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
