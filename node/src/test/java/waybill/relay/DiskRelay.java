package waybill.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

/** One relay with one backend, as {@link Site}, whose deliveries are kept on a real disk and outlive restarts. */
final class DiskRelay implements AutoCloseable {
    final FakeClock clock = new FakeClock();
    final FakeBackend backend = new FakeBackend();
    DeliveryStore store;
    Site site;

    private final Path directory;
    private final StoreLimits limits;

    DiskRelay(Path directory, StoreLimits limits) throws IOException {
        this.directory = directory;
        this.limits = limits;
        store = open();
        site = site();
    }

    private DeliveryStore open() throws IOException {
        return new LocalDeliveryStore(directory.resolve("store"), limits, clock);
    }

    private Site site() throws IOException {
        return new Site(directory, Duration.ZERO, Runnable::run, clock, store, backend);
    }

    void restart() throws IOException {
        close();
        store = open();
        site = site();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
