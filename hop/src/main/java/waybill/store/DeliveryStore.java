package waybill.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Deliveries a hop holds, durable across a crash and a power cut. {@code StoreContract} is its test suite.
 *
 * <p>Order of every acceptance: bytes hashed and written aside, synced, given their name, the directory synced, the record
 * committed; only then does {@link Intake#commit} return. Safe for use by several threads; calls block.
 */
public interface DeliveryStore extends Closeable {

    /** Where a delivery stands. */
    enum State {
        /** Held, no outcome yet. */
        ACCEPTED,
        /** The receipt is kept: the end of the matter. */
        SETTLED,
        /** A refusal is kept, which is not for ever: the same key can be committed again, and a receipt replaces it. */
        REFUSED,
        /** Only that it was here is known; the outcome has passed its retention. */
        TOMBSTONE
    }

    /**
     * What was known of a delivery when it came in; kept with it.
     *
     * @param key identity; the digest is that of the bytes stored
     * @param size bytes
     * @param recipient the age recipient it claims to be sealed to
     * @param hops how many hops it had made when it came
     */
    record Label(DeliveryKey key, long size, Optional<String> recipient, int hops) {}

    /**
     * A delivery as it stands.
     *
     * @param accepted when it was committed
     * @param attempts how often it was passed on in vain
     * @param due when it is to be passed on next, by the clock of whoever said so
     * @param note the last failure, for people
     * @param outcome the receipt of a {@code SETTLED} or the refusal of a {@code REFUSED} one, else empty
     */
    record Held(
            Label label,
            State state,
            Instant accepted,
            int attempts,
            Instant due,
            String note,
            Optional<byte[]> outcome) {}

    /**
     * Reserves room for an arrival, and for what will be remembered of it. Where as much is remembered as may be, what ended
     * long enough ago is forgotten for it ({@link StoreLimits.Remembered}).
     *
     * @param owner who sends, for the share of one peer; any text, bounded by the caller
     * @param size the declared size in bytes; exactly so many are taken
     * @throws StoreFullException if quota, free-space floor or the owner's share do not allow it; nothing is kept
     */
    Intake begin(String owner, long size) throws IOException, StoreFullException;

    /** What is held under this very key. */
    Optional<Held> find(DeliveryKey key) throws IOException;

    /**
     * What is held under the label's key, with what is claimed of it brought into agreement: anybody who has the bytes can
     * bring them again with other claims, and the first to do so must not spoil it for the rest. While it is
     * {@code ACCEPTED}, a recipient on which two differ is forgotten, and the fewer hops count.
     */
    Optional<Held> reconcile(Label claim) throws IOException;

    /** Everything under this ID and digest, whatever the claimed contents, receipts first; at most 16. */
    List<Held> findAll(TaskId id, Sha256 sha256) throws IOException;

    /** Accepted deliveries that are due at this time, the longest due first. */
    List<Held> due(Instant now, int limit) throws IOException;

    /** The sum of the sizes of all accepted deliveries, in bytes. */
    long backlog() throws IOException;

    /** How many deliveries are accepted and wait for their outcome. */
    long pending() throws IOException;

    /** The size of the largest of these in bytes, 0 if there is none. */
    long largestPending() throws IOException;

    /** Opens the stored bytes; the caller closes. */
    SeekableByteChannel payload(DeliveryKey key) throws IOException;

    /** Notes that somebody has it and when to look again: no attempt in vain. */
    void await(DeliveryKey key, Instant due, String note) throws IOException;

    /** Notes a failed attempt and when the next is due. */
    void postpone(DeliveryKey key, Instant due, String note) throws IOException;

    /**
     * Keeps the outcome, durable on return: {@code SETTLED} by a receipt, which is never replaced, {@code REFUSED} by
     * anything else, which a receipt may replace. The store does not look into the bytes.
     *
     * @param isFinal whether it is a receipt
     * @param keepPayload whether the stored bytes stay (at a backend) or have done their service (at a relay)
     * @return the outcome kept: this one, or the one that was there before
     * @throws IOException also if nothing is held under this key, or only the tombstone of a receipt
     */
    byte[] settle(DeliveryKey key, byte[] outcome, boolean isFinal, boolean keepPayload) throws IOException;

    /**
     * Turns receipts kept before {@code receiptsBefore} into tombstones and deletes payloads that were kept with them;
     * forgets refusals kept before {@code refusalsBefore}, tombstones made before {@code tombstonesBefore} and arrivals
     * last written before {@code incomingBefore}.
     */
    void expire(Instant receiptsBefore, Instant refusalsBefore, Instant tombstonesBefore, Instant incomingBefore)
            throws IOException;

    /** An arrival that is not yet a delivery. Closing it without a commit gives everything back. For one thread. */
    interface Intake extends Closeable {
        /**
         * Takes bytes.
         *
         * @throws IOException if they cannot be written, or are more than was declared
         */
        void write(byte[] bytes, int offset, int length) throws IOException;

        /** How many bytes it took. */
        long written();

        /** Ends the bytes, makes them durable and gives their digest; no more can be written. */
        Sha256 seal() throws IOException;

        /** Reads what was taken so far, from its beginning; it stays readable after a commit. The caller closes. */
        SeekableByteChannel arriving() throws IOException;

        /** Reads what was sealed, before it is committed. */
        SeekableByteChannel sealed() throws IOException;

        /**
         * Makes it a delivery, durable on return. If the same key is already {@code ACCEPTED}, {@code SETTLED} or a
         * {@code TOMBSTONE}, nothing is stored twice and what is held is returned; an outcome given settles what was only
         * accepted, and else the claims are brought into agreement ({@link #reconcile}). One that was {@code REFUSED} begins anew with these bytes, as if it had not been here before.
         *
         * @param label its digest must be the sealed one, its size the declared one
         * @param outcome kept in the same commit, if it is already known (a receipt, final)
         */
        Held commit(Label label, Optional<byte[]> outcome) throws IOException;
    }
}
