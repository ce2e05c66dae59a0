package waybill.relay.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowsTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @ParameterizedTest(name = "{0}, asked on {1}: {2} to {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                // a Monday; inside, before, after, at either edge
                "Mon-Fri 22:00-06:00 | 2026-06-01T12:00+02:00 | 2026-06-01T22:00+02:00 | 2026-06-02T06:00+02:00",
                "Mon-Fri 22:00-06:00 | 2026-06-01T22:00+02:00 | 2026-06-01T22:00+02:00 | 2026-06-02T06:00+02:00",
                "Mon-Fri 22:00-06:00 | 2026-06-02T05:59:59.9+02:00 | 2026-06-02T05:59:59.9+02:00 | 2026-06-02T06:00+02:00",
                "Mon-Fri 22:00-06:00 | 2026-06-02T06:00+02:00 | 2026-06-02T22:00+02:00 | 2026-06-03T06:00+02:00",
                // the night to Saturday belongs to Friday, that to Monday to nobody
                "Mon-Fri 22:00-06:00 | 2026-06-06T03:00+02:00 | 2026-06-06T03:00+02:00 | 2026-06-06T06:00+02:00",
                "Mon-Fri 22:00-06:00 | 2026-06-06T06:00+02:00 | 2026-06-08T22:00+02:00 | 2026-06-09T06:00+02:00",
                "Sun 23:00-01:00 | 2026-06-08T00:30+02:00 | 2026-06-08T00:30+02:00 | 2026-06-08T01:00+02:00",
                // whole days that touch are one stretch, over midnight too
                "Sat,Sun 00:00-24:00 | 2026-06-03T00:00+02:00 | 2026-06-06T00:00+02:00 | 2026-06-08T00:00+02:00",
                "Fri-Mon 00:00-24:00 | 2026-06-03T00:00+02:00 | 2026-06-05T00:00+02:00 | 2026-06-09T00:00+02:00",
                "Mon 18:00-24:00 | 2026-06-01T00:00+02:00 | 2026-06-01T18:00+02:00 | 2026-06-02T00:00+02:00",
                "mon 00:00-00:01 | 2026-06-02T00:00+02:00 | 2026-06-08T00:00+02:00 | 2026-06-08T00:01+02:00",
                // clocks go forward: the night is an hour shorter, and an hour that nobody's clock shows never comes
                "Sat 22:00-06:00 | 2026-03-28T12:00+01:00 | 2026-03-28T22:00+01:00 | 2026-03-29T06:00+02:00",
                "Sun 02:00-03:00 | 2026-03-28T12:00+01:00 | 2026-04-05T02:00+02:00 | 2026-04-05T03:00+02:00",
                "Sun 02:30-04:00 | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 | 2026-03-29T04:00+02:00",
                "Sun 01:30-02:30 | 2026-03-28T12:00+01:00 | 2026-03-29T01:30+01:00 | 2026-03-29T03:00+02:00",
                // clocks go back: the night is an hour longer, and an hour that comes twice counts twice
                "Sat 22:00-06:00 | 2026-10-24T12:00+02:00 | 2026-10-24T22:00+02:00 | 2026-10-25T06:00+01:00",
                "Sun 02:00-03:00 | 2026-10-25T00:00+02:00 | 2026-10-25T02:00+02:00 | 2026-10-25T03:00+01:00",
                "Sun 02:15-02:45 | 2026-10-25T00:00+02:00 | 2026-10-25T02:15+02:00 | 2026-10-25T02:45+02:00",
                "Sun 02:15-02:45 | 2026-10-25T02:45+02:00 | 2026-10-25T02:15+01:00 | 2026-10-25T02:45+01:00",
                "Sun 01:00-02:30 | 2026-10-25T00:00+02:00 | 2026-10-25T01:00+02:00 | 2026-10-25T02:30+02:00",
            })
    void opensAndClosesByTheWallClock(String window, String asked, String from, String until) {
        Windows.Span span = Windows.of(List.of(window), BERLIN).next(instant(asked));

        assertThat(span).isEqualTo(new Windows.Span(instant(from), instant(until)));
    }

    @Test
    void severalWindowsAreOpenWhereOneOfThemIs() {
        Windows windows = Windows.of(List.of("Mon-Fri 22:00-06:00", "Sat,Sun 00:00-24:00"), BERLIN);

        assertThat(windows.next(instant("2026-06-05T21:00+02:00")))
                .isEqualTo(new Windows.Span(instant("2026-06-05T22:00+02:00"), instant("2026-06-08T00:00+02:00")));
        assertThat(windows.longest()).isEqualTo(Duration.ofHours(50));
    }

    @Test
    void noneAndAllDaysMeanNeverClosed() {
        for (List<String> all : List.of(
                List.<String>of(),
                List.of("Mon-Sun 00:00-24:00"),
                List.of("Tue-Mon 05:00-04:00", "Mon-Sun 04:00-05:00"))) {
            Windows windows = Windows.of(all, BERLIN);
            assertThat(windows.always()).isTrue();
            assertThat(windows.next(Instant.EPOCH)).isEqualTo(new Windows.Span(Instant.EPOCH, Instant.MAX));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "22:00-06:00",
                "Mon",
                "Mon 22:00",
                "Mon 22-06",
                "Mon 24:00-06:00",
                "Mon 22:00-24:01",
                "Mon 22:60-23:00",
                "Mon 25:00-26:00",
                "Mon 12:00-12:00",
                "Mon-Fri-Sun 12:00-13:00",
                "Day 12:00-13:00",
                "Mon-Day 12:00-13:00",
                "Mon, Tue 12:00-13:00",
                "Mon 12:00-13:00 14:00-15:00",
                "Mon 12:00:00-13:00:00",
                "\u0661\u0662 12:00-13:00"
            })
    void whatHasAnotherFormIsNamed(String window) {
        assertThatThrownBy(() -> Windows.of(List.of(window), BERLIN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + window.strip() + "'");
    }

    /** A window as a person says it. */
    record Said(Set<DayOfWeek> days, int from, int to) {
        String text() {
            String names = days.stream()
                    .map(day -> day.name().substring(0, 3).toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(","));
            return "%s %02d:%02d-%02d:%02d".formatted(names, from / 60, from % 60, to / 60, to % 60);
        }

        /** Whether it is open when the wall clock shows this, said as naively as can be. */
        boolean shows(LocalDateTime local) {
            LocalTime time = local.toLocalTime();
            LocalTime begin = LocalTime.of(from / 60, from % 60);
            boolean today = days.contains(local.getDayOfWeek());
            boolean yesterday = days.contains(local.getDayOfWeek().minus(1));
            if (to == 24 * 60) {
                return today && !time.isBefore(begin);
            }
            LocalTime end = LocalTime.of(to / 60, to % 60);
            return begin.isBefore(end)
                    ? today && !time.isBefore(begin) && time.isBefore(end)
                    : (today && !time.isBefore(begin)) || (yesterday && time.isBefore(end));
        }
    }

    @Property(tries = 150)
    void agreesWithWhoeverLooksAtTheClockEachMinute(
            @ForAll("said") @Size(min = 1, max = 3) List<Said> said,
            @ForAll("zones") ZoneId zone,
            @ForAll("instants") Instant begin) {
        Windows windows = Windows.of(said.stream().map(Said::text).toList(), zone);
        Windows.Span span = windows.next(begin);

        assertThat(span.from()).isAfterOrEqualTo(begin).isBefore(span.until());
        for (Instant at = begin; at.isBefore(begin.plus(3, ChronoUnit.DAYS)); at = at.plus(1, ChronoUnit.MINUTES)) {
            Instant now = at;
            LocalDateTime local = LocalDateTime.ofInstant(now, zone);
            boolean open = said.stream().anyMatch(one -> one.shows(local));
            assertThat(windows.contains(now)).as("%s, %s", now, local).isEqualTo(open);
            if (now.isBefore(span.until())) {
                assertThat(!now.isBefore(span.from())).as("%s in %s", now, span).isEqualTo(open);
            }
        }
    }

    @Property(tries = 150)
    void stretchesFollowEachOtherWithoutTouching(
            @ForAll("said") @Size(min = 1, max = 3) List<Said> said,
            @ForAll("zones") ZoneId zone,
            @ForAll("instants") Instant begin) {
        Windows windows = Windows.of(said.stream().map(Said::text).toList(), zone);
        Instant at = begin;
        for (int i = 0; i < 30; i++) {
            Windows.Span span = windows.next(at);
            assertThat(windows.contains(span.from())).isTrue();
            if (windows.always()) {
                assertThat(span).isEqualTo(new Windows.Span(begin, Instant.MAX));
                return;
            }
            assertThat(windows.contains(span.until().minusNanos(1))).isTrue();
            assertThat(windows.contains(span.until())).isFalse();
            assertThat(i == 0 || span.from().isAfter(at)).isTrue();
            at = span.until();
        }
    }

    @Provide
    Arbitrary<List<Said>> said() {
        Arbitrary<Set<DayOfWeek>> days =
                Arbitraries.of(DayOfWeek.class).set().ofMinSize(1).ofMaxSize(7);
        Arbitrary<Integer> minutes = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 24 * 60 - 1),
                Arbitraries.of(IntStream.range(0, 24).map(h -> h * 60).boxed().toList()));
        Arbitrary<Integer> ends = Arbitraries.oneOf(minutes, Arbitraries.just(24 * 60));
        return Combinators.combine(days, minutes, ends)
                .as(Said::new)
                .filter(one -> one.from() != one.to())
                .list();
    }

    @Provide
    Arbitrary<ZoneId> zones() {
        // half-hour changes, a day that was left out, a change at midnight, none at all
        return Arbitraries.of(
                        "Europe/Berlin",
                        "America/New_York",
                        "Australia/Lord_Howe",
                        "Pacific/Apia",
                        "America/Sao_Paulo",
                        "Asia/Kathmandu",
                        "UTC")
                .map(ZoneId::of);
    }

    /** Most of them about a change of the clocks. */
    @Provide
    Arbitrary<Instant> instants() {
        List<Instant> changes = List.of(
                instant("2026-03-29T01:00Z"),
                instant("2026-10-25T01:00Z"),
                instant("2026-03-08T07:00Z"),
                instant("2026-11-01T06:00Z"),
                instant("2026-04-04T15:00Z"),
                instant("2011-12-30T10:00Z"),
                instant("2017-10-15T03:00Z"));
        return Combinators.combine(
                        Arbitraries.of(changes), Arbitraries.integers().between(-3 * 86_400_000, 86_400_000))
                .as(Instant::plusMillis);
    }

    private static Instant instant(String text) {
        return OffsetDateTime.parse(text).toInstant();
    }
}
