package waybill.relay.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageTest {
    private static final LocalDate DAY = LocalDate.of(2026, 1, 31);
    private static final long BLOCK = 1000;

    @TempDir
    Path dir;

    private Path file() {
        return dir.resolve("usage");
    }

    private Usage load() throws IOException {
        return Usage.load(file(), BLOCK);
    }

    @Test
    void daysAndMonthsAreCountedApart() throws Exception {
        Usage usage = load();
        usage.add(DAY.minusDays(1), 5);
        usage.add(DAY, 7);
        usage.add(DAY.plusDays(1), 11);

        assertThat(usage.on(DAY)).isEqualTo(7);
        assertThat(usage.inMonthOf(DAY)).isEqualTo(12);
        assertThat(usage.inMonthOf(DAY.plusDays(1))).isEqualTo(11);
        assertThat(usage.inMonthOf(DAY.plusYears(1))).isZero();
    }

    @Test
    void anOrderlyEndForgetsAndInventsNothing() throws Exception {
        Usage usage = load();
        usage.add(DAY, 12_345);
        usage.close();

        assertThat(load().on(DAY)).isEqualTo(12_345);
        assertThat(Files.readString(file())).isEqualTo("2026-01-31 12345\n");
    }

    @Test
    void afterACrashNothingIsForgottenAndLittleInvented() throws Exception {
        Usage usage = load();
        long spent = 0;
        for (int i = 1; i < 200; i++) {
            usage.add(DAY, i);
            spent += i;
            assertThat(load().on(DAY)).isBetween(spent, spent + BLOCK);
        }
    }

    @Test
    void theDiskIsNotAskedForEachByte() throws Exception {
        Usage usage = load();
        usage.add(DAY, 1);
        Files.delete(file());
        for (int i = 0; i < BLOCK; i++) {
            usage.add(DAY, 1);
        }
        assertThat(file()).doesNotExist();
        usage.add(DAY, 1);
        assertThat(file()).exists();
    }

    @Test
    void whatCannotBeNotedMustNotGo() throws Exception {
        Usage usage = Usage.load(dir.resolve("missing/usage"), BLOCK);

        assertThatThrownBy(() -> usage.add(DAY, 1)).isInstanceOf(IOException.class);
        assertThat(usage.on(DAY)).isEqualTo(1);
    }

    @Test
    void theFileStaysSmallAndKeepsTheDaysThatCount() throws Exception {
        Usage usage = load();
        usage.add(LocalDate.of(9000, 1, 1), 99);
        for (int i = 400; i >= 0; i--) {
            usage.add(DAY.minusDays(i), 10);
        }
        assertThat(Files.readAllLines(file())).hasSizeLessThanOrEqualTo(62);
        assertThat(load().inMonthOf(DAY)).isBetween(310L, 310L + BLOCK);
    }

    @Test
    void aClockThatGoesBackFindsWhatThatDayHadSpent() throws Exception {
        Usage usage = load();
        usage.add(DAY, 500);
        usage.add(DAY.plusDays(1), 1);
        usage.add(DAY, 1);

        assertThat(usage.on(DAY)).isEqualTo(501);
        assertThat(load().on(DAY)).isBetween(501L, 501L + BLOCK);
        assertThat(load().on(DAY.plusDays(1))).isEqualTo(1);
    }

    @Test
    void aDamagedLineCostsThatLineAlone() throws Exception {
        Files.writeString(file(), "2026-01-30 10\nnonsense\n2026-02-31 5\n2026-01-31 -5\n2026-01-31 7\n\u0000\n");

        assertThat(load().inMonthOf(DAY)).isEqualTo(17);
        assertThat(load().on(DAY.plusDays(1))).isZero();
    }
}
