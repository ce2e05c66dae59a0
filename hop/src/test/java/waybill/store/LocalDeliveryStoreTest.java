package waybill.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class LocalDeliveryStoreTest extends StoreContract {
    @TempDir
    Path root;

    private final List<DeliveryStore> opened = new ArrayList<>();

    @Override
    protected DeliveryStore open(StoreLimits limits) throws IOException {
        DeliveryStore store = new LocalDeliveryStore(root, limits, clock);
        opened.add(store);
        return store;
    }

    @AfterEach
    void close() throws IOException {
        for (DeliveryStore store : opened) {
            store.close();
        }
    }
}
