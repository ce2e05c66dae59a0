package waybill.relay;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import waybill.hop.HopService;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.ReceiptDeadline;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.MeasuredRate;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.DiskFullException;
import waybill.store.StoreFullException;

/**
 * The upload directory of one backend behind its alias URL (claim 1; section 3): takes deliveries, durable before the
 * answer, and gives out what became of them. Safe for use by several threads.
 */
final class RelayService implements HopService {
    private static final Duration FULL_FOR = Duration.ofMinutes(1);
    private static final Duration SHORTEST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

    private final BackendUrl backend;
    private final DeliveryStore store;
    private final UploadService uploads;
    private final MeasuredRate measured;
    private final Line line;
    private final Ways ways;
    private final CutThrough cutThrough;
    private final ProfileCache profile;
    private final Waiters waiters;
    private final Duration every;
    private final int concurrency;
    private final long maxBody;
    private final InstantSource clock;

    private volatile boolean closing;
    private volatile NoRoom noRoom = new NoRoom(Long.MAX_VALUE, Instant.MIN);

    /** Something of so many bytes found no room lately; what is smaller may still find some. */
    private record NoRoom(long from, Instant until) {
        boolean isFor(long size, Instant now) {
            return size >= from && until.isAfter(now);
        }

        /** From now on for such a size too; nobody makes it longer for those that are smaller than his. */
        NoRoom andFor(long size, Instant now) {
            return isFor(size, now) ? this : new NoRoom(size, now.plus(FULL_FOR));
        }
    }

    RelayService(
            BackendUrl backend,
            DeliveryStore store,
            UploadService uploads,
            MeasuredRate measured,
            Line line,
            Ways ways,
            CutThrough cutThrough,
            ProfileCache profile,
            Waiters waiters,
            Duration every,
            int concurrency,
            long maxBody,
            InstantSource clock) {
        this.backend = backend;
        this.store = store;
        this.uploads = uploads;
        this.measured = measured;
        this.line = line;
        this.ways = ways;
        this.cutThrough = cutThrough;
        this.profile = profile;
        this.waiters = waiters;
        this.every = every;
        this.concurrency = concurrency;
        this.maxBody = maxBody;
        this.clock = clock;
    }

    /** Takes no more deliveries and lets those go who wait. */
    void close() {
        closing = true;
        waiters.close();
    }

    /**
     * What it promises a delivery that comes now; empty if it takes none of this size, or knows no way to offer.
     *
     * @param network the interface that is asked on
     * @param relay whether another relay asks
     */
    Optional<Promise> offer(long size, String network, boolean relay) throws IOException {
        return closing
                        || size > maxBody
                        || size > largestByLine()
                        || noRoom.isFor(size, clock.instant())
                        || !ways.isOpen(network, relay)
                ? Optional.empty()
                : Optional.of(promise(size)).filter(RelayService::foreseen);
    }

    @Override
    public BackendUrl backend() {
        return backend;
    }

    @Override
    public long largest() {
        return Math.min(maxBody, largestByLine());
    }

    @Override
    public byte[] profile() throws ProblemException {
        return profile.get();
    }

    @Override
    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
        if (closing) {
            throw new ProblemException(Problem.BUSY, "this relay is going down", Optional.of(FULL_FOR));
        }
        if (arrival.hops() + 1 > Promise.MAX_HOPS) {
            throw new ProblemException(
                    Problem.TOO_MANY_HOPS,
                    "it made " + arrival.hops() + " hops, and " + Promise.MAX_HOPS + " are allowed");
        }
        if (arrival.length().isEmpty()) {
            throw new ProblemException(Problem.LENGTH_REQUIRED, "room must be reserved: say the length");
        }
        long size = arrival.length().getAsLong();
        if (size > maxBody) {
            throw new ProblemException(Problem.TOO_LARGE, "at most " + maxBody + " bytes are taken");
        }
        if (arrival.sha256().isPresent()) {
            DeliveryKey key = new DeliveryKey(arrival.id(), arrival.sha256().get(), arrival.contents());
            Optional<Held> held = store.reconcile(new Label(key, size, arrival.recipient(), arrival.hops()));
            if (held.isPresent() && held.get().state() != DeliveryStore.State.REFUSED) {
                checkCircle(arrival, held.get());
                return answer(held.get());
            }
        }
        if (size > largestByLine()) {
            throw new ProblemException(
                    Problem.TOO_LARGE, "the line carries at most " + largestByLine() + " bytes at a time");
        }
        if (!foreseen(promise(size))) {
            throw new ProblemException(
                    Problem.BUSY, "more waits here than the line will carry within a year", Optional.of(LONGEST_RETRY));
        }
        return take(arrival, size);
    }

    /** The largest that the line can ever carry, where it is needed. */
    private long largestByLine() {
        return ways.byLine() ? line.largest(measured.bytesPerSecond()) : Long.MAX_VALUE;
    }

    /** Whether the time it promises is one that comes. */
    private static boolean foreseen(Promise promise) {
        return promise.untilRun() < Promise.MAX_SECONDS;
    }

    /** It went out from here and comes back: who brings it must find another way, or each waits for the other. */
    private void checkCircle(Arrival arrival, Held held) throws ProblemException {
        if (held.state() == DeliveryStore.State.ACCEPTED
                && arrival.hops() >= held.label().hops() + 2
                && !ways.isStraight()) {
            throw new ProblemException(Problem.BUSY, "it was here already, on a way that leads back");
        }
    }

    private Answer take(Arrival arrival, long size) throws ProblemException, IOException {
        Optional<CutThrough.Passage> cut = Optional.empty();
        try (Intake intake = store.begin(arrival.peer().getHostAddress(), size)) {
            byte[] buffer = new byte[Math.clamp(size, 1, 64 * 1024)];
            // On a stranger's word alone the backend would hold room for all that he says; first he brings a piece.
            receive(arrival.body(), buffer, cutThrough.least(), intake, cut);
            cut = begin(arrival, size, intake);
            receive(arrival.body(), buffer, Long.MAX_VALUE, intake, cut);
            if (intake.written() != size) {
                throw new ProblemException(
                        Problem.BAD_REQUEST, "the body ended after " + intake.written() + " of " + size + " bytes");
            }
            Sha256 digest = intake.seal();
            if (arrival.sha256().isPresent() && !arrival.sha256().get().equals(digest)) {
                throw new ProblemException(Problem.DIGEST_MISMATCH, "the bytes that came have the SHA-256 " + digest);
            }
            Label label = new Label(
                    new DeliveryKey(arrival.id(), digest, arrival.contents()),
                    size,
                    arrival.recipient(),
                    arrival.hops());
            Held held = intake.commit(label, Optional.empty());
            Trace.event("durable", label.key());
            cutThrough.committed(held);
            uploads.arrived();
            return answer(held);
        } catch (StoreFullException e) {
            throw full(e.limit(), size);
        } catch (DiskFullException e) {
            throw full(StoreFullException.Limit.FREE_SPACE, 0);
        } finally {
            cut.ifPresent(CutThrough.Passage::close);
        }
    }

    /** Only what says which bytes are to come can be sent on before they are there. */
    private Optional<CutThrough.Passage> begin(Arrival arrival, long size, Intake intake) throws IOException {
        if (arrival.sha256().isEmpty()) {
            return Optional.empty();
        }
        DeliveryKey key = new DeliveryKey(arrival.id(), arrival.sha256().get(), arrival.contents());
        Optional<CutThrough.Passage> passage =
                cutThrough.begin(new Label(key, size, arrival.recipient(), arrival.hops()), intake);
        if (passage.isPresent()) {
            // Somebody else may have brought it between our first look and the claim.
            store.find(key)
                    .filter(held -> held.state() == DeliveryStore.State.ACCEPTED)
                    .ifPresent(cutThrough::committed);
            passage.get().written(intake.written());
        }
        return passage;
    }

    /** Until so many bytes are there, or the body ends. */
    private static void receive(
            InputStream body, byte[] buffer, long until, Intake intake, Optional<CutThrough.Passage> cut)
            throws ProblemException, IOException {
        while (intake.written() < until) {
            int count;
            try {
                count = body.read(buffer);
            } catch (IOException e) {
                if (e.getCause() instanceof ProblemException problem) {
                    throw problem;
                }
                throw e;
            }
            if (count < 0) {
                return;
            }
            intake.write(buffer, 0, count);
            cut.ifPresent(passage -> passage.written(intake.written()));
        }
    }

    /** The same answer whenever the same delivery comes. */
    private Answer answer(Held held) throws ProblemException, IOException {
        DeliveryKey key = held.label().key();
        return switch (held.state()) {
            case ACCEPTED, REFUSED -> new Answer.Accepted(key, promise(held));
            case SETTLED -> new Answer.Done(key, held.outcome().orElseThrow());
            case TOMBSTONE -> throw gone();
        };
    }

    private ProblemException full(StoreFullException.Limit limit, long size) throws IOException {
        Promise promise = promise(0);
        Duration later = between(
                Duration.ofSeconds(10),
                Duration.ofSeconds(promise.untilRun() + promise.backlog() / promise.rate()),
                LONGEST_RETRY);
        return switch (limit) {
            case SHARE ->
                new ProblemException(
                        Problem.TOO_MANY, "this address holds its share of the room already", Optional.of(later));
            case QUOTA, FREE_SPACE, COUNT -> {
                noRoom = noRoom.andFor(limit == StoreFullException.Limit.COUNT ? 0 : size, clock.instant());
                yield new ProblemException(Problem.STORE_FULL, "no room: " + limit, Optional.of(later));
            }
        };
    }

    @Override
    public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException, IOException, InterruptedException {
        Held held = look(id, sha256, contents);
        if (held.state() == DeliveryStore.State.ACCEPTED && hold.isPositive()) {
            try (Waiters.Place place = waiters.join(id, sha256)) {
                held = look(id, sha256, contents);
                if (held.state() == DeliveryStore.State.ACCEPTED) {
                    place.await(hold);
                    held = look(id, sha256, contents);
                }
            }
        }
        return switch (held.state()) {
            case ACCEPTED -> notYet(held);
            case SETTLED -> outcome(held);
            case REFUSED -> {
                Optional<Problem> problem = Unsigned.in(held.outcome().orElseThrow());
                if (problem.isPresent()) {
                    throw new ProblemException(problem.get(), held.note());
                }
                yield outcome(held);
            }
            case TOMBSTONE -> throw gone();
        };
    }

    private static Collected outcome(Held held) {
        Trace.event("collected", held.label().key());
        return new Collected.Outcome(held.outcome().orElseThrow());
    }

    private Collected notYet(Held held) throws IOException {
        Promise promise = promise(held);
        return new Collected.NotYet(
                between(SHORTEST_RETRY, Duration.ofSeconds(promise.untilRun()), LONGEST_RETRY), promise);
    }

    /** The one that says most: a receipt before a refusal, an outcome before none. */
    private Held look(TaskId id, Sha256 sha256, Optional<Sha256> contents) throws ProblemException, IOException {
        List<Held> all = contents.isPresent()
                ? store.find(new DeliveryKey(id, sha256, contents)).stream().toList()
                : store.findAll(id, sha256);
        return all.stream()
                .min(Comparator.comparingInt(held -> switch (held.state()) {
                    case SETTLED -> 0;
                    case REFUSED -> 1;
                    case ACCEPTED -> 2;
                    case TOMBSTONE -> 3;
                }))
                .orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "no such delivery here"));
    }

    /** The promise to a delivery of this size that comes now. */
    private Promise promise(long size) throws IOException {
        return promise(store.backlog(), store.pending(), size);
    }

    /** The promise to a delivery that is held: its own bytes do not wait before it. */
    private Promise promise(Held held) throws IOException {
        return held.state() == DeliveryStore.State.ACCEPTED
                ? promise(
                        store.backlog() - held.label().size(),
                        store.pending() - 1,
                        held.label().size())
                : promise(held.label().size());
    }

    /** The time that small deliveries take beside their bytes counts too, or many of them would come late. */
    private Promise promise(long backlog, long pending, long size) throws IOException {
        Instant now = clock.instant();
        Instant next = uploads.nextRun();
        long rate = measured.bytesPerSecond();
        long before = Math.max(0, backlog) + measured.overhead(Math.max(0, pending), concurrency);
        Optional<Promise> onward = ways.onwardPromise();
        if (ways.byLine()) {
            Instant earliest = next.isAfter(now) ? next : now;
            next = line.begin(earliest, before, size, Math.max(0, pending) + 1, store::largestPending, rate);
            rate = line.rate(rate);
        }
        Promise own = PromiseMaker.promise(every, now, next, before, rate);
        return onward.map(further -> ReceiptDeadline.sum(own, further)).orElse(own);
    }

    private static ProblemException gone() {
        return new ProblemException(Problem.GONE, "it was here, and its receipt has passed its retention");
    }

    private static Duration between(Duration least, Duration value, Duration most) {
        return value.compareTo(least) < 0 ? least : value.compareTo(most) > 0 ? most : value;
    }
}
