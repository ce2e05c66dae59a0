package waybill.store;

import java.io.IOException;

/** A store that the parts of {@link StoreContract} are tried on. */
interface StoreUnderTest {
    /** A fresh store; the test's own class closes it. */
    DeliveryStore open(StoreLimits limits) throws IOException;

    /** What is handed in, with the clock of the store. */
    Goods goods();
}
