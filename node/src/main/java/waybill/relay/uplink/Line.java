package waybill.relay.uplink;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import waybill.hop.client.Meter;
import waybill.protocol.Promise;

/**
 * The line to all of a relay's backends under its limits: says when a delivery may go, for how long, and when those that
 * wait will have gone (sections 3 and 6). Safe for use by several threads.
 *
 * <p>The rule is one: nothing is begun that is not expected to end within the window, and what has not ended by then is
 * broken off and goes again. Where bytes are counted no upload passes midnight either, so that each belongs to one day.
 */
public final class Line implements Meter, Closeable {
    /** What a call costs beside its bytes: connecting, headers, the receipt. */
    private static final long OVERHEAD = 16 * 1024;
    /** Bytes of the body for each further one of framing and encryption. */
    private static final long FRAMING = 256;
    /** Where bytes are counted, midnight ends all; the shortest of usual days. */
    private static final Duration SHORTEST_DAY = Duration.ofHours(23);
    /** The slowest rate that a requester believes by default (section 6). */
    static final long FLOOR = 16 * 1024;
    /** Two clocks of one machine differ by less. */
    private static final Duration MOMENT = Duration.ofSeconds(1);
    /** No forecast looks further than can be said, or through more windows than this. */
    private static final int MOST_PIECES = 5000;

    private final LineLimits limits;
    private final @Nullable Usage usage;
    private final @Nullable Throttle throttle;
    private final InstantSource clock;
    private final Set<Pass> passes = new HashSet<>();

    Line(LineLimits limits, @Nullable Usage usage, @Nullable Throttle throttle, InstantSource clock) {
        this.limits = limits;
        this.usage = usage;
        this.throttle = throttle;
        this.clock = clock;
    }

    /**
     * The line.
     *
     * @param file where the bytes of each day are counted, if that is limited
     */
    public static Line open(LineLimits limits, Path file, InstantSource clock) throws IOException {
        // What a crash may cost, and how often the disk is asked.
        long block = limits.most() / 64;
        return new Line(
                limits,
                limits.budgeted() ? Usage.load(file, block) : null,
                limits.rate() == LineLimits.NONE
                        ? null
                        : new Throttle(limits.rate(), System::nanoTime, TimeUnit.NANOSECONDS::sleep),
                clock);
    }

    /** A question that is asked only where the answer matters. */
    @FunctionalInterface
    public interface Largest {
        /** The size of the largest delivery that waits. */
        long bytes() throws IOException;
    }

    /** Bytes were to go over the budget. */
    private static final class SpentException extends IOException {
        private SpentException() {
            super("the bytes of this day or month are spent");
        }
    }

    /** Whether a connection failed because of its budget alone. */
    public static boolean isSpent(Throwable e) {
        return e instanceof SpentException || (e.getCause() != null && isSpent(e.getCause()));
    }

    /** Whether there is any limit. */
    public boolean limited() {
        return limits.limited();
    }

    /** Whether there is only so much for all: what one delivery is given, windows or budgets take from the others. */
    public boolean rationed() {
        return limits.rationed();
    }

    /** Leave for what does not go by this line at all. */
    public Pass bypass() {
        return new Pass(this, 0, 0, Instant.MAX, !limits.limited());
    }

    /** What a rate comes to on this line. */
    public long rate(long measured) {
        return Math.min(measured, limits.rate());
    }

    /** How many uploads at once leave each of them enough not to be taken for stalled. */
    public int atOnce(int wanted) {
        return Math.clamp(limits.rate() / LineLimits.LEAST_RATE, 1, wanted);
    }

    /** When something may go: now, or the beginning of the next window. */
    public Instant opens(Instant now) {
        return limits.windows().next(now).from();
    }

    /** When there is more room than now: the next window, and where bytes are counted the next day. */
    public Instant again(Instant now) {
        Instant until = piece(now).until();
        return until.equals(Instant.MAX) ? until : piece(until).from();
    }

    /** The largest delivery that can go at all, at this rate. */
    public long largest(long measured) {
        return Math.min(affordable(), capacity(longest(), rate(measured)));
    }

    /** The largest delivery that a whole day's and month's bytes allow. */
    public long affordable() {
        long most = limits.most();
        return limits.budgeted() ? (most - OVERHEAD) / (FRAMING + 1) * FRAMING : Long.MAX_VALUE;
    }

    /** Leave to go now, if it is expected to end in time and there are bytes for it. */
    public synchronized Optional<Pass> admit(long size, long measured) {
        Instant now = clock.instant();
        Windows.Span piece = piece(now);
        long ahead = passes.stream().mapToLong(Pass::timeLeft).sum();
        return ahead + size <= capacity(rest(piece, now), rate(measured))
                ? pass(size, size, piece, now)
                : Optional.empty();
    }

    /**
     * Leave for one that is expected to end in no window, because the line is slower than when it was taken: when nothing
     * else goes it may try, and nobody waits for it.
     */
    public synchronized Optional<Pass> squeeze(long size, long measured) {
        Instant now = clock.instant();
        return passes.isEmpty() && size > capacity(longest(), rate(measured))
                ? pass(size, 0, piece(now), now)
                : Optional.empty();
    }

    private Optional<Pass> pass(long size, long weight, Windows.Span piece, Instant now) {
        if (piece.from().isAfter(now)) {
            return Optional.empty();
        }
        if (usage != null) {
            long promised =
                    passes.stream().mapToLong(pass -> cost(pass.left(), 1)).sum();
            if (promised + cost(size, 1) > left(usage, day(now))) {
                return Optional.empty();
            }
        }
        Pass pass = new Pass(this, size, weight, piece.until(), true);
        passes.add(pass);
        return Optional.of(pass);
    }

    /** The patience with an upload: slower where the line is, and never longer than it may go. */
    Duration atMost(Duration patience, long size, Instant until) {
        Duration paced = throttle == null ? patience : patience.plus(time(size, LineLimits.LEAST_RATE / 2));
        Duration rest = Duration.between(clock.instant(), until);
        return paced.compareTo(rest) < 0 ? paced : rest;
    }

    boolean over(Instant until) {
        return !clock.instant().plus(MOMENT).isBefore(until);
    }

    synchronized void ended(Pass pass) {
        passes.remove(pass);
    }

    void pace(int bytes) throws InterruptedException {
        if (throttle != null) {
            for (int left = bytes; left > 0; left -= throttle.portion()) {
                throttle.take(Math.min(left, throttle.portion()));
            }
        }
    }

    SeekableByteChannel paced(SeekableByteChannel file) {
        return throttle == null ? file : new ThrottledChannel(file, throttle);
    }

    @Override
    public void sending(int bytes) throws IOException {
        if (usage != null) {
            LocalDate today = day(clock.instant());
            synchronized (usage) {
                if (bytes > left(usage, today)) {
                    throw new SpentException();
                }
                usage.add(today, bytes);
            }
        }
    }

    @Override
    public void received(int bytes) throws IOException {
        if (usage != null) {
            usage.add(day(clock.instant()), bytes);
        }
    }

    /**
     * The moment from which an upload of all that waits, and of this delivery, that is never interrupted would end no sooner
     * than the line really lets it end: what is to be promised as the time until the next run. {@link Instant#MAX} if that
     * cannot be foreseen.
     *
     * @param earliest when the upload service runs next
     * @param backlog bytes that wait before it
     * @param size its own
     * @param count how many deliveries wait, with this one
     * @param largest the largest that waits; asked only where they do not fit in one window
     */
    public Instant begin(Instant earliest, long backlog, long size, long count, Largest largest, long measured)
            throws IOException {
        if (!limits.limited()) {
            return earliest;
        }
        long bytes = saturated(backlog, size);
        long rate = rate(measured);
        Instant finish = finish(earliest, bytes, count, () -> Math.max(size, largest.bytes()), rate);
        return finish.equals(Instant.MAX) ? finish : finish.minus(time(bytes, Math.max(rate, FLOOR)));
    }

    /**
     * When so many bytes in so many deliveries will have gone. A window that not all fit in is left with less than the
     * largest of them unused, and carries at least one if it has room for that.
     */
    private Instant finish(Instant earliest, long bytes, long count, Largest largest, long rate) throws IOException {
        Instant horizon = earliest.plusSeconds(Promise.MAX_SECONDS);
        Rest rest = new Rest();
        long left = cost(bytes, count);
        long items = count;
        long most = -1;
        Instant at = earliest;
        for (int pieces = 0; pieces < MOST_PIECES; pieces++) {
            Windows.Span piece = piece(at);
            if (piece.from().isAfter(horizon)) {
                break;
            }
            long room = Math.min(capacity(piece.length(), rate), rest.on(piece.from()));
            if (left <= room) {
                return piece.from().plus(time(left, rate));
            }
            most = most < 0 ? cost(largest.bytes(), 1) : most;
            if (room >= most) {
                left -= room - most;
                items--;
            }
            if (items <= 0) {
                return piece.until();
            }
            rest.use(room);
            at = piece.until();
        }
        return Instant.MAX;
    }

    /** What is left of a day and a month as a forecast goes on. */
    private final class Rest {
        private LocalDate day = LocalDate.MIN;
        private long ofDay = Long.MAX_VALUE;
        private long ofMonth = Long.MAX_VALUE;

        long on(Instant instant) {
            if (usage != null) {
                LocalDate next = day(instant);
                if (!next.equals(day)) {
                    if (next.getMonth() != day.getMonth() || next.getYear() != day.getYear()) {
                        ofMonth = limits.perMonth() - usage.inMonthOf(next);
                    }
                    ofDay = limits.perDay() - usage.on(next);
                    day = next;
                }
            }
            return Math.max(0, Math.min(ofDay, ofMonth));
        }

        void use(long bytes) {
            ofDay -= bytes;
            ofMonth -= bytes;
        }
    }

    private long left(Usage used, LocalDate day) {
        return Math.max(0, Math.min(limits.perDay() - used.on(day), limits.perMonth() - used.inMonthOf(day)));
    }

    private long cost(long bytes, long count) {
        return usage == null ? bytes : saturated(saturated(bytes, Math.ceilDiv(bytes, FRAMING)), count * OVERHEAD);
    }

    /** The stretch, from this instant on or the next one, at whose end all is broken off. */
    private Windows.Span piece(Instant at) {
        Windows.Span span = limits.windows().next(at);
        if (!limits.budgeted()) {
            return span;
        }
        Instant midnight = day(span.from())
                .plusDays(1)
                .atStartOfDay(limits.windows().zone())
                .toInstant();
        return midnight.isBefore(span.until()) ? new Windows.Span(span.from(), midnight) : span;
    }

    private Duration longest() {
        Duration longest = limits.windows().longest();
        return limits.budgeted() && longest.compareTo(SHORTEST_DAY) > 0 ? SHORTEST_DAY : longest;
    }

    private LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, limits.windows().zone());
    }

    private static Duration rest(Windows.Span piece, Instant now) {
        return piece.from().isAfter(now) ? Duration.ZERO : Duration.between(now, piece.until());
    }

    /** Bytes that go in so much time. */
    private static long capacity(Duration time, long rate) {
        double bytes = (time.getSeconds() + time.getNano() / 1e9) * rate;
        return bytes >= Long.MAX_VALUE ? Long.MAX_VALUE : (long) bytes;
    }

    /** How long so many bytes take. */
    private static Duration time(long bytes, long rate) {
        return Duration.ofSeconds(bytes / rate).plusNanos((long) Math.ceil(bytes % rate * 1e9 / rate));
    }

    private static long saturated(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** Writes how much was spent. */
    @Override
    public void close() throws IOException {
        if (usage != null) {
            usage.close();
        }
    }
}
