package waybill.hop.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.wire.RetryAfter;
import waybill.hop.wire.Tus;

/** The calls of one upload by tus over our connections, each as safe from a silent peer as any other. For one thread. */
final class TusWire {
    /** A hop is told that an upload is given up in this time, or not at all. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final Exchanges exchanges;
    private final ClientSettings settings;
    private final Peer peer;
    private final Upload upload;
    private final Perseverance.Time time;
    private final long end;
    private long sent;

    /**
     * Nothing was said yet.
     *
     * @param limit how long all of them may take together, from now on
     */
    TusWire(
            Exchanges exchanges,
            ClientSettings settings,
            Peer peer,
            Upload upload,
            Duration limit,
            Perseverance.Time time) {
        this.exchanges = exchanges;
        this.settings = settings;
        this.peer = peer;
        this.upload =
                new Upload(upload.key(), upload.size(), upload.recipient(), upload.hops(), upload.source(), bytes -> {
                    sent = bytes;
                    upload.progress().sent(bytes);
                });
        this.time = time;
        this.end = time.nanos() + limit.toNanos();
    }

    /** How long this upload is gone on with. */
    Perseverance perseverance() {
        return new Perseverance(upload.size(), settings.retryPause(), time, end);
    }

    /** Nanoseconds since any moment. */
    long nanos() {
        return time.nanos();
    }

    private Duration left() throws IOException {
        long left = end - time.nanos();
        if (left <= 0) {
            throw new IOException("the time was up");
        }
        return Duration.ofNanos(left);
    }

    private OutgoingHead head(String method, String path) {
        return OutgoingHead.to(peer, method, path).with(Tus.RESUMABLE, Tus.VERSION);
    }

    /** A request without a body. */
    Response call(String method, String path, Map<String, String> fields) throws IOException {
        return call(method, path, fields, left(), settings.idle());
    }

    private Response call(String method, String path, Map<String, String> fields, Duration total, Duration step)
            throws IOException {
        OutgoingHead head = head(method, path);
        fields.forEach(head::with);
        // An answer to HEAD says the length of a body that does not come.
        ResponseReader.Limit most = method.equals("HEAD") ? status -> 0 : Answers::most;
        return exchanges.make(peer, total, step, Exchanges.asking(head.bytes(), step, most));
    }

    /** A PATCH with the bytes from this offset on. */
    Response append(String path, long from) throws IOException {
        sent = from;
        byte[] head = head("PATCH", path)
                .with(Tus.OFFSET, Long.toString(from))
                .with("Content-Type", Tus.MEDIA_TYPE)
                .with("Content-Length", Long.toString(upload.size() - from))
                .with("Expect", "100-continue")
                .bytes();
        return exchanges.make(peer, left(), settings.idle(), Sending.exchange(head, true, upload, from, settings));
    }

    /** Whether the last PATCH sent all that was missing: the hop may have the whole of it. */
    boolean sentAll() {
        return sent == upload.size();
    }

    /**
     * Tells the hop that the upload is given up, which gives its room back at once and not when the hop loses patience.
     * Also when this thread is told to end; and when the hop does not hear it, nothing is wrong.
     *
     * @return whether the hop heard it
     */
    boolean giveUp(String path) {
        boolean interrupted = Thread.interrupted();
        try {
            return call("DELETE", path, Map.of("Content-Length", "0"), FAREWELL, FAREWELL)
                            .status()
                    < 300;
        } catch (IOException | RejectedExecutionException e) {
            return false; // it is not there, or this client was closed
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The pause that a hop asks for. */
    static Optional<Duration> wish(Response response) {
        return RetryAfter.parse(response.values("Retry-After"));
    }
}
