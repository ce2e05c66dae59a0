package waybill.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FollowingChannelTest {
    private static final int SIZE = 1 << 20;

    private final SeekableInMemoryByteChannel file = new SeekableInMemoryByteChannel(new byte[SIZE]);
    private final FollowingChannel following = new FollowingChannel(file, SIZE, Duration.ofMinutes(1));

    private static int read(FollowingChannel from) throws IOException {
        return from.read(ByteBuffer.allocate(SIZE));
    }

    @Test
    void noMoreIsReadThanWasSaidToBeThere() throws IOException {
        following.written(1000);
        assertThat(read(following)).isEqualTo(1000);
        following.written(SIZE);
        assertThat(read(following)).isEqualTo(SIZE - 1000);
        assertThat(read(following)).as("the end").isEqualTo(-1);
    }

    @Test
    void atTheEndItWaitsForMore() throws Exception {
        FutureTask<Integer> reading = new FutureTask<>(() -> read(following));
        Thread reader = Thread.ofPlatform().daemon().start(reading);
        while (reader.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        following.written(SIZE);
        assertThat(reading.get()).isEqualTo(SIZE);
    }

    @Test
    void whatIsOverBreaksOffWhereItEnds() throws IOException {
        following.written(1000);
        following.over();
        assertThat(read(following)).isEqualTo(1000);
        assertThatThrownBy(() -> read(following))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broke off after 1000");
    }

    @Test
    void whatStallsIsNotWaitedForAnyLonger() {
        FollowingChannel impatient = new FollowingChannel(file, SIZE, Duration.ZERO);
        assertThatThrownBy(() -> read(impatient))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("stalls after 0");
    }

    @Test
    void itCanBeReadAgainUntilItIsReleased() throws IOException {
        following.written(1000);
        assertThat(read(following)).isEqualTo(1000);
        following.close();
        assertThat(read((FollowingChannel) following.again())).isEqualTo(1000);
        following.written(SIZE);
        following.release();
        assertThatThrownBy(() -> read(following)).isInstanceOf(ClosedChannelException.class);
    }
}
