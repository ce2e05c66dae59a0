package waybill.store.local;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import waybill.protocol.DeliveryKey;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreLimits;

/**
 * Lets go of deliveries that have ended: of those whose time is over, and of older ones where new ones need their place. Safe
 * for use by several threads.
 */
final class Clearance {
    /** The most that go in one commit. */
    private static final int AT_ONCE = 100;
    /** Which of them are missed least, first. */
    static final List<State> ENDED = List.of(State.TOMBSTONE, State.REFUSED, State.SETTLED);

    private final StoreFiles files;
    private final Database database;
    private final Ledger ledger;
    private final KeyLocks locks;
    private final StoreLimits limits;

    Clearance(StoreFiles files, Database database, Ledger ledger, KeyLocks locks, StoreLimits limits) {
        this.files = files;
        this.database = database;
        this.ledger = ledger;
        this.locks = locks;
        this.limits = limits;
    }

    /** Turns receipts kept before a time into tombstones; forgets refusals and tombstones kept before theirs. */
    void expire(Instant receiptsBefore, Instant refusalsBefore, Instant tombstonesBefore, Instant now)
            throws IOException {
        expire(State.SETTLED, receiptsBefore, row -> Optional.of(row.tombstone(now)));
        expire(State.REFUSED, refusalsBefore, row -> Optional.empty());
        expire(State.TOMBSTONE, tombstonesBefore, row -> Optional.empty());
    }

    private void expire(State state, Instant before, Function<Row, Optional<Row>> after) throws IOException {
        int found;
        do {
            found = end(state, Optional.empty(), before, AT_ONCE, after);
        } while (found == AT_ONCE);
    }

    /**
     * Forgets old ones if as many are remembered as may be, of this owner or in all: not only every hour, since new ones may
     * come faster.
     */
    void makeRoom(String owner, Instant now) throws IOException {
        Instant before = now.minus(limits.remembered().least());
        boolean gone = true;
        while (gone && ledger.isCrowdedBy(owner)) {
            gone = forgetOldest(Optional.of(owner), before);
        }
        gone = true;
        while (gone && ledger.isCrowded()) {
            gone = forgetOldest(Optional.empty(), before);
        }
    }

    /** How many make room together: some more than are needed, so that not each arrival has to wait for it. */
    static int several(StoreLimits limits) {
        return Math.clamp(limits.mostRememberedOfOne() / 20, 1, AT_ONCE);
    }

    private boolean forgetOldest(Optional<String> owner, Instant before) throws IOException {
        for (State state : ENDED) {
            if (end(state, owner, before, several(limits), row -> Optional.empty()) > 0) {
                return true;
            }
        }
        return false;
    }

    /** Ends the oldest of them, so many at most; how many there were to look at. */
    private int end(State state, Optional<String> owner, Instant before, int most, Function<Row, Optional<Row>> after)
            throws IOException {
        List<DeliveryKey> keys = database.read(records -> records.ended(state, owner, before, most));
        try (KeyLocks.Taken _ = locks.take(keys)) {
            // Read again: until the locks were taken anything could happen to them.
            List<Row> rows = database.read(records -> {
                List<Row> found = new ArrayList<>();
                for (DeliveryKey key : keys) {
                    records.find(key)
                            .filter(row -> row.state() == state && row.changed().isBefore(before))
                            .ifPresent(found::add);
                }
                return found;
            });
            List<Row> left = new ArrayList<>();
            List<DeliveryKey> forgotten = new ArrayList<>();
            for (Row row : rows) {
                after.apply(row).ifPresentOrElse(left::add, () -> forgotten.add(row.key()));
            }
            database.keep(left, forgotten);
            for (Row row : rows) {
                ledger.change(Optional.of(row), after.apply(row));
                if (row.payload()) {
                    files.deleteQuietly(files.payload(row.key()));
                }
                row.held().outcome().ifPresent(o -> files.dropCopy(row.key(), state == State.SETTLED, o));
            }
        }
        return keys.size();
    }
}
