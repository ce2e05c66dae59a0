package waybill.store;

import java.time.Duration;

/**
 * What a store may hold. Immutable.
 *
 * @param quota bytes of payloads and of what is remembered beside them, held and arriving
 * @param freeFloor bytes of the filesystem that stay free
 * @param share the part of the quota one owner may use, above 0 and up to 1
 * @param maxHeld the most deliveries accepted and not settled
 * @param remembered what stays of a delivery that has ended
 */
public record StoreLimits(long quota, long freeFloor, double share, int maxHeld, Remembered remembered) {
    /**
     * What is remembered of a delivery beside its payload, from its arrival until it is forgotten: its record, its outcome,
     * and the copy of that.
     *
     * @param cost bytes of the disk that one is taken to need, not below 0; they count towards the quota and the owner's share
     * @param part the part of the quota that all of them may use, above 0 and up to 1; of this, too, one owner has his share
     * @param least how long an ended one is kept at least. Where the part is used up, those ended longer ago go for new ones:
     *     tombstones, then refusals, then receipts, the oldest first
     */
    public record Remembered(long cost, double part, Duration least) {
        /**
         * Measured on ext4 beside payloads of a few bytes: 7 KB without the payload's file and 15 KB with it where a receipt
         * has 1,300 bytes, as it usually has; 17 KB where it has 3,000.
         */
        public static final long USUAL_COST = 16 * 1024;

        /** @throws IllegalArgumentException if a value is out of its range */
        public Remembered {
            if (cost < 0 || !(part > 0 && part <= 1) || least.isNegative()) {
                throw new IllegalArgumentException(
                        "what is remembered costs nothing or more, has a part of the quota, and is kept for some time");
            }
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range */
    public StoreLimits {
        if (quota < 0 || freeFloor < 0 || !(share > 0 && share <= 1) || maxHeld < 1) {
            throw new IllegalArgumentException(
                    "a store's quota and floor are not below 0, a share is above 0 and up to 1, and one at least is held");
        }
    }

    /**
     * 20 GiB, a floor of 1 GiB, half of it for one owner, 100,000 deliveries. A quarter of it is for what is remembered,
     * which makes 327,680 deliveries; where there are more, those that ended longer ago than the longest maximum wait
     * (section 6) are forgotten.
     */
    public static final StoreLimits DEFAULT = new StoreLimits(
            20L << 30, 1L << 30, 0.5, 100_000, new Remembered(Remembered.USUAL_COST, 0.25, Duration.ofHours(24)));

    /** The bytes that one owner may use. */
    public long ownBytes() {
        return (long) (quota * share);
    }

    /** The most deliveries remembered, arriving, held or ended; one at least. */
    public long mostRemembered() {
        return remembered.cost() == 0
                ? Long.MAX_VALUE
                : Math.max(1, (long) (quota * remembered.part()) / remembered.cost());
    }

    /** The most that are remembered of one owner; one at least. */
    public long mostRememberedOfOne() {
        return Math.max(1, (long) (mostRemembered() * share));
    }

    /** The limits of each of so many equal stores that have these together; the filesystem has one floor for all. */
    public StoreLimits part(int stores) {
        return new StoreLimits(quota / stores, freeFloor, share, Math.max(1, maxHeld / stores), remembered);
    }
}
