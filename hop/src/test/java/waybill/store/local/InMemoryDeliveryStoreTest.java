package waybill.store.local;

import waybill.store.DeliveryStore;
import waybill.store.StoreContract;
import waybill.store.StoreLimits;

class InMemoryDeliveryStoreTest extends StoreContract {
    @Override
    protected DeliveryStore open(StoreLimits limits) {
        return new InMemoryDeliveryStore(limits, clock);
    }
}
