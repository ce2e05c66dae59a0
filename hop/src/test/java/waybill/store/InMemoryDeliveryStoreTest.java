package waybill.store;

class InMemoryDeliveryStoreTest extends StoreContract {
    @Override
    protected DeliveryStore open(StoreLimits limits) {
        return new InMemoryDeliveryStore(limits, clock);
    }
}
