package waybill.store.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.DirectoryInUseException;
import waybill.store.DurableFiles;
import waybill.store.LockedDirectory;
import waybill.store.StoreFullException;
import waybill.store.StoreLimits;

/**
 * A store on a local disk: payloads are files, what is known of them is an index in SQLite, whose commit is the moment
 * from which a delivery is held. The index can be rebuilt from the files. One process at a time runs on a directory.
 *
 * <p>How an arrival becomes durable, each step finished before the next begins:
 *
 * <ol>
 *   <li>its bytes are hashed and written to {@code incoming/};
 *   <li>the file is synced;
 *   <li>it is renamed into {@code upload/}, to the name of its key;
 *   <li>that folder is synced;
 *   <li>its record is committed to the index, synced by SQLite;
 *   <li>the caller hears of it, and may acknowledge.
 * </ol>
 *
 * <p>After a crash between 3 and 5 the file has no record: nobody was told of it, and it is taken over at the next start
 * as if it had just come. Safe for use by several threads, virtual ones included.
 */
public final class LocalDeliveryStore implements DeliveryStore {
    /** The largest outcome kept, in bytes. */
    public static final int MAX_OUTCOME = 64 * 1024;

    private final StoreFiles files;
    private final InstantSource clock;
    private final Disk disk;
    private final LockedDirectory directory;
    private final Space space;
    private final Ledger ledger;
    private final Database database;
    private final Set<LocalIntake> intakes = ConcurrentHashMap.newKeySet();
    private final Clearance clearance;
    private final KeyLocks locks = new KeyLocks();

    /**
     * Opens the store in a directory, created if need be; finds and repairs what a crash has left.
     *
     * @param clock tells when things were accepted and settled, to the millisecond
     * @throws DirectoryInUseException if another process runs on it
     */
    public LocalDeliveryStore(Path root, StoreLimits limits, InstantSource clock) throws IOException {
        this(root, limits, clock, new Disk());
    }

    LocalDeliveryStore(Path root, StoreLimits limits, InstantSource clock, Disk disk) throws IOException {
        this.clock = clock;
        this.disk = disk;
        this.files = new StoreFiles(root, disk);
        this.ledger = new Ledger(limits);
        DurableFiles.directory(root, true);
        this.directory = LockedDirectory.lock(root);
        boolean opened = false;
        try {
            this.space = new Space(root, disk);
            Records records = new Recovery(files, disk, now()).open(ledger);
            this.database = new Database(files.index(), records, disk);
            this.clearance = new Clearance(files, database, ledger, locks, limits);
            opened = true;
        } catch (SQLException e) {
            throw new IOException("the index " + files.index() + ": " + e.getMessage(), e);
        } finally {
            if (!opened) {
                directory.close();
            }
        }
    }

    @Override
    public Intake begin(String owner, long size) throws IOException, StoreFullException {
        if (size < 0) {
            throw new IllegalArgumentException("a size below 0");
        }
        space.orFull(() -> clearance.makeRoom(owner, now()));
        Ledger.Reservation reservation = ledger.reserve(owner, size, space.usable());
        Path file = files.newArrival();
        boolean created = false;
        try {
            FileChannel channel = create(file);
            LocalIntake intake = new LocalIntake(this, disk, ledger, reservation, file, channel, now());
            intakes.add(intake);
            created = true;
            return intake;
        } finally {
            if (!created) {
                ledger.refund(reservation, 0);
            }
        }
    }

    private FileChannel create(Path file) throws IOException {
        try {
            return disk.create(file);
        } catch (IOException e) {
            throw space.fullOr(e);
        }
    }

    /** Steps 3 to 5; the intake has done those before. */
    Held accept(LocalIntake intake, Label label, Optional<byte[]> outcome) throws IOException {
        outcome.ifPresent(LocalDeliveryStore::bounded);
        DeliveryKey key = label.key();
        try (KeyLocks.Taken _ = locks.take(key)) {
            Optional<Row> before = row(key);
            if (before.isPresent() && before.get().state() != State.REFUSED) {
                // Held already: nothing is stored twice, the room goes back.
                intake.close();
                Row held = before.get();
                return held.state() == State.ACCEPTED && outcome.isPresent()
                        ? settle(held, outcome.get(), true, true).held()
                        : reconcile(held, label).held();
            }
            Instant now = now();
            Row fresh = Row.accepted(label, intake.reservation().owner(), now, "");
            Row after = outcome.map(o -> fresh.settled(o, true, true, now)).orElse(fresh);
            space.orFull(() -> keep(intake, before, after));
            before.flatMap(row -> row.held().outcome()).ifPresent(refusal -> files.dropCopy(key, false, refusal));
            outcome.ifPresent(receipt -> files.keepCopy(key, true, receipt));
            return after.held();
        }
    }

    private void keep(LocalIntake intake, Optional<Row> before, Row after) throws IOException {
        files.describe(intake.file(), after.held().label(), after.owner());
        Path payload = files.placeForPayload(after.key());
        boolean certain = true;
        boolean kept = false;
        try {
            // Durable, step 3: its name. That it is gone from incoming/ need not be durable: orphans there are deleted.
            disk.rename(intake.file(), payload);
            // Durable, step 4: the name is on the disk. A record without a file could not be put right any more.
            disk.syncDirectory(DurableFiles.parentOf(payload));
            // Durable, step 5: the record. From here on it is held, whatever happens.
            database.keep(List.of(after), List.of());
            kept = true;
        } catch (Database.UncertainException e) {
            // The record may be there after all, and then its file must be too: it stays, and its room with it, until
            // the next start sees what is true.
            certain = false;
            throw e;
        } finally {
            if (kept) {
                intake.end();
                ledger.turn(intake.reservation(), before, Optional.of(after));
            } else if (certain) {
                // Whether the rename happened or not, neither name stays; unless a refused delivery's bytes, the
                // same ones, were there before.
                if (before.isEmpty() || !before.get().payload()) {
                    files.deleteQuietly(payload);
                }
                intake.close();
            } else {
                intake.end();
            }
        }
    }

    @Override
    public Optional<Held> find(DeliveryKey key) throws IOException {
        return row(key).map(Row::held);
    }

    @Override
    public Optional<Held> reconcile(Label claim) throws IOException {
        try (KeyLocks.Taken _ = locks.take(claim.key())) {
            Optional<Row> before = row(claim.key());
            return before.isEmpty()
                    ? Optional.empty()
                    : Optional.of(reconcile(before.get(), claim).held());
        }
    }

    /** Under the key's lock. */
    private Row reconcile(Row before, Label claim) throws IOException {
        Row after = before.reconciled(claim);
        if (!after.equals(before)) {
            change(Optional.of(before), Optional.of(after));
        }
        return after;
    }

    @Override
    public List<Held> findAll(TaskId id, Sha256 sha256) throws IOException {
        return database.read(records -> held(records.findAll(id, sha256)));
    }

    @Override
    public List<Held> due(Instant now, int limit) throws IOException {
        return database.read(records -> held(records.due(now, limit)));
    }

    @Override
    public long backlog() {
        return ledger.pendingBytes();
    }

    @Override
    public long pending() {
        return ledger.pending();
    }

    @Override
    public long largestPending() throws IOException {
        return database.read(Records::largestPending);
    }

    @Override
    public SeekableByteChannel payload(DeliveryKey key) throws IOException {
        return files.open(files.payload(key));
    }

    @Override
    public void await(DeliveryKey key, Instant due, String note) throws IOException {
        changeAccepted(key, row -> row.awaiting(due, note));
    }

    @Override
    public void postpone(DeliveryKey key, Instant due, String note) throws IOException {
        changeAccepted(key, row -> row.postponed(due, note));
    }

    private void changeAccepted(DeliveryKey key, UnaryOperator<Row> how) throws IOException {
        try (KeyLocks.Taken _ = locks.take(key)) {
            Optional<Row> before = row(key);
            if (before.isPresent() && before.get().state() == State.ACCEPTED) {
                change(before, Optional.of(how.apply(before.get())));
            }
        }
    }

    @Override
    public byte[] settle(DeliveryKey key, byte[] outcome, boolean isFinal, boolean keepPayload) throws IOException {
        bounded(outcome);
        try (KeyLocks.Taken _ = locks.take(key)) {
            Row before = row(key).orElseThrow(() -> new IOException("nothing is held under " + key));
            if (before.state() == State.SETTLED || (before.state() == State.REFUSED && !isFinal)) {
                return before.held().outcome().orElseThrow();
            }
            if (before.state() == State.TOMBSTONE) {
                throw new IOException("only a tombstone is left of " + key);
            }
            settle(before, outcome, isFinal, keepPayload);
            return outcome;
        }
    }

    /** Under the key's lock. */
    private Row settle(Row before, byte[] outcome, boolean isFinal, boolean keepPayload) throws IOException {
        Row after = before.settled(outcome, isFinal, keepPayload, now());
        // The outcome is on the disk before the payload it speaks of goes. A crash in between is seen at the next
        // start.
        change(Optional.of(before), Optional.of(after));
        if (before.payload() && !after.payload()) {
            files.deleteQuietly(files.payload(before.key()));
        }
        before.held().outcome().ifPresent(refusal -> files.dropCopy(before.key(), false, refusal));
        files.keepCopy(before.key(), isFinal, outcome);
        return after;
    }

    @Override
    public void expire(Instant receiptsBefore, Instant refusalsBefore, Instant tombstonesBefore, Instant incomingBefore)
            throws IOException {
        clearance.expire(receiptsBefore, refusalsBefore, tombstonesBefore, now());
        intakes.forEach(intake -> intake.closeIfStale(incomingBefore));
        database.shrink();
    }

    /** Ends what is under way and lets go of the directory. */
    @Override
    public void close() throws IOException {
        intakes.forEach(LocalIntake::close);
        database.close();
        directory.close();
    }

    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    StoreFiles files() {
        return files;
    }

    Space space() {
        return space;
    }

    Ledger ledger() {
        return ledger;
    }

    void forget(LocalIntake intake) {
        intakes.remove(intake);
    }

    private Optional<Row> row(DeliveryKey key) throws IOException {
        return database.read(records -> records.find(key));
    }

    /** Under the key's lock: the record and the ledger change together. */
    private void change(Optional<Row> before, Optional<Row> after) throws IOException {
        DeliveryKey key = after.or(() -> before).orElseThrow().key();
        try {
            database.keep(after.map(List::of).orElse(List.of()), after.isPresent() ? List.of() : List.of(key));
        } catch (Database.UncertainException e) {
            // Both are good states of it; the ledger follows the one that others see.
            try {
                ledger.change(before, row(key));
            } catch (IOException unreadable) {
                e.addSuppressed(unreadable);
            }
            throw e;
        }
        ledger.change(before, after);
    }

    private static List<Held> held(List<Row> rows) {
        return rows.stream().map(Row::held).toList();
    }

    private static void bounded(byte[] outcome) {
        if (outcome.length > MAX_OUTCOME) {
            throw new IllegalArgumentException("an outcome of " + outcome.length + " bytes");
        }
    }
}
