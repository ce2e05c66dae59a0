package waybill.hop.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/** Helidon's HTTP/1.1, and nothing else, with a {@link Guard} between it and the socket. */
final class GuardedSelector implements ServerConnectionSelector {
    private final Http1ConnectionSelector http;
    private final Doorkeeper door;

    GuardedSelector(Http1ConnectionSelector http, Doorkeeper door) {
        this.http = http;
        this.door = door;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        Guard guard = door.guardOf(context.remotePeer().address());
        guard.established();
        return new Connection(http.connection(new GuardedContext(context, guard)), guard, door);
    }

    private static final class Connection implements ServerConnection, InterruptableTask<Void> {
        private final ServerConnection http;
        private final Guard guard;
        private final Doorkeeper door;

        Connection(ServerConnection http, Guard guard, Doorkeeper door) {
            this.http = http;
            this.guard = guard;
            this.door = door;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            try {
                ScopedValue.where(Guard.CURRENT, guard).call(() -> {
                    http.handle(limit);
                    return true;
                });
            } finally {
                guard.linger();
                door.leaves(guard);
            }
        }

        @Override
        public Duration idleTime() {
            return http.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            http.close(interrupt);
        }

        @Override
        public boolean canInterrupt() {
            return http instanceof InterruptableTask<?> task && task.canInterrupt();
        }
    }
}
