package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private final AtomicLong ticker = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void aBurstIsAllowedAndThenTheRate() {
        RateLimiter<String> limiter = new RateLimiter<>(10, 3, 8, ticker::get);

        assertThat(taken(limiter, "a", 5)).isEqualTo(3);
        pass(100);
        assertThat(taken(limiter, "a", 5)).isEqualTo(1);
        pass(250);
        assertThat(taken(limiter, "a", 5)).isEqualTo(2);
    }

    @Test
    void moreThanTheBurstIsNeverSavedUp() {
        RateLimiter<String> limiter = new RateLimiter<>(10, 3, 8, ticker::get);
        taken(limiter, "a", 3);
        pass(3_600_000);
        assertThat(taken(limiter, "a", 10)).isEqualTo(3);
    }

    @Test
    void eachKeyHasABucketOfItsOwn() {
        RateLimiter<String> limiter = new RateLimiter<>(10, 3, 8, ticker::get);
        taken(limiter, "a", 10);
        assertThat(taken(limiter, "b", 10)).isEqualTo(3);
    }

    @Test
    void onlySoManyKeysAreRememberedTheOneLongestUnheardGoesFirst() {
        RateLimiter<String> limiter = new RateLimiter<>(10, 1, 2, ticker::get);
        limiter.tryAcquire("a");
        limiter.tryAcquire("b");
        assertThat(limiter.tryAcquire("a")).isFalse();
        limiter.tryAcquire("c");

        assertThat(limiter.remembered()).isEqualTo(2);
        assertThat(limiter.tryAcquire("a")).as("remembered").isFalse();
        assertThat(limiter.tryAcquire("b")).as("forgotten").isTrue();
    }

    @Test
    void aLimitThatLetsNothingThroughIsRefused() {
        assertThatThrownBy(() -> new RateLimiter<String>(0, 1, 1, ticker::get))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RateLimiter<String>(Double.NaN, 1, 1, ticker::get))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RateLimiter<String>(1, 0, 1, ticker::get))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RateLimiter<String>(1, 1, 0, ticker::get))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void pass(long millis) {
        ticker.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static int taken(RateLimiter<String> limiter, String key, int attempts) {
        int taken = 0;
        for (int i = 0; i < attempts; i++) {
            taken += limiter.tryAcquire(key) ? 1 : 0;
        }
        return taken;
    }
}
