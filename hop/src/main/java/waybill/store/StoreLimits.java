package waybill.store;

/**
 * What a store may hold. Immutable.
 *
 * @param quota bytes of payloads, held and arriving
 * @param freeFloor bytes of the filesystem that stay free
 * @param share the part of the quota one owner may use, above 0 and up to 1
 * @param maxHeld the most deliveries accepted and not settled
 */
public record StoreLimits(long quota, long freeFloor, double share, int maxHeld) {
    /** @throws IllegalArgumentException if a value is out of its range */
    public StoreLimits {
        if (quota < 0 || freeFloor < 0 || !(share > 0 && share <= 1) || maxHeld < 1) {
            throw new IllegalArgumentException(
                    "a store's quota and floor are not below 0, a share is above 0 and up to 1, and one at least is held");
        }
    }

    /** 20 GiB, a floor of 1 GiB, half of it for one owner, 100,000 deliveries. */
    public static final StoreLimits DEFAULT = new StoreLimits(20L << 30, 1L << 30, 0.5, 100_000);
}
