package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A relay whose line is limited, and a sender who is told. */
final class UplinkTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path dir;

    @Test
    void outsideOfItsWindowARelaySaysWhenAndForwardsNothing() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            LocalDate tomorrow = LocalDate.now(ZoneOffset.UTC).plusDays(1);
            LocalDate then =
                    LocalTime.now(ZoneOffset.UTC).isAfter(LocalTime.of(12, 0)) ? tomorrow.plusDays(1) : tomorrow;
            String day = then.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            Service relay = site.startRelay(
                    site.relayHost(),
                    "nightly",
                    "--window",
                    day + " 12:00-14:00",
                    "--zone",
                    "UTC",
                    "--log-level",
                    "debug");
            Path file = site.file("waits.bin", 10_000, 1);

            Path log = dir.resolve("send.log");
            Service send = site.sender.background(
                    Map.of(), log, Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file, "--max-wait", "3d"))));
            Awaitility.await("accepted")
                    .atMost(Duration.ofSeconds(60))
                    .until(() ->
                            send.log().contains("maximum wait") && send.log().contains("accepted by relay"));

            LocalDateTime now = LocalDateTime.now(ZoneOffset.UTC);
            long seconds = Duration.between(now, then.atTime(12, 0)).toSeconds();
            assertThat(DeliveryTest.waits(send.log()).getLast()).isBetween((int) seconds, (int) seconds + 120);
            assertThat(site.stored()).isEmpty();
            assertThat(relay.log()).doesNotContain("forwarding");
            Shell.Result impatient = site.sender
                    .waybill(site.sendArgs(file, dir.resolve("other"), "--max-wait", "1h", "--give-up", "3s"))
                    .code(4);
            assertThat(impatient.err()).doesNotContain("accepted by relay");
        }
    }

    @Test
    void aRateIsKeptAndPromised() {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "slow", "--rate", "256KiB/s");
            Path file = site.file("large.bin", 2 * MIB, 2);
            long begun = System.nanoTime();

            Shell.Result sent = site.send(file).ok();

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(7));
            assertThat(DeliveryTest.waits(sent.err()).getLast()).isBetween(8 + 20, 60);
        }
    }

    @Test
    void aDaysBytesAreCountedOverAKillAndWhatIsOverThemIsDeclined() throws Exception {
        try (Site site = new Site(dir)) {
            site.startBackend();
            Host host = site.relayHost();
            // Where it is noon, for no day may end meanwhile.
            int hour = LocalTime.now(ZoneOffset.UTC).getHour();
            ZoneId zone = ZoneId.ofOffset("UTC", ZoneOffset.ofHours(12 - hour));
            String[] limits = {"--budget-day", "3MiB", "--zone", zone.getId()};
            Service relay = site.startRelay(host, "metered", limits);
            site.send(site.file("first.bin", 2 * MIB, 3)).ok();
            relay.kill();
            Path usage = dir.resolve("metered/usage");
            assertThat(spent(usage, zone)).isBetween(2L * MIB, 3L * MIB);
            site.startRelay(host, "metered", limits);

            Shell.Result declined = site.send(site.file("huge.bin", 3 * MIB, 4), "--give-up", "3s")
                    .code(4);
            assertThat(declined.err()).doesNotContain("accepted by relay");
            Shell.Result later = site.send(site.file("second.bin", MIB, 5), "--give-up", "3s", "--max-wait", "1m")
                    .code(4);
            assertThat(later.err()).doesNotContain("accepted by relay");
            site.send(site.file("small.bin", 20_000, 6)).ok();
            assertThat(site.stored()).hasSize(2);
        }
    }

    private static long spent(Path usage, ZoneId zone) throws java.io.IOException {
        String today = LocalDate.now(zone).toString();
        return Files.readAllLines(usage).stream()
                .filter(line -> line.startsWith(today))
                .mapToLong(line -> Long.parseLong(line.substring(11)))
                .sum();
    }
}
