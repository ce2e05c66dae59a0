package waybill.store;

/** What every {@link DeliveryStore} does, whatever it stands on: the test of a store implements this, and runs all of it. */
public interface StoreContract extends HoldingContract, OutcomeContract, RoomContract {}
