package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.parcel.AgeKeys;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

@Timeout(60)
class OpenerTest {
    private static final DeliveryKey KEY =
            DeliveryKey.of(TaskId.parse("019a8c1e-7b2a-7c3d-8e4f-0123456789ab"), Sha256.of(new byte[0]));

    private final AgeKeys identity = AgeKeys.generate();
    private final Opener opener = new Opener(1);

    /** Tells when it is read, and goes on when it may. */
    private static final class Slow extends SeekableInMemoryByteChannel {
        private final CountDownLatch read = new CountDownLatch(1);
        private final CountDownLatch goOn;

        Slow(CountDownLatch goOn) {
            this(goOn, 100);
        }

        Slow(CountDownLatch goOn, int size) {
            super(new byte[size]);
            this.goOn = goOn;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            read.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
            return super.read(into);
        }
    }

    private FutureTask<Opener.Finding> look(SeekableByteChannel parcel) {
        return new FutureTask<>(() -> opener.look(KEY, Optional.empty(), List.of(identity), parcel));
    }

    @Test
    void no_more_are_opened_at_once_than_may_be() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Slow first = new Slow(goOn);
        Slow second = new Slow(new CountDownLatch(0));
        FutureTask<Opener.Finding> one = look(first);
        FutureTask<Opener.Finding> two = look(second);
        Thread.ofVirtual().start(one);
        first.read.await();
        Thread waiting = Thread.ofPlatform().start(two);
        while (waiting.getState() != Thread.State.WAITING && !two.isDone()) {
            Thread.onSpinWait();
        }
        assertThat(second.read.getCount()).isEqualTo(1);

        goOn.countDown();

        assertThat(one.get()).isInstanceOf(Opener.Finding.Unsound.class);
        assertThat(two.get()).isInstanceOf(Opener.Finding.Unsound.class);
        assertThat(second.read.getCount()).isZero();
    }

    @Test
    void who_cannot_open_waits_for_nobody() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Slow first = new Slow(goOn);
        FutureTask<Opener.Finding> one = look(first);
        Thread.ofVirtual().start(one);
        first.read.await();

        assertThat(opener.look(KEY, Optional.empty(), List.of(), new SeekableInMemoryByteChannel()))
                .isEqualTo(new Opener.Finding.Sound(false, Optional.empty(), Optional.empty()));

        goOn.countDown();
        one.get();
    }

    @Test
    void a_small_parcel_does_not_wait_for_a_large_one() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Slow large = new Slow(goOn, (int) Opener.LARGE);
        FutureTask<Opener.Finding> one = look(large);
        Thread.ofVirtual().start(one);
        large.read.await();

        assertThat(opener.look(
                        KEY, Optional.empty(), List.of(identity), new SeekableInMemoryByteChannel(new byte[100])))
                .isInstanceOf(Opener.Finding.Unsound.class);

        goOn.countDown();
        one.get();
    }

    @Test
    void an_interruption_ends_the_wait_and_takes_no_turn() throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> opener.look(
                        KEY, Optional.empty(), List.of(identity), new SeekableInMemoryByteChannel(new byte[100])))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(opener.look(
                        KEY, Optional.empty(), List.of(identity), new SeekableInMemoryByteChannel(new byte[100])))
                .isInstanceOf(Opener.Finding.Unsound.class);
    }
}
