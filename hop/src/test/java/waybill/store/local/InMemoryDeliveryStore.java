package waybill.store.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.StoreFullException;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits;

/**
 * The plainest store there is, for tests: everything in memory under one lock, forgotten when the process ends. It passes
 * {@code StoreContract}, and the property tests compare the store on disk with it.
 */
public final class InMemoryDeliveryStore implements DeliveryStore {
    private final StoreLimits limits;
    private final InstantSource clock;
    private final Map<DeliveryKey, Row> rows = new LinkedHashMap<>();
    private final Map<DeliveryKey, byte[]> payloads = new HashMap<>();
    private final List<MemoryIntake> intakes = new ArrayList<>();
    private long usable = Long.MAX_VALUE / 2;

    /** An empty store. */
    public InMemoryDeliveryStore(StoreLimits limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** What the imagined filesystem has free, payloads not counted off. */
    public synchronized void setUsable(long bytes) {
        usable = bytes;
    }

    @Override
    public synchronized Intake begin(String owner, long size) throws StoreFullException {
        makeRoom(owner);
        long cost = limits.remembered().cost();
        if (pending() + intakes.size() >= limits.maxHeld() || remembered(Optional.empty()) >= limits.mostRemembered()) {
            throw new StoreFullException(Limit.COUNT);
        }
        if (bytes(Optional.empty()) + remembered(Optional.empty()) * cost + size + cost > limits.quota()) {
            throw new StoreFullException(Limit.QUOTA);
        }
        long own = bytes(Optional.of(owner)) + remembered(Optional.of(owner)) * cost;
        if (remembered(Optional.of(owner)) >= limits.mostRememberedOfOne() || own + size + cost > limits.ownBytes()) {
            throw new StoreFullException(Limit.SHARE);
        }
        long promised = (pending() + intakes.size() + 1) * cost;
        if (usable - bytes(Optional.empty()) - promised - size < limits.freeFloor()) {
            throw new StoreFullException(Limit.FREE_SPACE);
        }
        MemoryIntake intake = new MemoryIntake(owner, size);
        intakes.add(intake);
        return intake;
    }

    private void makeRoom(String owner) {
        boolean gone = true;
        while (gone && remembered(Optional.of(owner)) >= limits.mostRememberedOfOne()) {
            gone = forgetOldest(Optional.of(owner));
        }
        gone = true;
        while (gone && remembered(Optional.empty()) >= limits.mostRemembered()) {
            gone = forgetOldest(Optional.empty());
        }
    }

    private boolean forgetOldest(Optional<String> owner) {
        Instant before = clock.instant().minus(limits.remembered().least());
        for (State state : Clearance.ENDED) {
            List<Row> oldest = rows.values().stream()
                    .filter(row -> row.state() == state && row.changed().isBefore(before))
                    .filter(row -> owner.isEmpty() || row.owner().equals(owner.get()))
                    .sorted(Comparator.comparing(Row::changed))
                    .limit(Clearance.several(limits))
                    .toList();
            if (!oldest.isEmpty()) {
                oldest.forEach(row -> forget(row.key()));
                return true;
            }
        }
        return false;
    }

    private void forget(DeliveryKey key) {
        rows.remove(key);
        payloads.remove(key);
    }

    /** How many are remembered, arrivals included. */
    private long remembered(Optional<String> owner) {
        return rows.values().stream()
                        .filter(row -> owner.isEmpty() || row.owner().equals(owner.get()))
                        .count()
                + intakes.stream()
                        .filter(i -> owner.isEmpty() || i.owner.equals(owner.get()))
                        .count();
    }

    /** The bytes of payloads, held and arriving. */
    private long bytes(Optional<String> owner) {
        return rows.values().stream()
                        .filter(row ->
                                row.payload() && (owner.isEmpty() || row.owner().equals(owner.get())))
                        .mapToLong(Row::size)
                        .sum()
                + intakes.stream()
                        .filter(i -> owner.isEmpty() || i.owner.equals(owner.get()))
                        .mapToLong(i -> i.size)
                        .sum();
    }

    @Override
    public synchronized Optional<Held> find(DeliveryKey key) {
        return Optional.ofNullable(rows.get(key)).map(Row::held);
    }

    @Override
    public synchronized Optional<Held> reconcile(Label claim) {
        rows.computeIfPresent(claim.key(), (_, row) -> row.reconciled(claim));
        return find(claim.key());
    }

    @Override
    public synchronized List<Held> findAll(TaskId id, Sha256 sha256) {
        List<State> order = List.of(State.SETTLED, State.ACCEPTED, State.REFUSED, State.TOMBSTONE);
        return rows.values().stream()
                .filter(row -> row.key().id().equals(id) && row.key().sha256().equals(sha256))
                .sorted(Comparator.<Row>comparingInt(row -> order.indexOf(row.state()))
                        .thenComparing(row -> row.key().toString()))
                .limit(16)
                .map(Row::held)
                .toList();
    }

    @Override
    public synchronized List<Held> due(Instant now, int limit) {
        return rows.values().stream()
                .filter(row ->
                        row.state() == State.ACCEPTED && !row.held().due().isAfter(now))
                .sorted(Comparator.comparing(row -> row.held().due()))
                .limit(limit)
                .map(Row::held)
                .toList();
    }

    @Override
    public synchronized long backlog() {
        return rows.values().stream()
                .filter(row -> row.state() == State.ACCEPTED)
                .mapToLong(Row::size)
                .sum();
    }

    @Override
    public synchronized long largestPending() {
        return rows.values().stream()
                .filter(row -> row.state() == State.ACCEPTED)
                .mapToLong(Row::size)
                .max()
                .orElse(0);
    }

    @Override
    public synchronized long pending() {
        return rows.values().stream()
                .filter(row -> row.state() == State.ACCEPTED)
                .count();
    }

    @Override
    public synchronized SeekableByteChannel payload(DeliveryKey key) throws IOException {
        byte[] bytes = payloads.get(key);
        if (bytes == null) {
            throw new NoSuchFileException(key.toString());
        }
        return new Bytes(bytes);
    }

    @Override
    public synchronized void await(DeliveryKey key, Instant due, String note) {
        Row row = rows.get(key);
        if (row != null && row.state() == State.ACCEPTED) {
            rows.put(key, row.awaiting(due, note));
        }
    }

    @Override
    public synchronized void postpone(DeliveryKey key, Instant due, String note) {
        Row row = rows.get(key);
        if (row != null && row.state() == State.ACCEPTED) {
            rows.put(key, row.postponed(due, note));
        }
    }

    @Override
    public synchronized byte[] settle(DeliveryKey key, byte[] outcome, boolean isFinal, boolean keepPayload)
            throws IOException {
        Row row = rows.get(key);
        if (row == null || row.state() == State.TOMBSTONE) {
            throw new IOException("nothing is held under " + key);
        }
        if (row.state() == State.SETTLED || (row.state() == State.REFUSED && !isFinal)) {
            return row.held().outcome().orElseThrow();
        }
        rows.put(key, row.settled(outcome, isFinal, keepPayload, clock.instant()));
        if (!keepPayload) {
            payloads.remove(key);
        }
        return outcome;
    }

    @Override
    public synchronized void expire(
            Instant receiptsBefore, Instant refusalsBefore, Instant tombstonesBefore, Instant incomingBefore) {
        for (Row row : List.copyOf(rows.values())) {
            if (row.state() == State.SETTLED && row.changed().isBefore(receiptsBefore)) {
                rows.put(row.key(), row.tombstone(clock.instant()));
                payloads.remove(row.key());
            } else if (row.state() == State.REFUSED && row.changed().isBefore(refusalsBefore)) {
                forget(row.key());
            }
        }
        rows.values()
                .removeIf(row -> row.state() == State.TOMBSTONE && row.changed().isBefore(tombstonesBefore));
        List.copyOf(intakes).stream()
                .filter(intake -> intake.touched.isBefore(incomingBefore))
                .forEach(MemoryIntake::close);
    }

    @Override
    public synchronized void close() {
        List.copyOf(intakes).forEach(MemoryIntake::close);
    }

    private final class MemoryIntake implements Intake {
        private final String owner;
        private final long size;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Instant touched = clock.instant();
        private boolean sealed;
        private boolean ended;

        MemoryIntake(String owner, long size) {
            this.owner = owner;
            this.size = size;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            synchronized (InMemoryDeliveryStore.this) {
                open(false);
                if (length > size - bytes.size()) {
                    throw new IOException("more bytes than declared");
                }
                bytes.write(from, offset, length);
                touched = clock.instant();
            }
        }

        @Override
        public long written() {
            synchronized (InMemoryDeliveryStore.this) {
                return bytes.size();
            }
        }

        @Override
        public Sha256 seal() throws IOException {
            synchronized (InMemoryDeliveryStore.this) {
                open(sealed);
                if (bytes.size() < size) {
                    throw new IOException("fewer bytes than declared");
                }
                sealed = true;
                touched = clock.instant();
                return Sha256.of(bytes.toByteArray());
            }
        }

        @Override
        public SeekableByteChannel arriving() throws IOException {
            synchronized (InMemoryDeliveryStore.this) {
                if (ended) {
                    throw new IOException("this arrival is over");
                }
                return new Bytes(bytes::toByteArray);
            }
        }

        @Override
        public SeekableByteChannel sealed() throws IOException {
            synchronized (InMemoryDeliveryStore.this) {
                open(true);
                return new Bytes(bytes.toByteArray());
            }
        }

        @Override
        public Held commit(Label label, Optional<byte[]> outcome) throws IOException {
            synchronized (InMemoryDeliveryStore.this) {
                open(true);
                DeliveryKey key = label.key();
                if (!key.sha256().equals(Sha256.of(bytes.toByteArray())) || label.size() != size) {
                    throw new IllegalArgumentException("the label is not that of the bytes sealed");
                }
                close();
                Row row = rows.get(key);
                if (row == null || row.state() == State.REFUSED) {
                    rows.remove(key);
                    row = Row.accepted(label, owner, clock.instant(), "");
                    payloads.put(key, bytes.toByteArray());
                }
                if (row.state() == State.ACCEPTED && outcome.isPresent()) {
                    row = row.settled(outcome.get(), true, true, clock.instant());
                }
                rows.put(key, row);
                return row.held();
            }
        }

        @Override
        public void close() {
            synchronized (InMemoryDeliveryStore.this) {
                ended = true;
                intakes.remove(this);
            }
        }

        private void open(boolean asSealed) throws IOException {
            if (ended || sealed != asSealed) {
                throw new IOException("this arrival is over, sealed, or not sealed yet");
            }
        }
    }

    /** Bytes of which more may come. */
    private static final class Bytes implements SeekableByteChannel {
        private final Supplier<byte[]> source;
        private int position;
        private boolean closed;

        Bytes(byte[] bytes) {
            this(() -> bytes);
        }

        Bytes(Supplier<byte[]> source) {
            this.source = source;
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            if (closed) {
                throw new ClosedChannelException();
            }
            byte[] bytes = source.get();
            if (position >= bytes.length) {
                return -1;
            }
            int length = Math.min(to.remaining(), bytes.length - position);
            to.put(bytes, position, length);
            position += length;
            return length;
        }

        @Override
        public int write(ByteBuffer from) {
            throw new NonWritableChannelException();
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long to) {
            position = (int) to;
            return this;
        }

        @Override
        public long size() {
            return source.get().length;
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new NonWritableChannelException();
        }

        @Override
        public boolean isOpen() {
            return !closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
