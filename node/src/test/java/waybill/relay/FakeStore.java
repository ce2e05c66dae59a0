package waybill.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.jspecify.annotations.Nullable;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.StoreFullException;

/** The store's contract in memory, with switches to make it fail. It outlives the relay that uses it, like a disk. */
class FakeStore implements DeliveryStore {
    private final InstantSource clock;
    final Map<DeliveryKey, Held> held = new LinkedHashMap<>();
    final Map<DeliveryKey, byte[]> payloads = new HashMap<>();
    StoreFullException.@Nullable Limit full;
    boolean broken;
    int reserved;

    FakeStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Intake begin(String owner, long size) throws StoreFullException {
        if (full != null) {
            throw new StoreFullException(full);
        }
        reserved++;
        return new FakeIntake(size);
    }

    @Override
    public synchronized Optional<Held> find(DeliveryKey key) {
        return Optional.ofNullable(held.get(key));
    }

    @Override
    public synchronized Optional<Held> reconcile(Label claim) {
        held.computeIfPresent(claim.key(), (k, old) -> {
            Label label = old.label();
            Label agreed = new Label(
                    k,
                    label.size(),
                    label.recipient().equals(claim.recipient()) ? label.recipient() : Optional.empty(),
                    Math.min(label.hops(), claim.hops()));
            return old.state() == State.ACCEPTED
                    ? new Held(
                            agreed, old.state(), old.accepted(), old.attempts(), old.due(), old.note(), old.outcome())
                    : old;
        });
        return find(claim.key());
    }

    @Override
    public synchronized List<Held> findAll(TaskId id, Sha256 sha256) {
        return held.values().stream()
                .filter(one -> one.label().key().id().equals(id)
                        && one.label().key().sha256().equals(sha256))
                .toList();
    }

    @Override
    public synchronized List<Held> due(Instant now, int limit) {
        return held.values().stream()
                .filter(one -> one.state() == State.ACCEPTED && !one.due().isAfter(now))
                .sorted(Comparator.comparing(Held::due))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long backlog() {
        return held.values().stream()
                .filter(one -> one.state() == State.ACCEPTED)
                .mapToLong(one -> one.label().size())
                .sum();
    }

    @Override
    public synchronized long pending() {
        return held.values().stream()
                .filter(one -> one.state() == State.ACCEPTED)
                .count();
    }

    @Override
    public synchronized long largestPending() {
        return held.values().stream()
                .filter(one -> one.state() == State.ACCEPTED)
                .mapToLong(one -> one.label().size())
                .max()
                .orElse(0);
    }

    @Override
    public synchronized SeekableByteChannel payload(DeliveryKey key) throws IOException {
        byte[] bytes = payloads.get(key);
        if (bytes == null) {
            throw new NoSuchFileException(key.toString());
        }
        return new SeekableInMemoryByteChannel(bytes.clone());
    }

    @Override
    public synchronized void await(DeliveryKey key, Instant due, String note) throws IOException {
        check();
        held.computeIfPresent(
                key,
                (k, old) ->
                        new Held(old.label(), old.state(), old.accepted(), old.attempts(), due, note, old.outcome()));
    }

    @Override
    public synchronized void postpone(DeliveryKey key, Instant due, String note) throws IOException {
        check();
        held.computeIfPresent(
                key,
                (k, old) -> new Held(
                        old.label(), old.state(), old.accepted(), old.attempts() + 1, due, note, old.outcome()));
    }

    @Override
    public synchronized byte[] settle(DeliveryKey key, byte[] outcome, boolean isFinal, boolean keepPayload)
            throws IOException {
        check();
        Held old = held.get(key);
        if (old == null) {
            throw new IOException("nothing held under " + key);
        }
        if (old.state() == State.SETTLED) {
            return old.outcome().orElseThrow();
        }
        put(old, isFinal ? State.SETTLED : State.REFUSED, Optional.of(outcome));
        if (!keepPayload) {
            payloads.remove(key);
        }
        return outcome;
    }

    @Override
    public void expire(Instant receiptsBefore, Instant refusalsBefore, Instant tombstonesBefore, Instant incomingBefore)
            throws IOException {
        throw new UnsupportedOperationException("not the subject here");
    }

    @Override
    public void close() {}

    synchronized Held only() {
        if (held.size() != 1) {
            throw new AssertionError("held: " + held.keySet());
        }
        return held.values().iterator().next();
    }

    synchronized void becomeTombstone(DeliveryKey key) {
        put(Objects.requireNonNull(held.get(key)), State.TOMBSTONE, Optional.empty());
    }

    private void put(Held old, State state, Optional<byte[]> outcome) {
        held.put(
                old.label().key(),
                new Held(old.label(), state, old.accepted(), old.attempts(), old.due(), old.note(), outcome));
    }

    private void check() throws IOException {
        if (broken) {
            throw new IOException("No space left on device");
        }
    }

    /** Reads bytes of which more may come. */
    private static final class Growing extends SeekableInMemoryByteChannel {
        private final Supplier<byte[]> source;

        private Growing(Supplier<byte[]> source) {
            this.source = source;
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            try (SeekableInMemoryByteChannel now = new SeekableInMemoryByteChannel(source.get())) {
                int count = now.position(position()).read(to);
                position(now.position());
                return count;
            }
        }
    }

    private final class FakeIntake implements Intake {
        private final long size;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        private FakeIntake(long size) {
            this.size = size;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (bytes.size() + length > size) {
                throw new IOException("more than was declared");
            }
            bytes.write(from, offset, length);
        }

        @Override
        public long written() {
            return bytes.size();
        }

        @Override
        public Sha256 seal() {
            return Sha256.of(bytes.toByteArray());
        }

        @Override
        public SeekableByteChannel arriving() {
            return new Growing(bytes::toByteArray);
        }

        @Override
        public SeekableByteChannel sealed() {
            return new SeekableInMemoryByteChannel(bytes.toByteArray());
        }

        @Override
        public Held commit(Label label, Optional<byte[]> outcome) {
            synchronized (FakeStore.this) {
                Held old = held.get(label.key());
                if (old == null || old.state() == State.REFUSED) {
                    Instant now = clock.instant();
                    held.put(label.key(), new Held(label, State.ACCEPTED, now, 0, now, "", Optional.empty()));
                    payloads.put(label.key(), bytes.toByteArray());
                }
                return Objects.requireNonNull(held.get(label.key()));
            }
        }

        @Override
        public void close() {
            synchronized (FakeStore.this) {
                reserved--;
            }
        }
    }
}
