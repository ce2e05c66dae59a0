package waybill.store.local;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import waybill.store.DeliveryStore.State;
import waybill.store.StoreFullException;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits;

/**
 * What room is taken, and by whom: all that is remembered and the payloads that are held, and arrivals from the moment
 * they are announced. It grows with the number of different owners, not with the number of deliveries. Safe for use by
 * several threads.
 */
final class Ledger {
    /** Room an arrival has reserved; beside the payload's it is that of one record. */
    record Reservation(String owner, long size) {}

    /** What somebody has: so many records, and the bytes of them and of payloads. */
    private record Use(long records, long bytes) {
        static final Use NONE = new Use(0, 0);

        Use plus(long moreRecords, long moreBytes) {
            return new Use(records + moreRecords, bytes + moreBytes);
        }
    }

    private final StoreLimits limits;
    private final long cost;
    private final Map<String, Use> byOwner = new HashMap<>();
    private Use all = Use.NONE;
    private long unwritten;
    private long arriving;
    private long pending;
    private long pendingBytes;

    Ledger(StoreLimits limits) {
        this.limits = limits;
        this.cost = limits.remembered().cost();
    }

    /**
     * Reserves room.
     *
     * @param usable what the filesystem has free just now, in bytes
     */
    synchronized Reservation reserve(String owner, long size, long usable) throws StoreFullException {
        if (pending + arriving >= limits.maxHeld() || isCrowded()) {
            throw new StoreFullException(Limit.COUNT);
        }
        if (size > limits.quota() - all.bytes() - cost) {
            throw new StoreFullException(Limit.QUOTA);
        }
        if (isCrowdedBy(owner) || size > limits.ownBytes() - own(owner).bytes() - cost) {
            throw new StoreFullException(Limit.SHARE);
        }
        // Others were promised room that they have not written to yet: it is free only to look at. So is that of the
        // outcomes to come.
        long promised = unwritten + (arriving + pending + 1) * cost;
        if (usable - promised - size < limits.freeFloor()) {
            throw new StoreFullException(Limit.FREE_SPACE);
        }
        arriving++;
        unwritten += size;
        take(owner, 1, size);
        return new Reservation(owner, size);
    }

    /** Whether nothing more can be remembered. */
    synchronized boolean isCrowded() {
        return all.records() >= limits.mostRemembered();
    }

    /** Whether nothing more can be remembered of this owner. */
    synchronized boolean isCrowdedBy(String owner) {
        return own(owner).records() >= limits.mostRememberedOfOne();
    }

    /** So many bytes of a reservation are on the disk now and no longer look free. */
    synchronized void wrote(long bytes) {
        unwritten -= bytes;
    }

    /** Gives a reservation back. */
    synchronized void refund(Reservation reservation, long written) {
        arriving--;
        unwritten -= reservation.size() - written;
        take(reservation.owner(), -1, -reservation.size());
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

    /** Bytes held, remembered and reserved. */
    synchronized long used() {
        return all.bytes();
    }

    /** So many records of this owner are there, and so many bytes of their payloads. */
    synchronized void countHeld(String owner, long records, long payloads) {
        take(owner, records, payloads);
    }

    synchronized void countPending(long count, long bytes) {
        pending += count;
        pendingBytes += bytes;
    }

    private void count(Row row, int sign) {
        take(row.owner(), sign, row.payload() ? sign * row.size() : 0);
        if (row.state() == State.ACCEPTED) {
            pending += sign;
            pendingBytes += sign * row.size();
        }
    }

    private Use own(String owner) {
        return byOwner.getOrDefault(owner, Use.NONE);
    }

    private void take(String owner, long records, long payloads) {
        long bytes = payloads + records * cost;
        all = all.plus(records, bytes);
        Use own = own(owner).plus(records, bytes);
        if (own.equals(Use.NONE)) {
            byOwner.remove(owner);
        } else {
            byOwner.put(owner, own);
        }
    }
}
