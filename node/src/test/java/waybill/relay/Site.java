package waybill.relay;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import waybill.discovery.Offer;
import waybill.hop.HopService.Arrival;
import waybill.hop.Peer;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.relay.onward.Neighbours;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.trust.FileBlacklist;
import waybill.trust.TrackRecord;

/** One relay with one backend, all of it on the test's own thread and clock. */
final class Site {
    static final Peer PEER =
            new Peer(FakeBackend.URL.uri(), new Peer.Identity.Plain(), Optional.empty(), Optional.of(FakeBackend.URL));
    static final NodeId SELF = new NodeId(Sha256.of(new byte[] {7}));
    /** The node that the operator named. */
    static final NodeId NAMED = new NodeId(Sha256.of(new byte[] {77, 1}));

    private static final long MAX_BODY = 1000;
    /** From here on both legs are made at once. */
    static final int CUT_THROUGH = 500;

    final FakeClock clock;
    /** Its disk, if that is a fake. */
    final FakeStore store;

    final FakeBackend backend;
    final HealthLog health;
    final Waiters waiters = new Waiters(10);
    final Custody custody = new Custody();
    final Line line;
    final MeasuredRate measured = new MeasuredRate(1000);
    final Forwarder forwarder;
    final UploadService uploads;
    final Ways ways;
    final Sight sight;
    /** Relays that answer when this one asks. */
    final List<Offer> offers = new ArrayList<>();
    /** How often it asked. */
    final AtomicInteger rounds = new AtomicInteger();

    final RelayService service;
    final AtomicInteger wakes = new AtomicInteger();
    private int tasks;

    Site(Path directory, Duration every) throws IOException {
        this(directory, every, Runnable::run, new FakeClock());
    }

    Site(Path directory, Duration every, Executor executor, FakeClock clock) throws IOException {
        this(directory, every, executor, clock, new FakeStore(clock), new FakeBackend());
    }

    /** A relay on the disk and before the backend of an earlier one. */
    Site(Path directory, Duration every, Executor executor, FakeClock clock, DeliveryStore disk, FakeBackend backend)
            throws IOException {
        this(directory, every, executor, clock, disk, backend, RelayConfig.Via.DIRECT);
    }

    Site(
            Path directory,
            Duration every,
            Executor executor,
            FakeClock clock,
            DeliveryStore disk,
            FakeBackend backend,
            RelayConfig.Via via)
            throws IOException {
        this(directory, every, executor, clock, disk, backend, via, LineLimits.unlimited());
    }

    /** A relay whose line is limited. */
    Site(
            Path directory,
            Duration every,
            Executor executor,
            FakeClock clock,
            DeliveryStore disk,
            FakeBackend backend,
            RelayConfig.Via via,
            LineLimits limits)
            throws IOException {
        line = Line.open(limits, directory.resolve("usage"), clock);
        LongSupplier nanos = clock::ticks;
        Neighbours neighbours = new Neighbours(
                FakeBackend.URL,
                SELF,
                Set.of(NAMED),
                (question, enough, choice) -> {
                    rounds.incrementAndGet();
                    return choice.of(List.copyOf(offers));
                },
                this::task,
                FileBlacklist.open(directory, clock),
                TrackRecord.open(directory, clock),
                false,
                nanos,
                new Random(9));
        this.clock = clock;
        this.store = disk instanceof FakeStore fake ? fake : new FakeStore(clock);
        this.backend = backend;
        health = new HealthLog(FakeBackend.URL, List.of(FakeBackend.SIGNER), clock);
        Outcomes outcomes =
                new Outcomes(disk, backend, health, waiters, custody, Backoff.ofDelivery(new Random(7)), clock);
        forwarder = new Forwarder(disk, backend, PEER, outcomes, measured, health, nanos);
        sight = new Sight(backend, PEER, via, neighbours, backend, nanos);
        ProfileCache profile = new ProfileCache(directory.resolve("profile"), sight::profile, backend, clock);
        Handover handover = new Handover(FakeBackend.URL, disk, backend, neighbours, outcomes, custody, profile, nanos);
        ways = new Ways(via, forwarder, handover, neighbours, sight, profile, Runnable::run, nanos);
        uploads = new UploadService(
                disk,
                ways,
                health,
                line,
                measured,
                every,
                2,
                Backoff.ofBackend(new Random(8)),
                clock,
                nanos,
                executor,
                wakes::incrementAndGet);
        service = new RelayService(
                FakeBackend.URL,
                disk,
                uploads,
                measured,
                line,
                ways,
                new CutThrough(forwarder, uploads, ways, executor, 2, CUT_THROUGH),
                profile,
                waiters,
                every,
                2,
                MAX_BODY,
                clock);
    }

    /** One attempt, by itself. */
    Forwarder.Result forward(Held held) throws IOException {
        try (Pass pass =
                line.admit(held.label().size(), measured.bytesPerSecond()).orElseThrow()) {
            return forwarder.forward(held, pass);
        }
    }

    TaskId task() {
        return TaskId.parse("019a8c1e-0000-7000-8000-%012x".formatted(++tasks));
    }

    /** A delivery as an honest sender makes it. */
    Arrival arrival(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return arrival(task(), bytes, Optional.of(Sha256.of(bytes)), new ByteArrayInputStream(bytes));
    }

    static Arrival arrival(TaskId id, byte[] bytes, Optional<Sha256> declared, InputStream body) {
        return new Arrival(
                id,
                OptionalLong.of(bytes.length),
                declared,
                Optional.of(Sha256.of(new byte[] {1})),
                Optional.of(FakeBackend.AGE),
                0,
                InetAddress.getLoopbackAddress(),
                body);
    }

    /** The same delivery again, with a body that must not be read. */
    static Arrival again(Arrival first) {
        return new Arrival(
                first.id(),
                first.length(),
                first.sha256(),
                first.contents(),
                first.recipient(),
                first.hops(),
                first.peer(),
                new InputStream() {
                    @Override
                    public int read() {
                        throw new AssertionError("the body of a known delivery is not read");
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        return read();
                    }
                });
    }

    static DeliveryKey key(Arrival arrival) {
        return new DeliveryKey(arrival.id(), arrival.sha256().orElseThrow(), arrival.contents());
    }
}
