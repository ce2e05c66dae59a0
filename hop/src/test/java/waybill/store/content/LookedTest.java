package waybill.store.content;

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
final class LookedTest {
    private static final Sha256 A = Sha256.of(new byte[] {1});
    private static final int MANY = 16;

    private final Looked looked = new Looked();

    @Test
    void howeverManyAskAtTheSameTimeTheDiskIsReadOnce() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(MANY);
        List<Future<Boolean>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < MANY; i++) {
                answers.add(threads.submit(() -> {
                    asked.countDown();
                    return looked.isSound(A, () -> {
                        looks.incrementAndGet();
                        try {
                            asked.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return true;
                    });
                }));
            }
        }
        for (Future<Boolean> answer : answers) {
            assertThat(answer.get()).isTrue();
        }
        assertThat(looks).hasValue(1);
    }

    @Test
    void whatIsDamagedIsLookedAtAgainAndWhatIsForgottenToo() throws Exception {
        assertThat(looked.isSound(A, () -> false)).isFalse();
        assertThat(looked.isSound(A, () -> true)).isTrue();
        assertThat(looked.isSound(A, () -> false)).as("it was looked at").isTrue();
        looked.forget(key -> key.equals(A));
        assertThat(looked.isSound(A, () -> false)).isFalse();
        looked.came(A);
        assertThat(looked.isSound(A, () -> false)).isTrue();
    }
}
