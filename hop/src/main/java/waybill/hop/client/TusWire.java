package waybill.hop.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.wire.Tus;

/** The calls of one upload by tus over our connections, each as safe from a silent peer as any other. For one thread. */
final class TusWire {
    private final Exchanges exchanges;
    private final ClientSettings settings;
    private final Peer peer;
    private final Upload upload;
    private final long end;

    /** @param limit how long all of them may take together, from now on */
    TusWire(Exchanges exchanges, ClientSettings settings, Peer peer, Upload upload, Duration limit) {
        this.exchanges = exchanges;
        this.settings = settings;
        this.peer = peer;
        this.upload = upload;
        this.end = System.nanoTime() + limit.toNanos();
    }

    private Duration left() throws IOException {
        long left = end - System.nanoTime();
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
        OutgoingHead head = head(method, path);
        fields.forEach(head::with);
        // An answer to HEAD says the length of a body that does not come.
        ResponseReader.Limit most = method.equals("HEAD") ? status -> 0 : Answers::most;
        return exchanges.make(peer, left(), settings.idle(), Exchanges.asking(head.bytes(), settings.idle(), most));
    }

    /** A PATCH with the bytes from this offset on. */
    Response append(String path, long from) throws IOException {
        byte[] head = head("PATCH", path)
                .with(Tus.OFFSET, Long.toString(from))
                .with("Content-Type", Tus.MEDIA_TYPE)
                .with("Content-Length", Long.toString(upload.size() - from))
                .with("Expect", "100-continue")
                .bytes();
        return exchanges.make(peer, left(), settings.idle(), Sending.exchange(head, true, upload, from, settings));
    }

    /** Whether there is time for another attempt; waits a little before it. */
    boolean mayTryAgain() throws IOException {
        if (end - System.nanoTime() < settings.retryPause().toNanos()) {
            return false;
        }
        try {
            Thread.sleep(settings.retryPause());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
