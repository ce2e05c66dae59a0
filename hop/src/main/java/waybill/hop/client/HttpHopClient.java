package waybill.hop.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.OriginClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.Validators;
import waybill.hop.wire.ByteRange;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.Preference;
import waybill.hop.wire.ReprDigest;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;

/**
 * The client half of the hop API over HTTP/1.1 (section 3). One thread watches over all calls; connections at rest are
 * kept for a few seconds. A proxy is used where a {@link Peer} says so, whatever the environment says.
 */
public final class HttpHopClient implements HopClient, OriginClient {
    private static final String CMS_OR_PROBLEM = "application/cms, application/problem+json";

    private final ClientSettings settings;
    private final Perseverance.Time time;
    private final Exchanges exchanges;

    private HttpHopClient(ClientSettings settings, Meter meter, Perseverance.Time time) {
        this.settings = settings;
        this.time = time;
        this.exchanges = new Exchanges(settings.connect(), meter);
    }

    /** A client with the usual patience. */
    public static HttpHopClient create() {
        return create(ClientSettings.DEFAULT);
    }

    /** A client as patient as that. */
    public static HttpHopClient create(ClientSettings settings) {
        return create(settings, Meter.NONE);
    }

    /** A client as patient as that, every byte of which is counted. */
    static HttpHopClient create(ClientSettings settings, Meter meter) {
        return new HttpHopClient(settings, meter, Perseverance.Time.REAL);
    }

    /** A client as patient as that, whose pauses are another's. */
    static HttpHopClient create(ClientSettings settings, Perseverance.Time time) {
        return new HttpHopClient(settings, Meter.NONE, time);
    }

    /** A client with the usual patience, every byte of which is counted. */
    public static HttpHopClient metered(Meter meter) {
        return create(ClientSettings.DEFAULT, meter);
    }

    @Override
    public HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException {
        try {
            if (upload.size() >= settings.resumeAbove()) {
                TusWire wire = new TusWire(exchanges, settings, peer, upload, limit, time);
                Optional<HopAnswer> answer = new Resuming(this, peer, upload, wire).put();
                if (answer.isPresent()) {
                    return answer.get();
                }
            }
            boolean expect = upload.size() > settings.expectAbove();
            byte[] head = uploadHead(peer, upload, expect);
            return Answers.uploaded(
                    exchanges.make(peer, limit, settings.idle(), Sending.exchange(head, expect, upload, 0, settings)));
        } catch (NonsenseException e) {
            return Answers.nonsense(e);
        }
    }

    @Override
    public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException {
        String query = "?sha256=" + key.sha256()
                + key.contents().map(c -> "&contents=" + c).orElse("");
        OutgoingHead head = OutgoingHead.to(peer, "GET", "/" + key.id() + "/receipt" + query)
                .with("Accept", CMS_OR_PROBLEM);
        if (hold.isPositive()) {
            head.with(HopHeaders.PREFER, Preference.waiting(hold));
        }
        try {
            return Answers.collected(get(peer, head, hold));
        } catch (NonsenseException e) {
            return Answers.nonsense(e);
        }
    }

    @Override
    public HopAnswer profile(Peer peer) throws IOException {
        return signed(peer, "/profile");
    }

    @Override
    public HopAnswer catalogue(Peer peer) throws IOException {
        return signed(peer, "/catalogue");
    }

    @Override
    public HopAnswer release(Peer peer, FileName name) throws IOException {
        return signed(peer, "/releases/" + name);
    }

    @Override
    public ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit)
            throws IOException {
        byte[] head = OutgoingHead.to(peer, "GET", "/content/" + digest)
                .with("Accept", "application/octet-stream, application/problem+json")
                .with("Range", ByteRange.asking(from, length))
                .bytes();
        Receiving receiving = new Receiving(head, from, length, sink, settings);
        try {
            Response response = exchanges.make(peer, limit, settings.idle(), receiving);
            if (response.status() < 300) {
                return new ContentAnswer.Whole(receiving.size());
            }
            return response.status() >= 400
                    ? new ContentAnswer.Failed(Answers.failed(response))
                    : new ContentAnswer.Nonsense("a redirect (" + response.status() + ")");
        } catch (NonsenseException e) {
            return new ContentAnswer.Nonsense(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Answer copy(Peer peer, String path, Validators known, String agent, Sink sink, Duration limit)
            throws IOException {
        OutgoingHead head = (agent.isEmpty()
                        ? OutgoingHead.to(peer, "GET", path)
                        : OutgoingHead.to(peer, "GET", path, agent))
                .with("Accept", "*/*");
        known.tag().ifPresent(tag -> head.with("If-None-Match", tag));
        known.modified().ifPresent(date -> head.with("If-Modified-Since", date));
        try {
            Response response = exchanges.make(peer, limit, settings.idle(), new Copying(head.bytes(), sink, settings));
            if (response.status() == 304) {
                return new Answer.Unchanged();
            }
            if (response.status() < 300) {
                return new Answer.Whole();
            }
            return response.status() >= 400
                    ? new Answer.Failed(Answers.failed(response))
                    : new Answer.Nonsense("a redirect (" + response.status() + ")");
        } catch (NonsenseException e) {
            return new Answer.Nonsense(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        exchanges.close();
    }

    private HopAnswer signed(Peer peer, String path) throws IOException {
        try {
            return Answers.cmsOrError(
                    get(peer, OutgoingHead.to(peer, "GET", path).with("Accept", CMS_OR_PROBLEM), Duration.ZERO));
        } catch (NonsenseException e) {
            return Answers.nonsense(e);
        }
    }

    private Response get(Peer peer, OutgoingHead head, Duration hold) throws IOException {
        Duration step = settings.idle().plus(hold);
        Duration total = settings.connect().multipliedBy(2).plus(step);
        return exchanges.make(peer, total, step, Exchanges.asking(head.bytes(), step, Answers::most));
    }

    private static byte[] uploadHead(Peer peer, Upload upload, boolean expect) {
        OutgoingHead head = OutgoingHead.to(peer, "PUT", "/" + upload.key().id())
                .with("Content-Length", Long.toString(upload.size()))
                .with("Content-Type", "application/octet-stream")
                .with(HopHeaders.REPR_DIGEST, ReprDigest.of(upload.key().sha256()));
        upload.key().contents().ifPresent(contents -> head.with(HopHeaders.CONTENTS, contents.hex()));
        HopHeaders.recipient(upload.recipient().stream().toList())
                .ifPresent(recipient -> head.with(HopHeaders.RECIPIENT, recipient));
        head.with(HopHeaders.HOPS, Integer.toString(upload.hops()));
        if (expect) {
            head.with("Expect", "100-continue");
        }
        return head.bytes();
    }
}
