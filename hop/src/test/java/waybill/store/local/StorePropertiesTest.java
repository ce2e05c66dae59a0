package waybill.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.Goods;
import waybill.store.StoreFullException;
import waybill.store.StoreLimits;
import waybill.store.TestClock;

/** Whatever is done to it, in whatever order, the store on disk does as the plainest one in memory. */
class StorePropertiesTest {
    private static final StoreLimits LIMITS =
            new StoreLimits(400, 0, 0.7, 4, new StoreLimits.Remembered(10, 0.15, Duration.ofSeconds(2)));

    /** One thing done to a store; which delivery, a number to make more of, and a yes or no. */
    record Deed(What what, int which, int number, boolean yes) {}

    enum What {
        ACCEPT,
        ACCEPT_WITH_RECEIPT,
        BEGIN,
        END,
        SETTLE,
        POSTPONE,
        EXPIRE,
        WAIT,
        RESTART,
        CRASH
    }

    @Provide
    Arbitrary<List<Deed>> lives() {
        Arbitrary<Deed> deed = Combinators.combine(
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(5, Arbitraries.just(What.ACCEPT)),
                                net.jqwik.api.Tuple.of(12, Arbitraries.of(What.class))),
                        Arbitraries.integers().between(0, 4),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(true, false))
                .as(Deed::new);
        return deed.list().ofMinSize(5).ofMaxSize(40);
    }

    @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED)
    void theStoreOnDiskDoesAsTheOneInMemory(@ForAll("lives") List<Deed> life) throws Exception {
        Path root = new MemoryTempDir().create();
        TestClock clock = new TestClock();
        InMemoryDeliveryStore model = new InMemoryDeliveryStore(LIMITS, clock);
        Subject subject = new Subject(root, clock);
        List<Intake> modelArrivals = new ArrayList<>();
        try {
            for (Deed deed : life) {
                String expected = outcome(model, modelArrivals, deed, clock);
                switch (deed.what()) {
                    case RESTART, CRASH -> {
                        modelArrivals.forEach(StorePropertiesTest::close);
                        modelArrivals.clear();
                        subject.restart(deed.what() == What.CRASH);
                    }
                    default ->
                        assertThat(outcome(subject.store, subject.arrivals, deed, clock))
                                .as(deed.toString())
                                .isEqualTo(expected);
                }
                if (deed.what() == What.WAIT) {
                    clock.advance(Duration.ofSeconds(1 + deed.number()));
                }
                assertThat(everything(subject.store, clock)).as("after " + deed).isEqualTo(everything(model, clock));
            }
        } finally {
            subject.store.close();
            delete(root);
        }
    }

    /** The store under test and what goes on in it. */
    private static final class Subject {
        private final Path root;
        private final TestClock clock;
        private final List<Intake> arrivals = new ArrayList<>();
        private FaultyDisk disk = new FaultyDisk();
        private LocalDeliveryStore store;

        Subject(Path root, TestClock clock) throws IOException {
            this.root = root;
            this.clock = clock;
            store = new LocalDeliveryStore(root, LIMITS, clock, disk);
        }

        void restart(boolean crash) throws IOException {
            if (crash) {
                disk.kill();
            }
            store.close();
            if (crash) {
                disk.cutPower();
            }
            arrivals.clear();
            disk = new FaultyDisk();
            store = new LocalDeliveryStore(root, LIMITS, clock, disk);
        }
    }

    /** Does it, and says what came of it. */
    private static String outcome(DeliveryStore store, List<Intake> arrivals, Deed deed, TestClock clock)
            throws Exception {
        DeliveryKey key = key(deed.which());
        byte[] body = body(deed.which());
        Instant now = clock.instant();
        try {
            return switch (deed.what()) {
                case ACCEPT -> accept(store, deed, Optional.empty());
                case ACCEPT_WITH_RECEIPT -> accept(store, deed, Optional.of(cms(deed)));
                case BEGIN -> {
                    Intake intake = store.begin("owner " + deed.number(), body.length);
                    intake.write(body, 0, body.length / 2);
                    arrivals.add(intake);
                    yield "begun";
                }
                case END -> {
                    if (!arrivals.isEmpty()) {
                        arrivals.removeFirst().close();
                    }
                    yield "ended";
                }
                case SETTLE -> hex(store.settle(key, cms(deed), deed.number() > 1, deed.yes()));
                case POSTPONE -> {
                    store.postpone(key, now.plusSeconds(deed.number() - 1), "note " + deed.number());
                    yield "postponed";
                }
                case EXPIRE -> {
                    store.expire(
                            now.minusSeconds(deed.number()),
                            now.minusSeconds(deed.which()),
                            now.minusSeconds(3 - deed.number()),
                            now.minusSeconds(deed.yes() ? 0 : 5));
                    yield "expired";
                }
                case WAIT, RESTART, CRASH -> "";
            };
        } catch (StoreFullException e) {
            return "full: " + e.limit();
        } catch (IOException e) {
            return "no";
        }
    }

    private static String accept(DeliveryStore store, Deed deed, Optional<byte[]> outcome) throws Exception {
        byte[] body = body(deed.which());
        return describe(Goods.accept(store, "owner " + deed.number(), label(deed), body, outcome));
    }

    /** All that can be asked of a store. */
    private static String everything(DeliveryStore store, TestClock clock) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(store.pending()).append(' ').append(store.backlog()).append('\n');
        for (int i = 0; i < 5; i++) {
            DeliveryKey key = key(i);
            text.append(store.find(key).map(StorePropertiesTest::describe).orElse("nothing"));
            text.append(payload(store, key)).append('\n');
            store.findAll(key.id(), key.sha256())
                    .forEach(
                            held -> text.append("  ").append(held.label().key()).append('\n'));
        }
        // Of those due at the same moment, whichever comes first.
        store.due(clock.instant().plusSeconds(1), 10).stream()
                .map(held -> held.due() + " " + held.label().key())
                .sorted()
                .forEach(line -> text.append(line).append('\n'));
        for (BiFunction<DeliveryStore, Integer, String> probe : List.<BiFunction<DeliveryStore, Integer, String>>of(
                (s, size) -> room(s, "owner 0", size), (s, size) -> room(s, "nobody", size))) {
            for (int size = 0; size <= 400; size += 50) {
                text.append(probe.apply(store, size)).append(' ');
            }
        }
        return text.toString();
    }

    private static String room(DeliveryStore store, String owner, int size) {
        try {
            store.begin(owner, size).close();
            return "yes";
        } catch (StoreFullException e) {
            return e.limit().name();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String payload(DeliveryStore store, DeliveryKey key) {
        try {
            return Sha256.of(Goods.read(store, key)).equals(key.sha256()) ? " whole" : " broken";
        } catch (IOException e) {
            return " none";
        }
    }

    private static String describe(Held held) {
        return held.label() + " " + held.state() + " " + held.accepted() + " " + held.attempts() + " " + held.due()
                + " " + held.note() + " " + held.outcome().map(StorePropertiesTest::hex);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] cms(Deed deed) {
        return Goods.bytes("outcome " + deed.which() + deed.number() + deed.yes());
    }

    private static Label label(Deed deed) {
        return new Label(key(deed.which()), body(deed.which()).length, Optional.of("age1x"), 1);
    }

    /** Numbers 3 and 4 are the same bytes with different claims. */
    private static byte[] body(int which) {
        byte[] body = new byte[50 + 40 * Math.min(which, 3)];
        Arrays.fill(body, (byte) Math.min(which, 3));
        return body;
    }

    private static DeliveryKey key(int which) {
        TaskId id = TaskId.fresh(() -> Instant.EPOCH, new Random(5));
        DeliveryKey key = DeliveryKey.of(id, Sha256.of(body(which)));
        return which == 4 ? key.withContents(Sha256.of(Goods.bytes("claim"))) : key;
    }

    private static void close(Intake intake) {
        try {
            intake.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
