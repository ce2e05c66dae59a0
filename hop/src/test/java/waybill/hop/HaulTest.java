package waybill.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HaulTest {
    private static final long MUCH = 1 << 20;

    private static <T> T onVirtual(Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task.get();
    }

    @Test
    void muchIsMovedByAThreadOfTheSystemAndLittleIsNot() throws Exception {
        boolean little =
                onVirtual(() -> Haul.get(MUCH - 1, () -> Thread.currentThread().isVirtual()));
        boolean much =
                onVirtual(() -> Haul.get(MUCH, () -> Thread.currentThread().isVirtual()));
        assertThat(little).isTrue();
        assertThat(much).isFalse();
    }

    @Test
    void aThreadOfTheSystemDoesItItself() {
        assertThat(Haul.get(MUCH, Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void whatFailsFailsWhereItWasAskedFor() {
        assertThatThrownBy(() -> onVirtual(() -> Haul.get(MUCH, () -> {
                    throw new IllegalArgumentException("so");
                })))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anInterruptReachesTheWorkAndIsNotForgotten() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FutureTask<Boolean> after = new FutureTask<>(() -> {
            Haul.run(MUCH, () -> {
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
            });
            return Thread.interrupted();
        });
        Thread thread = Thread.ofVirtual().start(after);
        begun.await();
        thread.interrupt();
        interrupted.await();
        assertThat(after.get()).isTrue();
    }

    @Test
    void moreThanThereArePlacesForGoOnAsEver() throws Exception {
        int count = 100;
        CountDownLatch all = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            Thread.ofVirtual()
                    .start(() -> Haul.run(MUCH, () -> {
                        all.countDown();
                        try {
                            all.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }));
        }
        assertThat(all.await(30, TimeUnit.SECONDS))
                .as("each of them waits for all others")
                .isTrue();
    }
}
