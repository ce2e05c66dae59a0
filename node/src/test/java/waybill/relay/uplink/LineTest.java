package waybill.relay.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineTest {
    private static final ZoneId UTC = ZoneOffset.UTC;
    private static final long MIB = 1 << 20;
    private static final long RATE = 100_000;
    /** Monday. */
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    @TempDir
    Path dir;

    private Instant now = NOON;

    private Line line(LineLimits limits) throws IOException {
        return Line.open(limits, dir.resolve("usage"), () -> now);
    }

    private static LineLimits windows(String... windows) {
        return new LineLimits(Windows.of(List.of(windows), UTC), LineLimits.NONE, LineLimits.NONE, LineLimits.NONE);
    }

    private static LineLimits budget(long day, long month) {
        return new LineLimits(Windows.always(UTC), LineLimits.NONE, day, month);
    }

    @ParameterizedTest(name = "{0} s of upload at {1}: {2}")
    @CsvSource({
        "60, 2026-06-01T21:59:59Z, false",
        "60, 2026-06-01T22:00:00Z, true",
        "28800, 2026-06-01T22:00:00Z, true",
        "28801, 2026-06-01T22:00:00Z, false",
        "60, 2026-06-02T05:59:00Z, true",
        "60, 2026-06-02T05:59:01Z, false",
        "0, 2026-06-02T06:00:00Z, false",
    })
    void nothingBeginsThatWouldNotEndWithinTheWindow(long seconds, Instant at, boolean admitted) throws Exception {
        now = at;

        assertThat(line(windows("Mon-Fri 22:00-06:00"))
                        .admit(seconds * 1000, 1000)
                        .isPresent())
                .isEqualTo(admitted);
    }

    @Test
    void whatIsUnderWayIsLeftItsTime() throws Exception {
        now = Instant.parse("2026-06-02T05:59:00Z");
        Line line = line(windows("Mon-Fri 22:00-06:00"));
        Pass first = line.admit(40_000, 1000).orElseThrow();

        assertThat(line.admit(21_000, 1000)).isEmpty();
        first.sent(1000);
        Pass second = line.admit(21_000, 1000).orElseThrow();
        first.close();
        assertThat(line.admit(40_000, 1000)).isEmpty();
        second.close();
        assertThat(line.admit(40_000, 1000)).isPresent();
    }

    @Test
    void anUploadHasUntilTheEndOfTheWindow() throws Exception {
        now = Instant.parse("2026-06-02T05:00:00Z");
        Line line = line(windows("Mon-Fri 22:00-06:00"));
        Pass pass = line.admit(1000, 1000).orElseThrow();

        assertThat(pass.atMost(Duration.ofHours(2))).isEqualTo(Duration.ofHours(1));
        assertThat(pass.atMost(Duration.ofMinutes(2))).isEqualTo(Duration.ofMinutes(2));
        assertThat(pass.over()).isFalse();
        now = Instant.parse("2026-06-02T05:59:59.5Z");
        assertThat(pass.over()).isTrue();
    }

    @Test
    void aSlowLineIsGivenTime() throws Exception {
        Line line = line(new LineLimits(Windows.always(UTC), 16 * 1024, LineLimits.NONE, LineLimits.NONE));

        assertThat(line.admit(MIB, 1 << 30).orElseThrow().atMost(Duration.ofMinutes(1)))
                .isGreaterThan(Duration.ofSeconds(4 * MIB / (16 * 1024)));
        assertThat(line.atOnce(4)).isEqualTo(2);
        assertThat(line.rate(1 << 30)).isEqualTo(16 * 1024);
        assertThat(line.rate(1000)).isEqualTo(1000);
    }

    @Test
    void whatFitsInNoWindowIsNotTakenAndOneHeldTriesWhenNothingElseGoes() throws Exception {
        now = Instant.parse("2026-06-01T23:00:00Z");
        Line line = line(windows("Mon-Fri 22:00-06:00"));
        long most = 8 * 3600 * 1000L;

        assertThat(line.largest(1000)).isEqualTo(most);
        assertThat(line.squeeze(most, 1000)).isEmpty();
        try (Pass other = line.admit(1, 1000).orElseThrow()) {
            assertThat(other.over()).isFalse();
            assertThat(line.squeeze(most + 1, 1000)).isEmpty();
        }
        assertThat(line.squeeze(most + 1, 1000)).isPresent();
        assertThat(line.admit(7 * 3600 * 1000L, 1000)).as("nobody waits for it").isPresent();
    }

    @Test
    void aDaysBytesEndAtItsMidnightAndTheMonthsCountToo() throws Exception {
        now = Instant.parse("2026-06-29T10:00:00Z");
        Line line = line(budget(10 * MIB, 15 * MIB));
        spend(line, 9 * MIB);

        assertThat(line.admit(MIB, MIB)).isEmpty();
        assertThat(line.again(now)).isEqualTo(Instant.parse("2026-06-30T00:00:00Z"));
        now = Instant.parse("2026-06-30T00:00:00Z");
        assertThat(line.admit(5 * MIB, MIB)).isPresent();
        assertThat(line.admit(6 * MIB, MIB))
                .as("the month has 6 MiB left, and nothing for the rest")
                .isEmpty();
        now = Instant.parse("2026-07-01T00:00:00Z");
        assertThat(line(budget(10 * MIB, 15 * MIB)).admit(6 * MIB, MIB)).isPresent();
    }

    @Test
    void noUploadPassesMidnightWhereBytesAreCounted() throws Exception {
        now = Instant.parse("2026-06-01T23:59:00Z");

        assertThat(line(budget(100 * MIB, 100 * MIB)).admit(61_000, 1000)).isEmpty();
        assertThat(line(windows("Mon-Sun 00:00-24:00")).admit(61_000, 1000)).isPresent();
    }

    @Test
    void bytesPromisedToUploadsUnderWayAreNotPromisedTwice() throws Exception {
        Line line = line(budget(10 * MIB, LineLimits.NONE));
        Pass first = line.admit(6 * MIB, MIB).orElseThrow();

        assertThat(line.admit(6 * MIB, MIB)).isEmpty();
        first.sent(6 * MIB);
        spend(line, 6 * MIB);
        assertThat(line.admit(3 * MIB, MIB)).isPresent();
    }

    @Test
    void notAByteLeavesOverTheBudget() throws Exception {
        Line line = line(budget(MIB, LineLimits.NONE));
        spend(line, MIB - 10);
        line.sending(10);

        assertThatThrownBy(() -> line.sending(1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("spent");
        line.close();
        assertThatThrownBy(() -> line(budget(MIB, LineLimits.NONE)).sending(1)).isInstanceOf(IOException.class);
        now = NOON.plus(Duration.ofDays(1));
        line(budget(MIB, LineLimits.NONE)).sending(1);
    }

    @Test
    void whatComesCountsAsWell() throws Exception {
        Line line = line(budget(MIB, LineLimits.NONE));
        line.received((int) MIB + 5);

        assertThatThrownBy(() -> line.sending(1)).isInstanceOf(IOException.class);
    }

    @Test
    void whatAWholeBudgetCannotCarryIsTooLarge() throws Exception {
        Line line = line(budget(100 * MIB, 10 * MIB));
        long most = line.affordable();

        assertThat(most).isBetween(9 * MIB, 10 * MIB);
        assertThat(line.largest(MIB)).isEqualTo(most);
        assertThat(line.admit(most, MIB)).isPresent();
        assertThat(line(budget(100 * MIB, 10 * MIB)).admit(most + 512, MIB)).isEmpty();
        assertThat(line(LineLimits.unlimited()).largest(1)).isGreaterThan(1L << 50);
    }

    @ParameterizedTest(name = "at {0}, {1} s before it, {2} s: {3}")
    @CsvSource({
        // open, and all fits: at once
        "2026-06-01T23:00:00Z, 0, 3600, 2026-06-01T23:00:00Z",
        "2026-06-01T23:00:00Z, 20000, 5200, 2026-06-01T23:00:00Z",
        // closed: when it opens
        "2026-06-01T12:00:00Z, 0, 3600, 2026-06-01T22:00:00Z",
        // does not fit in what is left: the next night, over the weekend too
        "2026-06-02T05:30:00Z, 0, 1801, 2026-06-02T22:00:00Z",
        "2026-06-06T05:30:00Z, 0, 1801, 2026-06-08T22:00:00Z",
    })
    void theNextRunIsWhenItReallyGoes(Instant at, long before, long own, Instant begin) throws Exception {
        Line line = line(windows("Mon-Fri 22:00-06:00"));

        assertThat(line.begin(at, before * RATE, own * RATE, 2, () -> own * RATE, RATE))
                .isEqualTo(begin);
    }

    @Test
    void aBacklogOfSeveralNightsIsCountedNightByNight() throws Exception {
        Line line = line(windows("Mon-Fri 22:00-06:00"));
        long night = 8 * 3600 * RATE;

        Instant begin = line.begin(NOON, 2 * night, night / 2, 11, () -> night / 4, RATE);

        // each night carries at least three quarters: two thirds of the fourth end it
        Instant end = begin.plusSeconds(2 * 8 * 3600 + 4 * 3600);
        assertThat(end).isBetween(Instant.parse("2026-06-04T22:00:00Z"), Instant.parse("2026-06-05T06:00:00Z"));
    }

    @Test
    void aBacklogOfSeveralMonthsIsCountedMonthByMonth() throws Exception {
        Line line = line(budget(100 * MIB, 100 * MIB));
        spend(line, 99 * MIB);

        Instant begin = line.begin(NOON, 120 * MIB, 20 * MIB, 7, () -> 20 * MIB, MIB);

        assertThat(begin)
                .isBetween(
                        Instant.parse("2026-08-01T00:00:00Z").minusSeconds(140), Instant.parse("2026-08-01T01:00:00Z"));
    }

    @Test
    void whatNobodyCanForeseeIsSaid() throws Exception {
        Line line = line(budget(MIB, LineLimits.NONE));

        assertThat(line.begin(NOON, 1L << 40, 1, 1 << 20, () -> 1 << 20, MIB)).isEqualTo(Instant.MAX);
    }

    @Test
    void aLineSlowerThanIsBelievedBeginsLater() throws Exception {
        Line line = line(new LineLimits(Windows.always(UTC), 8 * 1024, LineLimits.NONE, LineLimits.NONE));

        assertThat(line.begin(NOON, 0, MIB, 1, () -> MIB, 1 << 30)).isEqualTo(NOON.plusSeconds(64));
    }

    @Test
    void withoutLimitsNothingIsHeldBack() throws Exception {
        Line line = line(LineLimits.unlimited());

        assertThat(line.begin(NOON, 1 << 30, 1 << 30, 9, () -> 1, 1)).isEqualTo(NOON);
        assertThat(line.opens(NOON)).isEqualTo(NOON);
        assertThat(line.again(NOON)).isEqualTo(Instant.MAX);
        assertThat(line.admit(1L << 50, 1)).isPresent();
        assertThat(dir.resolve("usage")).doesNotExist();
    }

    @Test
    void limitsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> new LineLimits(Windows.always(UTC), 8191, LineLimits.NONE, LineLimits.NONE))
                .hasMessageContaining("8 KiB/s");
        assertThatThrownBy(() -> budget(MIB - 1, MIB)).hasMessageContaining("1 MiB");
        assertThatThrownBy(() -> budget(MIB, MIB - 1)).hasMessageContaining("1 MiB");
    }

    private static void spend(Line line, long bytes) throws IOException {
        for (long left = bytes; left > 0; left -= 64 * 1024) {
            line.sending((int) Math.min(left, 64 * 1024));
        }
    }
}
