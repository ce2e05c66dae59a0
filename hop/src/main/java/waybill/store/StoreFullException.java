package waybill.store;

/** No room for an arrival; nothing was kept of it. Carries facts, not prose. */
public final class StoreFullException extends Exception {
    /** Which limit said no. */
    public enum Limit {
        /** The store's own quota in bytes. */
        QUOTA,
        /** The filesystem's free space would fall below the floor. */
        FREE_SPACE,
        /** One peer's share. */
        SHARE,
        /** Too many deliveries are held, or remembered and too young to be forgotten. */
        COUNT
    }

    private final Limit limit;

    /** This limit said no. */
    public StoreFullException(Limit limit) {
        super(limit.name());
        this.limit = limit;
    }

    /** Which limit. */
    public Limit limit() {
        return limit;
    }
}
