package waybill.hop.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

@Timeout(60)
final class FeedTest {
    private static final int MUCH = 1 << 20;

    private final Feed feed = new Feed(Duration.ofMinutes(1), 1);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsPushedInPiecesOfAnySizeIsReadAsItIs(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] bytes = new byte[MUCH + 4321];
        random.nextBytes(bytes);
        FutureTask<Boolean> pushing = new FutureTask<>(() -> {
            Random sizes = new Random(seed + 100);
            boolean taken = true;
            byte[] piece = new byte[400_000];
            for (int at = 0; at < bytes.length; ) {
                int size = Math.min(1 + sizes.nextInt(sizes.nextBoolean() ? 20_000 : 400_000), bytes.length - at);
                System.arraycopy(bytes, at, piece, 0, size);
                taken &= feed.push(piece, 0, size);
                Arrays.fill(piece, (byte) -1); // it may be used again
                at += size;
            }
            feed.complete();
            return taken;
        });
        Thread.ofVirtual().start(pushing);
        byte[] got = new byte[bytes.length];
        int at = 0;
        while (at < got.length) {
            int count = feed.read(got, at, Math.min(1 + random.nextInt(100_000), got.length - at));
            assertThat(count).isPositive();
            at += count;
        }
        assertThat(feed.read()).isEqualTo(-1);
        assertThat(pushing.get()).isTrue();
        assertThat(got).isEqualTo(bytes);
        assertThat(feed.received()).isEqualTo(bytes.length);
    }

    @Test
    void whatWasPushedHasBeenReceivedBeforeItIsRead() throws Exception {
        assertThat(feed.push(new byte[] {7, 8}, 0, 2)).isTrue();
        assertThat(feed.received()).isEqualTo(2);
        assertThat(feed.read()).isEqualTo(7);
        assertThat(feed.received()).isEqualTo(2);
    }

    @Test
    void whoPushesMoreThanThereIsRoomForIsToldWhenTheReaderIsGone() throws Exception {
        FutureTask<Boolean> pushing = new FutureTask<>(() -> feed.push(new byte[MUCH], 0, MUCH));
        Thread thread = Thread.ofPlatform().start(pushing);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        feed.over();
        assertThat(pushing.get()).isFalse();
        assertThat(feed.push(new byte[1], 0, 1)).isFalse();
    }

    @Test
    void whatWasGivenUpIsNotReadToItsEnd() throws Exception {
        assertThat(feed.push(new byte[] {7}, 0, 1)).isTrue();
        feed.complete();
        feed.fail(new ProblemException(Problem.GONE, "its creator ended it"));
        assertThatThrownBy(feed::read).isInstanceOf(IOException.class).hasMessageContaining("its creator ended it");
        assertThat(feed.push(new byte[1], 0, 1)).isFalse();
    }

    private static Duration patienceAfter(int bytes) throws Exception {
        Feed fresh = new Feed(Duration.ofHours(1), 16 * 1024);
        byte[] some = new byte[64 * 1024];
        for (int left = bytes; left > 0; left -= some.length) {
            int count = Math.min(left, some.length);
            fresh.push(some, 0, count);
            fresh.readNBytes(count);
        }
        return Duration.ofNanos(fresh.left());
    }

    @Test
    void patienceIsEarnedByWhatCame() throws Exception {
        // a minute, and what 1 MiB takes at 16 KiB/s
        assertThat(patienceAfter(0)).isEqualTo(Duration.ofSeconds(60 + 64));
        assertThat(patienceAfter(1)).isLessThan(Duration.ofSeconds(60 + 65));
        assertThat(patienceAfter(1 << 20)).isEqualTo(Duration.ofSeconds(60 + 64 + 16 * 64));
        assertThat(patienceAfter(4 << 20)).isEqualTo(Duration.ofHours(1));
    }
}
