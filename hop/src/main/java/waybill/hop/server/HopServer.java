package waybill.hop.server;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.DirectHandler.TransportRequest;
import io.helidon.http.DirectHandler.TransportResponse;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import waybill.hop.FaceService;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.UpdateService;
import waybill.hop.resume.ResumableUploads;
import waybill.protocol.Problem;

/**
 * The server half of the hop API (section 3): HTTP/1.1 over TLS 1.3, or plain where that was asked for. Relay and backend
 * are services behind it.
 *
 * <p>Safe for use by several threads.
 */
public final class HopServer implements AutoCloseable {
    /** How long running answers may take to end once the server closes. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int MAX_REQUEST_LINE = 2048;

    private final WebServer server;
    private final Doorkeeper door;
    private final Optional<ResumableUploads> resumable;
    private final Optional<ServerTls> tls;
    private final InetSocketAddress address;

    private HopServer(
            WebServer server,
            Doorkeeper door,
            Optional<ResumableUploads> resumable,
            Optional<ServerTls> tls,
            InetSocketAddress address) {
        this.server = server;
        this.door = door;
        this.resumable = resumable;
        this.tls = tls;
        this.address = address;
    }

    /**
     * Starts to listen.
     *
     * @param listen the address of this machine, port 0 for any
     * @param tls who this server is; empty for plain HTTP, which is the caller's explicit choice
     * @param limits what is taken from peers. A body over {@code maxBody} never reaches the service, so a service that
     *     signs its refusals has its own, smaller limit
     * @param mounts the service at a base path such as {@code /inbox} or {@code /a/TOKEN}, called for each request, so
     *     that aliases may come and go
     * @throws IOException if the address cannot be listened on
     */
    public static HopServer start(
            InetSocketAddress listen,
            Optional<ServerIdentity> tls,
            HopLimits limits,
            Function<String, Optional<HopService>> mounts)
            throws IOException {
        return start(listen, tls, limits, mounts, _ -> Optional.empty());
    }

    /**
     * Starts to listen, and gives updates as well (section 10).
     *
     * @param updates who gives updates at a base path, called like {@code mounts}; a base may have one of them or both
     * @throws IOException if the address cannot be listened on
     */
    public static HopServer start(
            InetSocketAddress listen,
            Optional<ServerIdentity> tls,
            HopLimits limits,
            Function<String, Optional<HopService>> mounts,
            Function<String, Optional<UpdateService>> updates)
            throws IOException {
        ResumableUploads resumable = new ResumableUploads(
                limits.maxUploads(), limits.maxUploadsPerPeer(), limits.patience(), limits.slowest());
        return serve(listen, tls, limits, Optional.of(resumable), new HopHandler(limits, mounts, updates, resumable));
    }

    /**
     * Starts to listen, and gives files to clients that know nothing of this protocol, by plain HTTP.
     *
     * @param listen the address of this machine, port 0 for any
     * @throws IOException if the address cannot be listened on
     */
    public static HopServer face(InetSocketAddress listen, HopLimits limits, FaceService files) throws IOException {
        return serve(listen, Optional.empty(), limits, Optional.empty(), new FaceHandler(limits, files));
    }

    private static HopServer serve(
            InetSocketAddress listen,
            Optional<ServerIdentity> tls,
            HopLimits limits,
            Optional<ResumableUploads> resumable,
            Handler handler)
            throws IOException {
        if (listen.isUnresolved()) {
            throw new IOException("cannot listen on " + listen.getHostString() + ": unknown host");
        }
        Doorkeeper door = new Doorkeeper(limits);
        Http1ConnectionSelector http = Http1ConnectionSelector.builder()
                .config(Http1Config.builder()
                        // The guard stops a head at its limit, with the status that says so; this is one read more.
                        .maxHeadersSize(limits.maxHeader() + Guard.MAX_HEAD_READ)
                        .maxPrologueLength(MAX_REQUEST_LINE)
                        .continueImmediately(false)
                        .validateRequestHeaders(true)
                        .validateResponseHeaders(true)
                        .build())
                .build();
        DirectHandler refuse = new Refuse();
        var builder = WebServer.builder()
                .bindAddress(listen)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(new GuardedSelector(http, door))
                .connectionOptions(door)
                .useNio(false)
                .maxPayloadSize(-1)
                .shutdownGracePeriod(GRACE)
                .contentEncoding(none -> none.contentEncodingsDiscoverServices(false))
                .directHandlers(handlers -> {
                    for (EventType type : EventType.values()) {
                        handlers.addHandler(type, refuse);
                    }
                })
                .routing(HttpRouting.builder().any(handler));
        Optional<ServerTls> context = tls.map(ServerTls::of);
        context.ifPresent(c -> builder.tls(Tls.builder().sslContext(c).build()));
        WebServer server = builder.build();
        server.start();
        if (!server.isRunning()) {
            door.close();
            throw cannotListen(listen);
        }
        return new HopServer(
                server, door, resumable, context, new InetSocketAddress(listen.getAddress(), server.port()));
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Goes on under another identity, as when a certificate is renewed; connections that are open keep theirs.
     *
     * @throws IllegalStateException if the server speaks plain HTTP
     */
    public void become(ServerIdentity identity) {
        tls.orElseThrow(() -> new IllegalStateException("a server of plain HTTP has no identity"))
                .become(identity);
    }

    /** Stops accepting, lets running answers end within a few seconds, then ends them. */
    @Override
    public void close() {
        server.stop();
        resumable.ifPresent(ResumableUploads::close);
        door.close();
    }

    /** Helidon keeps the reason to itself; asking again brings it to light. */
    private static IOException cannotListen(InetSocketAddress listen) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(listen);
            return new IOException("cannot listen on " + text(listen));
        } catch (IOException e) {
            return new IOException("cannot listen on " + text(listen) + ": " + e.getMessage(), e);
        }
    }

    /** {@code HOST:PORT} of a resolved address, without a look-up. */
    public static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** What Helidon refuses before it comes to us, as a problem of our catalogue. */
    private static final class Refuse implements DirectHandler {
        @Override
        public TransportResponse handle(
                TransportRequest request,
                EventType type,
                Status status,
                ServerResponseHeaders headers,
                String message) {
            Problem problem =
                    switch (status.code()) {
                        case 408 -> Problem.TIMED_OUT;
                        case 413 -> Problem.TOO_LARGE;
                        case 431, 414 -> Problem.HEADERS_TOO_LARGE;
                        case 503 -> Problem.BUSY;
                        default -> status.code() >= 500 ? Problem.INTERNAL : Problem.BAD_REQUEST;
                    };
            Reply reply = Reply.problem(problem, "not a request of this interface", Optional.empty());
            reply.headers().forEach((name, value) -> headers.set(HeaderNames.create(name), value));
            return TransportResponse.builder()
                    .status(Status.create(problem.status()))
                    .headers(headers)
                    .keepAlive(false)
                    .entity(reply.body())
                    .build();
        }
    }
}
