package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Intake;
import waybill.store.DeliveryStore.Label;
import waybill.store.StoreFullException.Limit;
import waybill.store.StoreLimits.Remembered;

/** What the tests of stores hand in: bodies and their keys, the outcomes of these, and a clock for it all. */
public final class Goods {
    /** What is remembered costs nothing. */
    public static final Remembered FREE = new Remembered(0, 1, Duration.ZERO);

    /** 1,000 bytes, no floor, 600 for one owner, 5 deliveries. */
    public static final StoreLimits SMALL = new StoreLimits(1000, 0, 0.6, 5, FREE);

    public static final byte[] RECEIPT = bytes("a receipt");
    public static final byte[] REFUSAL = bytes("a refusal");

    public final TestClock clock = new TestClock();
    private final Random random = new Random(42);
    private final TaskId id = TaskId.fresh(clock, random);

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public byte[] body(int size) {
        byte[] body = new byte[size];
        random.nextBytes(body);
        return body;
    }

    /** One ID for all: the digest tells them apart. */
    public DeliveryKey key(byte[] body) {
        return DeliveryKey.of(id, Sha256.of(body));
    }

    public static Label label(DeliveryKey key, long size) {
        return new Label(key, size, Optional.empty(), 0);
    }

    public DeliveryKey accept(DeliveryStore store, byte[] body) throws Exception {
        return accept(store, "peer", body);
    }

    public DeliveryKey accept(DeliveryStore store, String owner, byte[] body) throws Exception {
        return accept(store, owner, label(key(body), body.length), body, Optional.empty())
                .label()
                .key();
    }

    public static Held accept(DeliveryStore store, String owner, Label label, byte[] body, Optional<byte[]> outcome)
            throws Exception {
        try (Intake intake = store.begin(owner, body.length)) {
            intake.write(body, 0, body.length);
            intake.seal();
            return intake.commit(label, outcome);
        }
    }

    public static byte[] read(DeliveryStore store, DeliveryKey key) throws IOException {
        try (InputStream in = Channels.newInputStream(store.payload(key))) {
            return in.readAllBytes();
        }
    }

    public static List<DeliveryKey> keys(List<Held> held) {
        return held.stream().map(each -> each.label().key()).toList();
    }

    public static void assertFull(Limit limit, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreFullException.class, e -> assertThat(e.limit()).isEqualTo(limit));
    }
}
