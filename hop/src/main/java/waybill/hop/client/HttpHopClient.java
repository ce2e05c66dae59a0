package waybill.hop.client;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
import waybill.hop.wire.Printable;
import waybill.hop.wire.ProblemDocument;
import waybill.hop.wire.ReprDigest;
import waybill.hop.wire.RetryAfter;
import waybill.hop.wire.Tus;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileName;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;

/**
 * The client half of the hop API over HTTP/1.1 (section 3). One thread watches over all calls; connections at rest are
 * kept for a few seconds. A proxy is used where a {@link Peer} says so, whatever the environment says.
 */
public final class HttpHopClient implements HopClient, OriginClient {
    /** The longest receipt, refusal, profile, release or catalogue, in bytes (section 5). */
    static final int MAX_CMS = 64 * 1024;

    private static final String AGENT = "waybill";

    private static final Duration DEFAULT_RETRY = Duration.ofSeconds(5);

    private final ClientSettings settings;
    private final Meter meter;
    private final PeerTls tls = new PeerTls();
    private final RestingConnections resting = new RestingConnections();
    private final ScheduledThreadPoolExecutor clock;

    private HttpHopClient(ClientSettings settings, Meter meter) {
        this.settings = settings;
        this.meter = meter;
        this.clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("hop-client-watch").factory());
        this.clock.setRemoveOnCancelPolicy(true);
        var _ = clock.scheduleWithFixedDelay(resting::sweep, 10, 10, TimeUnit.SECONDS);
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
        return new HttpHopClient(settings, meter);
    }

    /** A client with the usual patience, every byte of which is counted. */
    public static HttpHopClient metered(Meter meter) {
        return create(ClientSettings.DEFAULT, meter);
    }

    @Override
    public HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException {
        if (upload.size() >= settings.resumeAbove()) {
            try {
                Optional<HopAnswer> answer = new Resuming(peer, upload, new TusWire(peer, upload, limit)).put();
                if (answer.isPresent()) {
                    return answer.get();
                }
            } catch (NonsenseException e) {
                return nonsense(e);
            }
        }
        boolean expect = upload.size() > settings.expectAbove();
        String head = uploadHead(peer, upload, expect);
        return call(
                peer,
                limit,
                settings.idle(),
                (connection, watch) -> {
                    Sending sending = new Sending(connection, watch, settings);
                    Response response = sending.send(head, expect, upload, 0, HttpHopClient::most);
                    return new Heard(response, response.reusable() && sending.whole());
                },
                HttpHopClient::uploaded);
    }

    /** tus over our connections, each call as safe from a silent peer as any other. */
    private final class TusWire implements Resuming.Wire {
        private final Peer peer;
        private final Upload upload;
        private final long end;

        TusWire(Peer peer, Upload upload, Duration limit) {
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

        @Override
        public Response call(String method, String path, Map<String, String> fields) throws IOException {
            byte[] head = Resuming.head(HttpHopClient.head(method, peer, path), fields);
            return exchange(peer, left(), settings.idle(), (connection, watch) -> {
                watch.within(settings.idle());
                connection.out().write(head);
                connection.out().flush();
                // An answer to HEAD says the length of a body that does not come.
                ResponseReader.Limit limit = method.equals("HEAD") ? status -> 0 : HttpHopClient::most;
                Response response = new ResponseReader(connection.in()).read(limit, () -> {});
                watch.relax();
                return new Heard(response, response.reusable());
            });
        }

        @Override
        public Response append(String path, long from) throws IOException {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put(Tus.OFFSET, Long.toString(from));
            fields.put("Content-Type", Tus.MEDIA_TYPE);
            fields.put("Content-Length", Long.toString(upload.size() - from));
            fields.put("Expect", "100-continue");
            String head = new String(
                    Resuming.head(HttpHopClient.head("PATCH", peer, path), fields), StandardCharsets.ISO_8859_1);
            return exchange(peer, left(), settings.idle(), (connection, watch) -> {
                Sending sending = new Sending(connection, watch, settings);
                Response response = sending.send(head, true, upload, from, HttpHopClient::most);
                return new Heard(response, response.reusable() && sending.whole());
            });
        }

        @Override
        public HopAnswer collect() throws IOException {
            return HttpHopClient.this.collect(peer, upload.key(), Duration.ZERO);
        }

        @Override
        public HopAnswer failed(Response response) {
            return HttpHopClient.failed(response);
        }

        @Override
        public boolean mayTryAgain() throws IOException {
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

    @Override
    public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException {
        String query = "?sha256=" + key.sha256()
                + key.contents().map(c -> "&contents=" + c).orElse("");
        StringBuilder head = head("GET", peer, "/" + key.id() + "/receipt" + query);
        field(head, "Accept", "application/cms, application/problem+json");
        if (hold.isPositive()) {
            field(head, HopHeaders.PREFER, Preference.waiting(hold));
        }
        return get(peer, head.append("\r\n").toString(), hold, HttpHopClient::collected);
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
        StringBuilder head = head("GET", peer, "/content/" + digest);
        field(head, "Accept", "application/octet-stream, application/problem+json");
        field(head, "Range", ByteRange.asking(from, length));
        Receiving receiving = new Receiving(head.append("\r\n").toString(), from, length, sink, settings);
        try {
            Response response = exchange(peer, limit, settings.idle(), receiving);
            if (response.status() < 300) {
                return new ContentAnswer.Whole(receiving.size());
            }
            return response.status() >= 400
                    ? new ContentAnswer.Failed(failed(response))
                    : new ContentAnswer.Nonsense("a redirect (" + response.status() + ")");
        } catch (NonsenseException e) {
            return new ContentAnswer.Nonsense(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Answer copy(Peer peer, String path, Validators known, String agent, Sink sink, Duration limit)
            throws IOException {
        StringBuilder head = head("GET", peer, path, agent.isEmpty() ? AGENT : agent);
        field(head, "Accept", "*/*");
        known.tag().ifPresent(tag -> field(head, "If-None-Match", tag));
        known.modified().ifPresent(date -> field(head, "If-Modified-Since", date));
        try {
            Response response = exchange(
                    peer,
                    limit,
                    settings.idle(),
                    new Copying(head.append("\r\n").toString(), sink, settings));
            if (response.status() == 304) {
                return new Answer.Unchanged();
            }
            if (response.status() < 300) {
                return new Answer.Whole();
            }
            return response.status() >= 400
                    ? new Answer.Failed(failed(response))
                    : new Answer.Nonsense("a redirect (" + response.status() + ")");
        } catch (NonsenseException e) {
            return new Answer.Nonsense(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        resting.close();
    }

    /** What one exchange brought. */
    record Heard(Response response, boolean reusable) {}

    /** A request and its answer over a connection. */
    @FunctionalInterface
    interface Exchange {
        /** Makes it. */
        Heard over(Connection connection, Watch watch) throws IOException;

        /** Whether it may be made again on another connection, now that this one broke. */
        default boolean repeatable() {
            return true;
        }
    }

    @FunctionalInterface
    private interface Reading {
        HopAnswer of(Response response);
    }

    private HopAnswer signed(Peer peer, String path) throws IOException {
        StringBuilder head = head("GET", peer, path);
        field(head, "Accept", "application/cms, application/problem+json");
        return get(peer, head.append("\r\n").toString(), Duration.ZERO, HttpHopClient::cmsOrError);
    }

    private HopAnswer get(Peer peer, String head, Duration hold, Reading reading) throws IOException {
        Duration step = settings.idle().plus(hold);
        Duration total = settings.connect().multipliedBy(2).plus(step);
        return call(
                peer,
                total,
                step,
                (connection, watch) -> {
                    watch.within(step);
                    connection.out().write(head.getBytes(StandardCharsets.ISO_8859_1));
                    connection.out().flush();
                    Response response = new ResponseReader(connection.in()).read(HttpHopClient::most, () -> {});
                    watch.relax();
                    return new Heard(response, response.reusable());
                },
                reading);
    }

    private HopAnswer call(Peer peer, Duration total, Duration idle, Exchange exchange, Reading reading)
            throws IOException {
        try {
            return reading.of(exchange(peer, total, idle, exchange));
        } catch (NonsenseException e) {
            return nonsense(e);
        }
    }

    private static HopAnswer nonsense(NonsenseException e) {
        return new HopAnswer.Nonsense(String.valueOf(e.getMessage()));
    }

    private Response exchange(Peer peer, Duration total, Duration idle, Exchange exchange) throws IOException {
        check(peer);
        try (Watch watch = new Watch(clock, total, idle)) {
            Optional<Connection> rested = resting.take(peer);
            if (rested.isPresent()) {
                try {
                    return over(peer, rested.get(), watch, exchange);
                } catch (SourceException | SinkException | NonsenseException e) {
                    throw e;
                } catch (IOException e) {
                    // The peer may have closed it while it rested. Every call is safe to make twice (section 3).
                    if (watch.struck() || !exchange.repeatable()) {
                        throw e;
                    }
                }
            }
            return over(peer, Connection.open(peer, tls, settings.connect(), watch, meter), watch, exchange);
        }
    }

    private Response over(Peer peer, Connection connection, Watch watch, Exchange exchange) throws IOException {
        boolean keep = false;
        try {
            watch.over(connection.raw());
            Heard heard = exchange.over(connection, watch);
            keep = heard.reusable();
            return heard.response();
        } catch (NonsenseException | SourceException | SinkException e) {
            throw e;
        } catch (IOException e) {
            throw watch.struck() ? new IOException("the time was up: " + e.getMessage(), e) : e;
        } finally {
            if (keep) {
                resting.put(peer, connection);
            } else {
                connection.close();
            }
        }
    }

    private static void check(Peer peer) {
        URI base = peer.base();
        boolean plain = peer.identity() instanceof Peer.Identity.Plain;
        if (!(plain ? "http" : "https").equals(base.getScheme()) || base.getHost() == null) {
            throw new IllegalArgumentException("the URL's scheme does not fit what the peer has to prove: " + base);
        }
    }

    private static String uploadHead(Peer peer, Upload upload, boolean expect) {
        StringBuilder head = head("PUT", peer, "/" + upload.key().id());
        field(head, "Content-Length", Long.toString(upload.size()));
        field(head, "Content-Type", "application/octet-stream");
        field(head, HopHeaders.REPR_DIGEST, ReprDigest.of(upload.key().sha256()));
        upload.key().contents().ifPresent(contents -> field(head, HopHeaders.CONTENTS, contents.hex()));
        HopHeaders.recipient(upload.recipient().stream().toList())
                .ifPresent(recipient -> field(head, HopHeaders.RECIPIENT, recipient));
        field(head, HopHeaders.HOPS, Integer.toString(upload.hops()));
        if (expect) {
            field(head, "Expect", "100-continue");
        }
        return head.append("\r\n").toString();
    }

    private static StringBuilder head(String method, Peer peer, String path) {
        return head(method, peer, path, AGENT);
    }

    private static StringBuilder head(String method, Peer peer, String path, String agent) {
        String base = peer.base().getRawPath();
        StringBuilder head = new StringBuilder(512);
        head.append(method).append(' ').append(base).append(path).append(" HTTP/1.1\r\n");
        field(head, "Host", peer.base().getRawAuthority());
        field(head, "User-Agent", agent);
        peer.backend().ifPresent(backend -> field(head, HopHeaders.BACKEND, backend.toString()));
        return head;
    }

    private static void field(StringBuilder head, String name, String value) {
        head.append(name).append(": ").append(value).append("\r\n");
    }

    /** How much of an answer's body is read. */
    static int most(int status) {
        return status >= 400 ? ProblemDocument.MAX_LENGTH : MAX_CMS;
    }

    private static HopAnswer uploaded(Response response) {
        if (response.status() == 202) {
            try {
                Optional<Promise> promise = HopHeaders.promise(response.values(HopHeaders.PROMISE));
                return promise.<HopAnswer>map(HopAnswer.Accepted::new)
                        .orElseGet(() -> new HopAnswer.Nonsense("202 without a promise"));
            } catch (IllegalArgumentException e) {
                return new HopAnswer.Nonsense("202 with a promise that cannot be read");
            }
        }
        return cmsOrError(response);
    }

    private static HopAnswer collected(Response response) {
        if (response.status() == 202) {
            List<String> values = response.values("Retry-After");
            return new HopAnswer.NotYet(RetryAfter.parse(values).orElse(DEFAULT_RETRY));
        }
        return cmsOrError(response);
    }

    private static HopAnswer cmsOrError(Response response) {
        int status = response.status();
        if (status >= 400) {
            return failed(response);
        }
        if (status != 200) {
            return new HopAnswer.Nonsense(
                    status >= 300
                            ? "a redirect (" + status + ")"
                            : "a status that means nothing here (" + status + ")");
        }
        if (!response.mediaType().equals(Optional.of("application/cms"))) {
            return new HopAnswer.Nonsense("200 without application/cms");
        }
        return response.complete()
                ? new HopAnswer.Cms(response.body())
                : new HopAnswer.Nonsense("a CMS of more than " + MAX_CMS + " bytes");
    }

    private static HopAnswer.Failed failed(Response response) {
        boolean document = response.mediaType().equals(Optional.of(ProblemDocument.MEDIA_TYPE));
        ProblemDocument problem = document
                ? ProblemDocument.decode(response.body())
                : new ProblemDocument(Optional.empty(), Printable.of(response.body()));
        return new HopAnswer.Failed(
                response.status(),
                problem.problem(),
                RetryAfter.parse(response.values("Retry-After")),
                problem.detail());
    }
}
