package waybill.store.local;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreFullException;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits;

/**
 * What room is taken, and by whom: held payloads, and arrivals from the moment they are announced. It grows with the
 * number of different owners, not with the number of deliveries. Safe for use by several threads.
 */
final class Ledger {
    /** Room an arrival has reserved. */
    record Reservation(String owner, long size) {}

    private final StoreLimits limits;
    private final Map<String, Long> byOwner = new HashMap<>();
    private long used;
    private long unwritten;
    private long arriving;
    private long pending;
    private long pendingBytes;

    Ledger(StoreLimits limits) {
        this.limits = limits;
    }

    /**
     * Reserves room.
     *
     * @param usable what the filesystem has free just now, in bytes
     */
    synchronized Reservation reserve(String owner, long size, long usable) throws StoreFullException {
        if (pending + arriving >= limits.maxHeld()) {
            throw new StoreFullException(Limit.COUNT);
        }
        if (size > limits.quota() - used) {
            throw new StoreFullException(Limit.QUOTA);
        }
        if (size > (long) (limits.quota() * limits.share()) - byOwner.getOrDefault(owner, 0L)) {
            throw new StoreFullException(Limit.SHARE);
        }
        // Others were promised room that they have not written to yet: it is free only to look at.
        if (usable - unwritten - size < limits.freeFloor()) {
            throw new StoreFullException(Limit.FREE_SPACE);
        }
        arriving++;
        unwritten += size;
        take(owner, size);
        return new Reservation(owner, size);
    }

    /** So many bytes of a reservation are on the disk now and no longer look free. */
    synchronized void wrote(long bytes) {
        unwritten -= bytes;
    }

    /** Gives a reservation back. */
    synchronized void refund(Reservation reservation, long written) {
        arriving--;
        unwritten -= reservation.size() - written;
        take(reservation.owner(), -reservation.size());
    }

    /** A reservation, written to the last byte, becomes what a record holds. */
    synchronized void turn(Reservation reservation, Optional<Row> before, Optional<Row> after) {
        refund(reservation, reservation.size());
        change(before, after);
    }

    /** A record came, changed or went. */
    synchronized void change(Optional<Row> before, Optional<Row> after) {
        before.ifPresent(row -> count(row, -1));
        after.ifPresent(row -> count(row, 1));
    }

    synchronized long pending() {
        return pending;
    }

    synchronized long pendingBytes() {
        return pendingBytes;
    }

    /** Bytes held and reserved. */
    synchronized long used() {
        return used;
    }

    synchronized void countHeld(String owner, long bytes) {
        take(owner, bytes);
    }

    synchronized void countPending(long count, long bytes) {
        pending += count;
        pendingBytes += bytes;
    }

    private void count(Row row, int sign) {
        if (row.payload()) {
            take(row.owner(), sign * row.size());
        }
        if (row.state() == State.ACCEPTED) {
            pending += sign;
            pendingBytes += sign * row.size();
        }
    }

    private void take(String owner, long bytes) {
        used += bytes;
        byOwner.merge(owner, bytes, (a, b) -> a + b == 0 ? null : Long.valueOf(a + b));
    }
}
