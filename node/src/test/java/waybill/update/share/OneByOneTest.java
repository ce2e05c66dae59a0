package waybill.update.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.protocol.Sha256;

@Timeout(60)
final class OneByOneTest {
    private static final Sha256 A = Sha256.of(new byte[] {1});
    private static final Sha256 B = Sha256.of(new byte[] {2});
    private static final int MANY = 16;

    private final OneByOne all = new OneByOne();

    @Test
    void thoseWhoWantTheSameComeOneByOneAndTheOthersBesideThem() throws Exception {
        AtomicInteger within = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(MANY);
        List<Future<Integer>> most = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < MANY; i++) {
                most.add(threads.submit(() -> {
                    asked.countDown();
                    try (OneByOne.Turn _ = all.turn(A)) {
                        int now = within.incrementAndGet();
                        asked.await();
                        try (OneByOne.Turn _ = all.turn(B)) {
                            assertThat(all.size()).isBetween(1, 2);
                        }
                        within.decrementAndGet();
                        return now;
                    }
                }));
            }
        }
        for (Future<Integer> one : most) {
            assertThat(one.get()).isEqualTo(1);
        }
        assertThat(all.size()).as("nothing stays").isZero();
    }
}
