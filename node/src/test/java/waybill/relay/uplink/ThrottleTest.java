package waybill.relay.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long SECOND = 1_000_000_000L;

    private long now = 5;
    private long waited;

    private Throttle throttle(long rate) {
        return new Throttle(rate, () -> now, nanos -> {
            now += nanos;
            waited += nanos;
        });
    }

    @Property(tries = 200)
    void neverCarriesMoreThanItsRateAndAQuarterOfASecond(
            @ForAll @LongRange(min = LineLimits.LEAST_RATE, max = 1L << 32) long rate, @ForAll long seed)
            throws InterruptedException {
        Throttle throttle = throttle(rate);
        Random random = new Random(seed);
        long begun = now;
        double sent = 0;
        for (int i = 0; i < 200; i++) {
            int bytes = 1 + random.nextInt(throttle.portion());
            throttle.take(bytes);
            sent += bytes;
            assertThat(sent).isLessThanOrEqualTo((double) rate * (now - begun + SECOND / 4 + 1) / SECOND);
            now += random.nextInt(3) == 0 ? random.nextLong(2 * SECOND) : 0;
        }
    }

    @Test
    void aFullLineIsUsedToTheFull() throws Exception {
        Throttle throttle = throttle(500 * 1024);
        for (int i = 0; i < 1000; i++) {
            throttle.take(5 * 1024);
        }
        assertThat(now).isBetween(9 * SECOND, 10 * SECOND + 10);
    }

    @Test
    void restIsNotSavedUp() throws Exception {
        Throttle throttle = throttle(100 * 1024);
        now += 3600 * SECOND;
        for (int i = 0; i < 100; i++) {
            throttle.take(10 * 1024);
        }
        assertThat(waited).isBetween(9 * SECOND, 10 * SECOND);
    }

    @Test
    void aSlowLineIsServedInPortionsThatKeepAllOfItsUploadsAlive() {
        assertThat(throttle(LineLimits.LEAST_RATE).portion()).isEqualTo(1024);
        assertThat(throttle(1L << 40).portion()).isEqualTo(64 * 1024);
    }

    @Test
    void aFileIsReadWholeAndNoFaster() throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(3).nextBytes(bytes);
        ByteBuffer read = ByteBuffer.allocate(bytes.length);
        try (var file = new ThrottledChannel(new SeekableInMemoryByteChannel(bytes), throttle(10_000))) {
            file.position(0);
            while (file.read(read) > 0) {
                assertThat(file.position()).isEqualTo(read.position());
            }
        }
        assertThat(read.array()).isEqualTo(bytes);
        assertThat(waited).isBetween(9 * SECOND, 10 * SECOND);
    }
}
