package waybill.hop.server;

import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * The body of an upload as the service reads it: counted, with every failure an IOException. The first read is what asks
 * the peer to go on where it sent {@code Expect: 100-continue}.
 */
final class ArrivalBody extends InputStream {
    private final ServerRequest request;
    private final Guard guard;
    private final long most;
    private final OptionalLong length;
    private final Runnable arriving;
    private Optional<InputStream> stream = Optional.empty();
    private Optional<ProblemException> fault = Optional.empty();
    private boolean broken;
    private boolean ended;
    private long count;

    /** @param arriving called once, when the first byte is there */
    ArrivalBody(ServerRequest request, Guard guard, long most, OptionalLong length, Runnable arriving) {
        this.request = request;
        this.guard = guard;
        this.most = most;
        this.length = length;
        this.arriving = arriving;
        this.ended = length.isPresent() && length.getAsLong() == 0;
    }

    /** Whether nothing of it is left on the connection. */
    boolean finished() {
        return ended || (!broken && length.isPresent() && count == length.getAsLong());
    }

    /** Whether the peer broke off. */
    boolean brokenOff() {
        return broken && fault.isEmpty();
    }

    /** The limit that was hit, if one was. */
    Optional<ProblemException> fault() {
        return fault;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int size) throws IOException {
        if (ended) {
            return -1;
        }
        if (broken) {
            throw failed(new EOFException("the body ended early"));
        }
        if (size == 0) {
            return 0;
        }
        int got = next(into, offset, size);
        if (got < 0) {
            if (length.isPresent() && count < length.getAsLong()) {
                throw failed(new EOFException("the body ended early"));
            }
            ended = true;
            return -1;
        }
        if (count == 0 && got > 0) {
            arriving.run();
        }
        count += got;
        if (count > most) {
            fault = Optional.of(new ProblemException(Problem.TOO_LARGE, "a body has at most " + most + " bytes here"));
            throw failed(new IOException("the body is too large"));
        }
        return got;
    }

    private int next(byte[] into, int offset, int size) throws IOException {
        try {
            InputStream in = stream.orElseGet(() -> request.content().inputStream());
            stream = Optional.of(in);
            return in.read(into, offset, size);
        } catch (IOException e) {
            throw failed(e);
        } catch (RuntimeException e) {
            // Helidon's reader says by a dozen unchecked types that the bytes stopped or are no chunks.
            throw failed(e);
        }
    }

    private IOException failed(Exception cause) {
        broken = true;
        if (fault.isEmpty()) {
            fault = guard.fault();
        }
        if (fault.isEmpty() && !gone(cause)) {
            fault = Optional.of(new ProblemException(Problem.BAD_REQUEST, "the body is not in chunks"));
        }
        return fault.map(problem -> new IOException(problem.getMessage(), problem))
                .orElseGet(() -> new IOException("the peer broke off", cause));
    }

    /** Whether the bytes stopped, as against bytes that are no chunks. */
    private static boolean gone(@Nullable Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof IOException
                    || each instanceof InsufficientDataAvailableException
                    || each instanceof CloseConnectionException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        // The connection is not the service's to close.
    }
}
