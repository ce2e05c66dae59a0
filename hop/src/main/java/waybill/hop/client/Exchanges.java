package waybill.hop.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import waybill.hop.HopClient.SinkException;
import waybill.hop.HopClient.SourceException;
import waybill.hop.Peer;

/**
 * Makes exchanges of a request and its answer over connections, those at rest first, each within its time. One thread
 * watches over all. Safe for use by several threads.
 */
final class Exchanges implements AutoCloseable {
    private final Duration connect;
    private final Meter meter;
    private final PeerTls tls = new PeerTls();
    private final RestingConnections resting = new RestingConnections();
    private final ScheduledThreadPoolExecutor clock;

    /**
     * Nothing is open yet.
     *
     * @param connect for TCP and TLS together
     * @param meter hears of every byte
     */
    Exchanges(Duration connect, Meter meter) {
        this.connect = connect;
        this.meter = meter;
        this.clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("hop-client-watch").factory());
        this.clock.setRemoveOnCancelPolicy(true);
        var _ = clock.scheduleWithFixedDelay(resting::sweep, 10, 10, TimeUnit.SECONDS);
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

    /**
     * A request without a body.
     *
     * @param step how long the answer may take, and each step of it
     * @param most how much of its body is read
     */
    static Exchange asking(byte[] head, Duration step, ResponseReader.Limit most) {
        return (connection, watch) -> {
            watch.within(step);
            connection.out().write(head);
            connection.out().flush();
            Response response = new ResponseReader(connection.in()).read(most, () -> {});
            watch.relax();
            return new Heard(response, response.reusable());
        };
    }

    /**
     * Makes it.
     *
     * @param total how long it may take, connecting included
     * @param idle the shortest time that ends a step of it; whether one is over is looked at several times as often
     * @throws NonsenseException if the answer is none of the hop API
     * @throws IOException as {@link waybill.hop.HopClient} says
     * @throws IllegalArgumentException if the URL's scheme does not fit what the peer has to prove
     */
    Response make(Peer peer, Duration total, Duration idle, Exchange exchange) throws IOException {
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
            return over(peer, Connection.open(peer, tls, connect, watch, meter), watch, exchange);
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

    @Override
    public void close() {
        clock.shutdownNow();
        resting.close();
    }
}
