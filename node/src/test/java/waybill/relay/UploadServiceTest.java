package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService.Arrival;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.Windows;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.State;

@Timeout(120)
class UploadServiceTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);

    @TempDir
    Path directory;

    @Test
    void atOnceMeansWithoutWaiting() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        assertThat(site.uploads.step()).isAfter(FakeClock.START.plus(Duration.ofDays(1)));

        site.service.deliver(site.arrival("now"));

        assertThat(site.wakes).hasValue(1);
        site.uploads.step();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void aPeriodMeansThatArrivalsWaitForTheNextRun() throws Exception {
        Site site = new Site(directory, QUARTER);
        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(QUARTER));
        site.clock.advance(Duration.ofMinutes(1));
        site.service.deliver(site.arrival("waits"));
        assertThat(site.wakes).hasValue(0);

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(QUARTER));
        assertThat(site.backend.puts).isEmpty();

        site.clock.advance(QUARTER.minusMinutes(1));
        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(QUARTER.multipliedBy(2)));
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void runsKeepTheirGridAndMissedOnesAreNotMadeUpFor() throws Exception {
        Site site = new Site(directory, QUARTER);
        site.uploads.step();
        site.clock.advance(Duration.ofMinutes(50));

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(Duration.ofMinutes(60)));
    }

    @Test
    void aRunTakesTheLongestDueFirstUntilNothingIsDue() throws Exception {
        Site site = new Site(directory, QUARTER);
        site.uploads.step();
        List<DeliveryKey> keys = IntStream.range(0, 7)
                .mapToObj(i -> {
                    site.clock.advance(Duration.ofSeconds(1));
                    return deliver(site, "number " + i);
                })
                .toList();

        site.clock.advance(QUARTER);
        site.uploads.step();

        assertThat(site.backend.puts).containsExactlyElementsOf(keys);
        assertThat(site.store.pending()).isZero();
    }

    @Test
    void onlyAFewAreUnderWayAtOnceAndNoneTwice() throws Exception {
        ArrayDeque<Runnable> started = new ArrayDeque<>();
        FakeClock clock = new FakeClock();
        Site site = new Site(directory, Duration.ZERO, started::add, clock);
        IntStream.range(0, 5).forEach(i -> deliver(site, "number " + i));

        site.uploads.step();
        site.uploads.step();

        assertThat(started).hasSize(2);
        started.removeFirst().run();
        site.uploads.step();
        assertThat(started).hasSize(2);
        while (!started.isEmpty()) {
            started.removeFirst().run();
            site.uploads.step();
        }
        assertThat(site.backend.puts).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void whatIsClaimedBetweenTheLookAndTheStartIsNotTriedTwice() throws Exception {
        List<DeliveryKey> keys = new ArrayList<>();
        List<Runnable> started = new ArrayList<>();
        List<Site> sites = new ArrayList<>();
        sites.add(new Site(
                directory,
                Duration.ZERO,
                attempt -> {
                    started.add(attempt);
                    assertThat(sites.getFirst().uploads.claim(keys.get(1), 1)).isPresent();
                },
                new FakeClock()));
        Site site = sites.getFirst();
        keys.add(deliver(site, "first"));
        keys.add(deliver(site, "brought once more just now"));

        site.uploads.step();

        assertThat(started).hasSize(1);
    }

    @Test
    void aFailedOneIsDueAgainLaterAndTheOthersGoOn() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        DeliveryKey bad = deliver(site, "bad");
        DeliveryKey good = deliver(site, "good");
        site.backend.turns.add(FakeBackend.Turns.fail(500, Problem.INTERNAL, null));

        Instant next = site.uploads.step();

        assertThat(state(site, good)).isEqualTo(State.SETTLED);
        Held failed = site.store.find(bad).orElseThrow();
        assertThat(failed.state()).isEqualTo(State.ACCEPTED);
        assertThat(next).isEqualTo(failed.due()).isAfter(FakeClock.START);
        site.clock.set(next);
        site.uploads.step();
        assertThat(state(site, bad)).isEqualTo(State.SETTLED);
    }

    @Test
    void whileTheBackendIsDownItIsTriedNowAndThenNotOnceADelivery() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        IntStream.range(0, 50).forEach(i -> deliver(site, "number " + i));
        IntStream.range(0, 1000).forEach(i -> site.backend.turns.add(FakeBackend.Turns.UNREACHABLE));

        Instant hourLater = FakeClock.START.plus(Duration.ofHours(1));
        while (site.clock.instant().isBefore(hourLater)) {
            site.clock.set(site.uploads.step());
        }

        assertThat(site.backend.puts).hasSizeBetween(10, 300);
        assertThat(site.store.pending()).isEqualTo(50);
        assertThat(site.health.state()).isEqualTo(Health.State.FAILING);

        site.backend.turns.clear();
        site.clock.advance(QUARTER);
        site.uploads.step();
        assertThat(site.store.pending()).isZero();
        assertThat(site.health.state()).isEqualTo(Health.State.WORKING);
        assertThat(site.health.lastFailure()).isEmpty();
    }

    @Test
    void aRunInterruptedByAnOutageGoesOnAfterItWithoutWaitingAPeriod() throws Exception {
        Site site = new Site(directory, QUARTER);
        site.uploads.step();
        deliver(site, "first");
        deliver(site, "second");
        site.backend.turns.add(FakeBackend.Turns.UNREACHABLE);
        site.clock.advance(QUARTER);

        Instant next = site.uploads.step();

        assertThat(next).isBefore(FakeClock.START.plus(QUARTER).plusSeconds(3));
        site.clock.set(next);
        site.uploads.step();
        assertThat(site.store.pending()).isEqualTo(1);
    }

    @Test
    void theNextPauseIsWhatIsPromisedWhileTheBackendIsDown() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        deliver(site, "one");
        site.backend.turns.add(FakeBackend.Turns.fail(503, Problem.BUSY, Duration.ofSeconds(90)));
        site.uploads.step();

        assertThat(site.service.offer(1, "eth0", false).orElseThrow().untilRun())
                .isEqualTo(90);
    }

    @Test
    void oneSpoiltItemIsSetAsideAndTheServiceGoesOn() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        DeliveryKey missing = deliver(site, "missing");
        DeliveryKey changed = deliver(site, "changed");
        DeliveryKey good = deliver(site, "good");
        site.store.payloads.remove(missing);
        site.store.payloads.put(changed, "chanced".getBytes(StandardCharsets.UTF_8));

        site.uploads.step();

        assertThat(state(site, missing)).isEqualTo(State.REFUSED);
        assertThat(state(site, changed)).isEqualTo(State.REFUSED);
        assertThat(state(site, good)).isEqualTo(State.SETTLED);
    }

    @Test
    void aStoreThatCannotWriteMakesNoHotLoop() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        DeliveryKey key = deliver(site, "kept");
        site.store.broken = true;

        site.uploads.step();
        site.uploads.step();

        assertThat(site.backend.puts).hasSize(1);
        site.store.broken = false;
        site.clock.advance(Duration.ofMinutes(15));
        site.uploads.step();
        assertThat(state(site, key)).isEqualTo(State.SETTLED);
    }

    @Test
    void anAttemptThatFailsUnexpectedlyEndsNothing() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        DeliveryKey odd = deliver(site, "odd");
        DeliveryKey good = deliver(site, "good");
        site.backend.turns.add((upload, body) -> {
            throw new IllegalStateException("a fault of ours");
        });

        site.uploads.step();

        assertThat(state(site, good)).isEqualTo(State.SETTLED);
        assertThat(state(site, odd)).isEqualTo(State.ACCEPTED);
    }

    @Test
    void aClockPutBackHoldsNothingUp() throws Exception {
        Site site = new Site(directory, QUARTER);
        site.uploads.step();
        DeliveryKey key = deliver(site, "from tomorrow");
        site.clock.putBack(Duration.ofDays(1));

        Instant next = site.uploads.step();

        assertThat(next).isEqualTo(FakeClock.START.minus(Duration.ofDays(1)).plus(QUARTER));
        site.clock.set(next);
        site.uploads.step();
        assertThat(state(site, key)).isEqualTo(State.SETTLED);
    }

    @Test
    void anotherRelayOnTheSameDiskGoesOnWithAll() throws Exception {
        FakeClock clock = new FakeClock();
        Site before = new Site(directory, QUARTER, Runnable::run, clock);
        before.uploads.step();
        DeliveryKey key = deliver(before, "held over the restart");

        Site after = new Site(directory, QUARTER, Runnable::run, clock, before.store, before.backend);
        after.uploads.step();

        assertThat(state(after, key)).isEqualTo(State.SETTLED);
    }

    @Test
    void outsideOfTheWindowNothingBeginsAndTheOpeningIsPromised() throws Exception {
        Site site = limited("Sun 14:00-16:00", LineLimits.NONE); // it is Sunday, noon
        deliver(site, "waits");

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(Duration.ofHours(2)));
        assertThat(site.backend.puts).isEmpty();
        assertThat(offer(site, 100).orElseThrow().untilRun()).isBetween(7200L, 7201L);

        site.clock.advance(Duration.ofHours(2));
        site.uploads.step();
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void whatIsBrokenOffAtTheEndOfAWindowKeepsItsPlaceAndBlamesNobody() throws Exception {
        Site site = limited("Mon-Sun 12:00-13:00", LineLimits.NONE);
        DeliveryKey key = deliver(site, "broken off");
        site.backend.turns.add((upload, body) -> {
            site.clock.advance(Duration.ofHours(1));
            throw new IOException("the time was up");
        });

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(Duration.ofDays(1)));

        Held held = site.store.find(key).orElseThrow();
        assertThat(held.due()).isEqualTo(held.accepted());
        assertThat(held.attempts()).isEqualTo(1);
        assertThat(held.note()).contains("end of the window");
        assertThat(site.health.state()).isEqualTo(Health.State.WORKING);
        site.clock.set(FakeClock.START.plus(Duration.ofDays(1)));
        site.uploads.step();
        assertThat(state(site, key)).isEqualTo(State.SETTLED);
    }

    @Test
    void windowsThatEndTooSoonAreNoFailuresThatAddUp() throws Exception {
        Site site = limited("Mon-Sun 12:00-13:00", LineLimits.NONE);
        DeliveryKey key = deliver(site, "broken off day by day");
        for (int day = 0; day < 5; day++) {
            site.backend.turns.add((upload, body) -> {
                site.clock.advance(Duration.ofHours(1));
                throw new IOException("the time was up");
            });
            site.clock.set(site.uploads.step());
        }

        assertThat(site.backend.puts).hasSize(5);
        assertThat(site.store.find(key).orElseThrow().attempts()).isEqualTo(1);
    }

    @Test
    void whatTheLastMomentOfAWindowBreaksOffIsNotBegunAgainInIt() throws Exception {
        Site site = limited("Mon-Sun 12:00-13:00", LineLimits.NONE);
        site.clock.advance(Duration.ofMinutes(60).minusMillis(500));
        deliver(site, "no time to connect");
        for (int i = 0; i < 100; i++) {
            site.backend.turns.add((upload, body) -> {
                throw new IOException("no answer in time");
            });
        }

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(Duration.ofHours(1)));

        assertThat(site.backend.puts).hasSize(1);
        assertThat(site.health.state()).isEqualTo(Health.State.WORKING);
    }

    @Test
    void aRunThatTheWindowInterruptsGoesOnWhenItOpensAgain() throws Exception {
        Site site = limited(Duration.ofMinutes(50), "Mon-Sun 13:00-14:00", LineLimits.NONE);
        deliver(site, "waits for the window, not for another run");
        site.uploads.step();
        site.clock.advance(Duration.ofHours(1));

        site.uploads.step();

        assertThat(site.store.pending()).isZero();
    }

    @Test
    void whatDoesNotFitInTheRestOfTheWindowWaitsForTheNextAndSmallerOnesGo() throws Exception {
        Site site = limited("Mon-Sun 12:00-13:00", LineLimits.NONE);
        site.clock.advance(Duration.ofMinutes(60).minusMillis(500));
        DeliveryKey large = deliver(site, "x".repeat(600));
        DeliveryKey small = deliver(site, "x".repeat(100));

        assertThat(site.uploads.step()).isEqualTo(FakeClock.START.plus(Duration.ofDays(1)));

        assertThat(site.backend.puts).containsExactly(small);
        site.clock.set(FakeClock.START.plus(Duration.ofDays(1)));
        site.uploads.step();
        assertThat(site.backend.puts).containsExactly(small, large);
    }

    @Test
    void whoAnnouncesAllThatTheWindowCarriesTakesItFromNobody() throws Exception {
        Site site = limited("Sun 10:00-16:00", LineLimits.NONE);
        long all = Duration.ofHours(4).toSeconds() * site.measured.bytesPerSecond();

        site.uploads.claim(DeliveryKey.of(site.task(), Sha256.of(new byte[] {9})), all);

        assertThat(offer(site, 845).orElseThrow().untilRun())
                .as("a line that is slower than is believed is said as a wait")
                .isLessThanOrEqualTo(1);
        deliver(site, "honest and small");
        site.uploads.step();
        assertThat(site.store.pending()).isZero();
    }

    @Test
    void whatTheLineCanNeverCarryIsDeclinedAtTheOffer() throws Exception {
        Site site = limited("Mon-Sun 12:00-12:01", LineLimits.NONE);
        site.measured.sent(1 << 20, Duration.ofDays(1)); // about 12 bytes a second

        assertThat(offer(site, 990)).isEmpty();
        assertThatThrownBy(() -> site.service.deliver(site.arrival("x".repeat(990))))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TOO_LARGE));
        assertThat(offer(site, 10)).isPresent();
    }

    @Test
    void whenTheBytesOfTheDayAreSpentTheRestWaitsForMidnight() throws Exception {
        Site site = limited("Mon-Sun 00:00-24:00", 1 << 20);
        site.line.received((1 << 20) - 1000);
        deliver(site, "tomorrow");

        Instant midnight = Instant.parse("2026-03-02T00:00:00Z");
        assertThat(site.uploads.step()).isEqualTo(midnight);
        assertThat(site.backend.puts).isEmpty();
        assertThat(offer(site, 1).orElseThrow().untilRun()).isBetween(12 * 3600L, 12 * 3600L + 60);
        site.clock.set(midnight);
        site.uploads.step();
        assertThat(site.store.pending()).isZero();
    }

    private static Optional<Promise> offer(Site site, long size) throws IOException {
        site.sight.profile();
        return site.service.offer(size, "eth0", false);
    }

    private Site limited(String window, long perDay) throws IOException {
        return limited(Duration.ZERO, window, perDay);
    }

    private Site limited(Duration every, String window, long perDay) throws IOException {
        FakeClock clock = new FakeClock();
        return new Site(
                directory,
                every,
                Runnable::run,
                clock,
                new FakeStore(clock),
                new FakeBackend(),
                RelayConfig.Via.DIRECT,
                new LineLimits(Windows.of(List.of(window), ZoneOffset.UTC), LineLimits.NONE, perDay, LineLimits.NONE));
    }

    @Test
    void stoppedItStartsNothing() throws Exception {
        Site site = new Site(directory, Duration.ZERO);
        deliver(site, "for the next start");
        site.uploads.stop();

        site.uploads.step();

        assertThat(site.backend.puts).isEmpty();
    }

    private static DeliveryKey deliver(Site site, String text) {
        Arrival arrival = site.arrival(text);
        try {
            return site.service.deliver(arrival).key();
        } catch (IOException | ProblemException e) {
            throw new AssertionError(e);
        }
    }

    private static State state(Site site, DeliveryKey key) {
        return site.store.find(key).orElseThrow().state();
    }
}
