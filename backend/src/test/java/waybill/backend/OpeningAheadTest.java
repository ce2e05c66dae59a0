package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService;
import waybill.parcel.AgeKeys;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;
import waybill.store.local.InMemoryDeliveryStore;
import waybill.store.local.LocalDeliveryStore;

@Timeout(60)
class OpeningAheadTest {
    private static final int SIZE = 2 << 20;
    private static final TaskId ID = TaskId.parse("019a8c1e-7b2a-7c3d-8e4f-0123456789ab");

    private final AgeKeys identity = AgeKeys.generate();
    private final Opener opener = new Opener(2);
    private Sealed sealed;

    @BeforeEach
    void seal() throws Exception {
        sealed = Sealed.of(ID, "0123456789abcdef".repeat(SIZE / 16), identity.recipient());
    }

    /** An arrival in memory; what is not written yet reads as zeros, which nobody must see. */
    private static final class Coming implements DeliveryStore.Intake {
        private final byte[] bytes;
        private int written;
        private int readers;
        private final CountDownLatch half = new CountDownLatch(1);
        /** The second half can be read when this is open. */
        private CountDownLatch slow = new CountDownLatch(0);

        private boolean unreadable;
        private volatile long reached;

        Coming(int size) {
            bytes = new byte[size];
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            System.arraycopy(from, offset, bytes, written, length);
            written += length;
        }

        @Override
        public long written() {
            return written;
        }

        @Override
        public Sha256 seal() {
            return Sha256.of(bytes);
        }

        @Override
        public SeekableByteChannel arriving() throws IOException {
            if (unreadable) {
                throw new IOException("too many open files");
            }
            readers++;
            return new SeekableInMemoryByteChannel(bytes) {
                @Override
                public int read(ByteBuffer to) throws IOException {
                    int count = super.read(to);
                    reached = position();
                    if (position() >= bytes.length / 2) {
                        half.countDown();
                        awaitSlow();
                    }
                    return count;
                }
            };
        }

        private void awaitSlow() throws IOException {
            try {
                slow.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public SeekableByteChannel sealed() {
            throw new AssertionError("it is not opened again");
        }

        @Override
        public DeliveryStore.Held commit(DeliveryStore.Label label, Optional<byte[]> outcome) {
            throw new AssertionError("not the opener's business");
        }

        @Override
        public void close() {}
    }

    private OpeningAhead ahead(Coming coming, List<AgeKeys> identities) {
        return new OpeningAhead(opener, Optional.empty(), identities, coming, coming.bytes.length);
    }

    /** Brings so much more of these bytes. */
    private static void bring(byte[] bytes, int upTo, Coming coming, OpeningAhead ahead) throws IOException {
        while (coming.written < upTo) {
            coming.write(bytes, coming.written, Math.min(10_000, upTo - coming.written));
            ahead.written(coming.written);
        }
    }

    /** When somebody else can have the turn. */
    private void awaitTurn() {
        Optional<Runnable> turn = opener.ahead();
        while (turn.isEmpty()) {
            Thread.onSpinWait();
            turn = opener.ahead();
        }
        turn.get().run();
    }

    @Test
    void a_large_parcel_is_opened_while_it_arrives() throws Exception {
        byte[] bytes = sealed.bytes();
        Coming coming = new Coming(bytes.length);
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(bytes, bytes.length * 3 / 4, coming, ahead);
            coming.half.await();
            assertThat(opener.ahead()).as("the one turn is taken").isEmpty();

            bring(bytes, bytes.length, coming, ahead);

            assertThat(ahead.found(sealed.key()))
                    .contains(new Opener.Finding.Sound(
                            true, Optional.of(sealed.contents()), Optional.of(identity.recipient())));
        }
        awaitTurn();
    }

    @Test
    void what_was_opened_is_held_against_the_key_that_was_sealed() throws Exception {
        byte[] bytes = sealed.bytes();
        Coming coming = new Coming(bytes.length);
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(bytes, bytes.length, coming, ahead);

            assertThat(ahead.found(sealed.key().withContents(Sha256.of(new byte[1]))))
                    .as("other contents were claimed: that is found again, and refused")
                    .isEmpty();
        }
    }

    @Test
    void what_breaks_off_gives_the_turn_back() throws Exception {
        Coming coming = new Coming(sealed.bytes().length);
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(sealed.bytes(), sealed.bytes().length * 3 / 4, coming, ahead);
            coming.half.await();
        }
        awaitTurn();
    }

    @Test
    void what_is_over_is_not_opened_to_its_end() throws Exception {
        Coming coming = new Coming(sealed.bytes().length);
        coming.slow = new CountDownLatch(1);
        OpeningAhead ahead = ahead(coming, List.of(identity));
        bring(sealed.bytes(), sealed.bytes().length, coming, ahead);
        coming.half.await();

        ahead.close();
        coming.slow.countDown();

        awaitTurn();
        assertThat(coming.reached).as("the digest was another, for example").isLessThan(sealed.bytes().length);
    }

    @Test
    void without_a_file_to_read_it_is_opened_when_it_is_here() throws Exception {
        Coming coming = new Coming(sealed.bytes().length);
        coming.unreadable = true;
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(sealed.bytes(), sealed.bytes().length, coming, ahead);
            assertThat(ahead.found(sealed.key())).isEmpty();
        }
        assertThat(opener.ahead()).as("the turn is given back").isPresent();
    }

    @Test
    void what_is_wrong_with_it_is_left_to_whoever_sees_all_of_it() throws Exception {
        byte[] damaged = sealed.bytes().clone();
        damaged[damaged.length / 2] ^= 1;
        Coming coming = new Coming(damaged.length);
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(damaged, damaged.length, coming, ahead);
            assertThat(ahead.found(sealed.key())).isEmpty();
        }
        awaitTurn();
    }

    @Test
    void without_a_turn_nothing_is_begun() throws Exception {
        Runnable taken = opener.ahead().orElseThrow();
        Coming coming = new Coming(sealed.bytes().length);
        try (OpeningAhead ahead = ahead(coming, List.of(identity))) {
            bring(sealed.bytes(), sealed.bytes().length, coming, ahead);
            assertThat(ahead.found(sealed.key())).isEmpty();
        }
        assertThat(coming.readers).isZero();
        taken.run();
    }

    @Test
    void the_turns_ahead_leave_some_for_what_is_here() throws Exception {
        Runnable ahead = opener.ahead().orElseThrow();
        assertThat(opener.ahead()).isEmpty();
        assertThat(opener.look(
                        sealed.key(),
                        Optional.empty(),
                        List.of(identity),
                        new SeekableInMemoryByteChannel(sealed.bytes())))
                .isInstanceOf(Opener.Finding.Sound.class);
        ahead.run();
        assertThat(opener.ahead()).isPresent();
    }

    @Test
    void who_brings_little_or_announces_little_or_cannot_be_opened_takes_no_turn() throws Exception {
        Coming large = new Coming(sealed.bytes().length);
        try (OpeningAhead ahead = ahead(large, List.of(identity))) {
            bring(sealed.bytes(), (int) OpeningAhead.BEGUN - 1, large, ahead);
        }
        Coming small = new Coming((int) OpeningAhead.LEAST - 1);
        try (OpeningAhead ahead = ahead(small, List.of(identity))) {
            bring(sealed.bytes(), small.bytes.length, small, ahead);
            assertThat(ahead.found(sealed.key())).isEmpty();
        }
        Coming closed = new Coming(sealed.bytes().length);
        try (OpeningAhead ahead = ahead(closed, List.of())) {
            bring(sealed.bytes(), closed.bytes.length, closed, ahead);
            assertThat(ahead.found(sealed.key())).isEmpty();
        }
        assertThat(List.of(large.readers, small.readers, closed.readers)).containsOnly(0);
        assertThat(opener.ahead()).isPresent();
    }

    @Test
    void the_intake_signs_by_what_was_found_ahead(@TempDir Path temporary) throws Exception {
        TestClock clock = new TestClock();
        InMemoryDeliveryStore store = new InMemoryDeliveryStore(
                new StoreLimits(100 << 20, 0, 1, 10, new StoreLimits.Remembered(0, 1, Upkeep.RETENTION)), clock);
        DeliveryStore watched = with(
                DeliveryStore.class,
                store,
                "begin",
                begun -> with(DeliveryStore.Intake.class, (DeliveryStore.Intake) begun, "sealed", _ -> {
                    throw new AssertionError("it is opened again");
                }));
        try (Bench bench = new Bench(temporary.resolve("backend"), clock, false)) {
            Intake intake = new Intake(Bench.URL, 10 << 20, bench.keys, watched, clock);
            Sealed large = bench.seal("0123456789abcdef".repeat(SIZE / 16));

            byte[] receipt = ((HopService.Answer.Done) intake.deliver(Bench.arrival(large))).receipt();

            Packet.Receipt packet = (Packet.Receipt) bench.verified(receipt, large.key(), large.bytes().length);
            assertThat(packet.opened()).isTrue();
            assertThat(packet.contents()).contains(large.contents());
        }
    }

    @Test
    void no_receipt_says_of_large_bytes_what_they_are_not(@TempDir Path temporary) throws Exception {
        TestClock clock = new TestClock();
        StoreLimits limits = new StoreLimits(100 << 20, 0, 1, 100, new StoreLimits.Remembered(0, 1, Upkeep.RETENTION));
        try (Bench bench = new Bench(temporary.resolve("backend"), clock, false);
                LocalDeliveryStore store = new LocalDeliveryStore(temporary.resolve("large"), limits, clock)) {
            Intake intake = new Intake(Bench.URL, 10 << 20, bench.keys, store, clock);
            Sealed good = bench.seal("0123456789abcdef".repeat(SIZE / 16));
            Sealed other = bench.seal("fedcba9876543210".repeat(SIZE / 16));
            byte[] longer = Arrays.copyOf(good.bytes(), good.bytes().length + 1);
            byte[] cut = Arrays.copyOf(good.bytes(), good.bytes().length - 1);
            byte[] damaged = good.bytes().clone();
            damaged[damaged.length - 1] ^= 1;

            DeliveryKey othersId = new DeliveryKey(other.id(), good.sha256(), Optional.of(good.contents()));
            DeliveryKey othersContents = good.key().withContents(other.contents());
            assertRefused(intake, Problem.BAD_CONTENTS, othersId, good.bytes());
            assertRefused(intake, Problem.BAD_CONTENTS, othersContents, good.bytes());
            for (byte[] bytes : List.of(longer, cut, damaged)) {
                assertRefused(intake, Problem.CANNOT_OPEN, DeliveryKey.of(good.id(), Sha256.of(bytes)), bytes);
                assertRefused(intake, Problem.DIGEST_MISMATCH, good.key(), bytes);
            }

            assertThat(intake.deliver(Bench.arrival(good))).isInstanceOf(HopService.Answer.Done.class);
            assertThat(intake.deliver(Bench.withDigest(Bench.arrival(other), Optional.empty())))
                    .isInstanceOf(HopService.Answer.Done.class);
        }
    }

    private static void assertRefused(Intake intake, Problem problem, DeliveryKey key, byte[] bytes) {
        assertThatThrownBy(() -> intake.deliver(Bench.arrival(key, Optional.empty(), bytes)))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    /** The same, but for what this method gives. */
    private static <T> T with(Class<T> type, T target, String method, UnaryOperator<Object> change) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, called, arguments) -> {
                    Object result = called.invoke(target, arguments);
                    return called.getName().equals(method) ? change.apply(result) : result;
                }));
    }
}
