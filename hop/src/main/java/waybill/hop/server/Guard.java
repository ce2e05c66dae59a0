package waybill.hop.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import waybill.hop.HopLimits;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * Watches over one connection, below HTTP: every byte of the peer comes through {@link #read}, and no wait for the peer
 * is without an end. Two nets, one below the other: the socket's own read timeout, after which the peer can still be told
 * what was wrong, and a {@link #deadline} after which the doorkeeper closes the socket under whoever hangs on it (a TLS
 * record that drips in, a peer that never reads).
 *
 * <p>Used by the connection's own thread, but for {@link #overdue} and {@link #shut}.
 */
final class Guard {
    /** The guard of the connection that the current thread serves. */
    static final ScopedValue<Guard> CURRENT = ScopedValue.newInstance();

    /** Helidon gathers a whole chunk before it hands on a byte of it; this is the most it may gather. */
    static final int MAX_GATHERED = 1 << 20;

    /** What one read of a head brings at most: a TLS record. */
    static final int MAX_HEAD_READ = 16 * 1024;

    private static final int READ_SIZE = 64 * 1024;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Duration LONGEST_LINGER = Duration.ofSeconds(5);
    private static final long TRICKLE = Duration.ofMillis(50).toNanos();

    private final SocketChannel channel;
    private final InetAddress peer;
    private final HopLimits limits;
    private final LongSupplier ticker;
    private final long epoch;
    private final Pace pace;
    private final Pace outward;
    private volatile long deadline;
    private Optional<ProblemException> fault = Optional.empty();
    private Optional<byte[]> buffer = Optional.empty();
    private boolean answered;
    private boolean ended;

    /** A connection just accepted; the TLS handshake, if any, has one idle period in all. */
    Guard(SocketChannel channel, InetAddress peer, HopLimits limits, LongSupplier ticker) {
        this.channel = channel;
        this.peer = peer;
        this.limits = limits;
        this.ticker = ticker;
        this.epoch = ticker.getAsLong();
        this.pace = new Pace(limits.idle(), limits.slowest());
        this.outward = new Pace(limits.idle(), limits.slowest());
        this.outward.body();
        this.deadline = limits.idle().toNanos();
    }

    InetAddress peer() {
        return peer;
    }

    private long now() {
        return ticker.getAsLong() - epoch;
    }

    /** Whether the connection is over, or hangs longer than it may. */
    boolean overdue() {
        return now() > deadline;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Closes the socket; whoever reads or writes there gets an exception. */
    void shut() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    /** The handshake is over, heads are to come. */
    void established() {
        deadline = NEVER;
        pace.head();
    }

    /** The head of a request was read. */
    void headRead() {
        fault = Optional.empty();
        answered = false;
        pace.body();
        outward.body();
    }

    /** The request was answered in full and its body read to its end. */
    void requestDone() {
        answered = false;
        buffer = Optional.empty();
        pace.head();
    }

    /** What was wrong with the body that was being read, if a limit was hit. */
    Optional<ProblemException> fault() {
        return fault;
    }

    /** The next bytes from the peer, null at the end of the stream, as Helidon's reader wants them. */
    @SuppressWarnings("NullAway") // The reader's supplier says "end of stream" by null.
    byte[] read(HelidonSocket socket, DataReader reader) {
        if (reader.available() >= MAX_GATHERED) {
            throw stop(Problem.BAD_REQUEST, "a chunk of a body has at most " + MAX_GATHERED + " bytes");
        }
        if (!pace.isBody() && pace.bytes() > limits.maxHeader()) {
            throw stop(Problem.HEADERS_TOO_LARGE, "a head has at most " + limits.maxHeader() + " bytes");
        }
        long allowance = pace.allowance();
        if (allowance <= 0) {
            throw late();
        }
        long start = now();
        try {
            channel.socket().setSoTimeout(Math.clamp(allowance / 1_000_000, 1, Integer.MAX_VALUE));
            deadline = start + allowance + grace();
            byte[] bytes = pace.isBody() ? largeRead(socket) : socket.get();
            pace.took(now() - start, bytes == null ? 0 : bytes.length);
            ended = bytes == null;
            return bytes;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof SocketTimeoutException) {
                throw late();
            }
            throw new CloseConnectionException("the peer is gone", e);
        } catch (SocketTimeoutException e) {
            throw late();
        } catch (IOException e) {
            throw new CloseConnectionException("the peer is gone", e);
        } finally {
            deadline = NEVER;
        }
    }

    /** A body on a plain socket in pieces larger than Helidon's 8 KiB; TLS has records of its own size. */
    @SuppressWarnings("NullAway") // As above.
    private byte[] largeRead(HelidonSocket socket) throws IOException {
        if (socket.isSecure()) {
            return socket.get();
        }
        byte[] into = buffer.orElseGet(() -> new byte[READ_SIZE]);
        buffer = Optional.of(into);
        int count = channel.socket().getInputStream().read(into);
        return count < 0 ? null : Arrays.copyOf(into, count);
    }

    /**
     * Makes a write. The peer has to take it within an idle period, and all of an answer at the slowest rate allowed on
     * average, as it has to send a body.
     */
    void write(long bytes, Runnable write) {
        long allowance = outward.allowance();
        if (allowance <= 0) {
            throw new CloseConnectionException("the peer takes the answer too slowly");
        }
        long start = now();
        answered = true;
        deadline = start + allowance + grace();
        try {
            write.run();
        } finally {
            deadline = NEVER;
            outward.took(now() - start, bytes);
        }
    }

    /**
     * Reads on after the last answer, for a bounded time, so that a peer who is still sending reads the answer before its
     * connection is reset: at once what was allowed, and then a little at a time, which shows when the peer goes. What
     * arrives is thrown away undecrypted.
     */
    void linger() {
        if (!answered || ended || !channel.isOpen()) {
            return;
        }
        Duration most = limits.idle().compareTo(LONGEST_LINGER) < 0 ? limits.idle() : LONGEST_LINGER;
        long end = now() + most.toNanos();
        deadline = end + grace();
        byte[] waste = new byte[READ_SIZE];
        try {
            InputStream in = channel.socket().getInputStream();
            long left = limits.drain();
            while (now() < end) {
                if (left <= 0) {
                    LockSupport.parkNanos(TRICKLE);
                }
                channel.socket().setSoTimeout(Math.clamp((end - now()) / 1_000_000, 1, Integer.MAX_VALUE));
                int count = in.read(waste);
                if (count < 0) {
                    return;
                }
                left -= count;
            }
        } catch (IOException e) {
            // The peer had its chance.
        } finally {
            deadline = NEVER;
        }
    }

    private RuntimeException late() {
        if (pace.isBody() || pace.begun()) {
            return stop(
                    Problem.TIMED_OUT, pace.isBody() ? "the body stalled or is too slow" : "the head took too long");
        }
        return new CloseConnectionException("idle");
    }

    private RuntimeException stop(Problem problem, String detail) {
        if (pace.isBody()) {
            fault = Optional.of(new ProblemException(problem, detail));
            return new CloseConnectionException(detail);
        }
        return RequestException.builder()
                .type(EventType.OTHER)
                .status(Status.create(problem.status()))
                .setKeepAlive(false)
                .message(detail)
                .build();
    }

    /** What the lower net waits for longer than the upper one. */
    private long grace() {
        return limits.idle().toNanos() / 2;
    }
}
