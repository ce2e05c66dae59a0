package waybill.store.local;

import waybill.store.DeliveryStore;
import waybill.store.Goods;
import waybill.store.StoreContract;
import waybill.store.StoreLimits;

class InMemoryDeliveryStoreTest implements StoreContract {
    private final Goods goods = new Goods();

    @Override
    public Goods goods() {
        return goods;
    }

    @Override
    public DeliveryStore open(StoreLimits limits) {
        return new InMemoryDeliveryStore(limits, goods.clock);
    }
}
