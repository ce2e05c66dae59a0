package waybill.relay;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;

/**
 * A responding node (claim 1): answers requests on its LANs with alias URLs, takes deliveries into its upload directories
 * and forwards them to the backends of its own configuration, and to no other place. Safe for use by several threads.
 */
public final class RelayServer implements Closeable {
    private RelayServer() {}

    /**
     * Starts everything; on return deliveries are taken and what was held before is on its way again.
     *
     * @throws IOException if the data directory is in use or cannot be written, the address is taken, or an interface is
     *     missing; the message says which
     */
    public static RelayServer start(RelayConfig config) throws IOException {
        throw new IOException(config.toString());
    }

    /** Who this relay is. */
    public NodeId node() {
        throw new UnsupportedOperationException();
    }

    /** Where the HTTP service listens, with the port it really has. */
    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    /** The path of the alias URL of each backend. */
    public Map<BackendUrl, String> aliases() {
        throw new UnsupportedOperationException();
    }

    /** How it fares now. */
    public Health health() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops taking deliveries, ends the uploads under way and returns when all is closed; what is held stays held and goes
     * on after the next start.
     */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
