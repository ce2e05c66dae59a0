package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;
import waybill.relay.uplink.Windows;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;

/**
 * An honest relay on a line that makes what it says keeps every promise, whatever windows, rate, budgets and period it was
 * given: whoever waits as section 6 says blames nobody for it. The upload service, the line and the promises are the real
 * ones; an upload takes the time of its bytes on the test's clock.
 */
class PromiseSimulationTest {
    private static final ReceiptDeadline.Clamp CLAMP = new ReceiptDeadline.Clamp(
            16 << 10, 1L << 30, Duration.ofSeconds(1), Duration.ofSeconds(Promise.MAX_SECONDS));
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    /** A delivery that comes so long after the one before it. */
    record Comes(Duration after, long size) {}

    /** What the operator said, and what the line really makes. */
    record Relay(
            List<String> windows, long rate, long perDay, long perMonth, Duration every, long makes, Instant begun) {
        LineLimits limits() {
            return new LineLimits(Windows.of(windows, BERLIN), rate, perDay, perMonth);
        }
    }

    @Property(tries = 250)
    void keepsEveryPromise(
            @ForAll("relays") Relay relay, @ForAll("deliveries") @Size(min = 1, max = 40) List<Comes> comes)
            throws IOException {
        Path dir = Files.createTempDirectory("promises");
        try {
            new Simulation(relay, comes, dir).run();
        } finally {
            try (Stream<Path> files = Files.walk(dir)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static final class Simulation {
        private final Relay relay;
        private final LineLimits limits;
        private final FakeClock clock = new FakeClock();
        private final FakeStore store = new FakeStore(clock);
        private final Deque<Comes> coming;
        private final Map<DeliveryKey, Instant> deadlines = new HashMap<>();
        private final Line line;
        private final UploadService uploads;
        private final RelayService service;
        private @Nullable Instant next;
        private int number;
        private int taken;

        Simulation(Relay relay, List<Comes> comes, Path dir) throws IOException {
            this.relay = relay;
            this.limits = relay.limits();
            this.coming = new ArrayDeque<>(comes);
            clock.set(relay.begun());
            line = Line.open(limits, dir.resolve("usage"), clock);
            MeasuredRate measured = new MeasuredRate(Math.min(relay.makes(), limits.rate()));
            HealthLog health = new HealthLog(FakeBackend.URL, List.of(FakeBackend.SIGNER), clock);
            Site site = new Site(dir, relay.every(), Runnable::run, clock);
            site.sight.profile();
            uploads = new UploadService(
                    store,
                    this::attempt,
                    health,
                    line,
                    measured,
                    relay.every(),
                    1,
                    Backoff.ofBackend(new Random(1)),
                    clock,
                    clock::ticks,
                    Runnable::run,
                    () -> {});
            service = new RelayService(
                    FakeBackend.URL,
                    store,
                    uploads,
                    measured,
                    line,
                    site.ways,
                    new CutThrough(site.forwarder, uploads, site.ways, Runnable::run, 1, Long.MAX_VALUE),
                    new ProfileCache(dir.resolve("profile"), site.sight::profile, site.backend, clock),
                    site.waiters,
                    relay.every(),
                    1,
                    1L << 50,
                    clock);
        }

        void run() throws IOException {
            schedule();
            int steps = 0;
            while (next != null || store.pending() > 0) {
                assertThat(++steps).as("it comes to an end").isLessThan(100_000);
                Instant wanted = uploads.step();
                advance(wanted.isBefore(clock.instant()) ? clock.instant() : wanted);
            }
            assertThat(store.held).hasSize(taken);
            Statistics.label("taken").collect(taken == 0 ? "none" : "some");
        }

        private void schedule() {
            Comes first = coming.peekFirst();
            next = first == null ? null : clock.instant().plus(first.after());
        }

        /** Moves the clock there; who comes on the way is taken in time. Without arrivals it stops there, else at the first. */
        private void advance(Instant to) throws IOException {
            Instant arrival = next;
            if (arrival == null || arrival.isAfter(to)) {
                clock.set(to);
                return;
            }
            clock.set(arrival);
            arrives();
        }

        private void arrives() throws IOException {
            Comes one = coming.removeFirst();
            Optional<Promise> promise = service.offer(one.size(), "eth0", false);
            if (promise.isPresent()) {
                taken++;
                Instant now = clock.instant();
                DeliveryKey key = DeliveryKey.of(
                        TaskId.parse("019a8c1e-0000-7000-8000-%012x".formatted(++number)), Sha256.of(new byte[] {1}));
                Label label = new Label(key, one.size(), Optional.empty(), 0);
                store.held.put(key, new Held(label, State.ACCEPTED, now, 0, now, "", Optional.empty()));
                Duration wait = ReceiptDeadline.maximumWait(promise.get(), one.size(), CLAMP)
                        .total();
                deadlines.put(key, now.plus(wait));
                uploads.arrived();
            }
            schedule();
        }

        private Forwarder.Result attempt(Held held, Pass pass) throws IOException {
            Instant begun = clock.instant();
            long size = held.label().size();
            long rate = Math.min(relay.makes(), limits.rate());
            Instant end = begun.plusNanos((long) Math.floor(size * 1e9 / rate));
            assertThat(limits.windows().contains(begun))
                    .as("begins in a window")
                    .isTrue();
            assertThat(pass.atMost(Duration.between(begun, end))).isGreaterThanOrEqualTo(Duration.between(begun, end));
            Duration portion = Duration.between(begun, end).dividedBy(10);
            for (int i = 1; i <= 10; i++) {
                Instant to = i == 10 ? end : begun.plus(portion.multipliedBy(i));
                while (clock.instant().isBefore(to)) {
                    advance(to);
                }
                spend(size / 10 + (i == 10 ? size % 10 : 0));
                pass.sent(size * i / 10);
            }
            line.received(4000);
            assertThat(limits.windows().contains(end.minusNanos(1)) || end.equals(begun))
                    .as("ends in a window")
                    .isTrue();
            assertThat(clock.instant())
                    .as(
                            "%s of %s bytes, promised by %s",
                            held.label().key(), size, deadlines.get(held.label().key()))
                    .isBeforeOrEqualTo(deadlines.get(held.label().key()));
            store.settle(held.label().key(), new byte[] {1}, true, false);
            return new Forwarder.Result.Ended();
        }

        private void spend(long bytes) throws IOException {
            for (long left = bytes; left > 0; left -= 1 << 20) {
                line.sending((int) Math.min(left, 1 << 20));
            }
        }
    }

    @Provide
    Arbitrary<Relay> relays() {
        Arbitrary<List<String>> windows = Arbitraries.of(
                List.of(),
                List.of("Mon-Fri 22:00-06:00"),
                List.of("Mon-Fri 22:00-06:00", "Sat,Sun 00:00-24:00"),
                List.of("Mon-Sun 02:00-03:00"),
                List.of("Mon-Sun 00:00-00:10", "Mon-Sun 12:00-13:30"),
                List.of("Wed 08:00-09:00"));
        Arbitrary<Long> rates = Arbitraries.of(8L << 10, 20L << 10, 500L << 10, LineLimits.NONE);
        Arbitrary<Long> days = Arbitraries.of(1L << 20, 20L << 20, 200L << 20, LineLimits.NONE);
        Arbitrary<Long> months = Arbitraries.of(50L << 20, 2L << 30, LineLimits.NONE);
        Arbitrary<Duration> periods = Arbitraries.of(Duration.ZERO, Duration.ofMinutes(15), Duration.ofHours(6));
        Arbitrary<Long> makes = Arbitraries.of(16L << 10, 256L << 10, 10L << 20);
        Arbitrary<Instant> begun = Arbitraries.of(
                        "2026-03-26T00:00:00Z", "2026-10-23T12:00:00Z", "2026-01-30T23:59:00Z", "2026-06-03T05:00:00Z")
                .flatMap(text -> Arbitraries.integers()
                        .between(0, 300_000)
                        .map(seconds -> Instant.parse(text).plusSeconds(seconds)));
        return Combinators.combine(windows, rates, days, months, periods, makes, begun)
                .as(Relay::new);
    }

    @Provide
    Arbitrary<List<Comes>> deliveries() {
        Arbitrary<Duration> after = Arbitraries.oneOf(
                Arbitraries.just(Duration.ZERO),
                Arbitraries.integers().between(0, 100_000).map(Duration::ofSeconds),
                Arbitraries.integers().between(0, 100_000).map(Duration::ofMillis));
        Arbitrary<Long> sizes = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 10_000),
                Arbitraries.longs().between(0, 5 << 20),
                Arbitraries.longs().between(0, 150 << 20));
        return Combinators.combine(after, sizes).as(Comes::new).list();
    }
}
