package waybill.backend;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import waybill.protocol.BackendUrl;

/** A running backend: takes deliveries over the hop API, stores them, answers with signed receipts (sections 3 to 5). */
public final class BackendServer implements AutoCloseable {
    private BackendServer() {}

    /**
     * Checks keys and certificates, recovers what a crash left, and serves.
     *
     * @throws BackendSetupException if the directory cannot be run as it is
     * @throws IOException if the data cannot be opened (another server holds it) or the address is taken
     */
    public static BackendServer start(BackendConfig config, InstantSource clock)
            throws IOException, BackendSetupException {
        throw new IOException(config + " " + clock.instant());
    }

    /** The URL that receipts name. */
    public BackendUrl url() {
        throw new IllegalStateException();
    }

    /** Where it listens, the port it took included. */
    public InetSocketAddress address() {
        throw new IllegalStateException();
    }

    /** Whether it holds an age identity and opens what comes. */
    public boolean opens() {
        throw new IllegalStateException();
    }

    /** Takes nothing new, ends what is under way, and returns once everything is closed. */
    @Override
    public void close() {
        throw new IllegalStateException();
    }
}
