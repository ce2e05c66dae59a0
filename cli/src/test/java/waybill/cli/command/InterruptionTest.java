package waybill.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of things after a signal. */
@Timeout(30)
final class InterruptionTest {
    @Test
    void aSignalInterruptsTheCommandAndTheProcessEndsAfterItsLastWordsWithItsCode() throws InterruptedException {
        List<String> happened = new CopyOnWriteArrayList<>();
        CompletableFuture<Integer> end = new CompletableFuture<>();
        Interruption interruption =
                new Interruption(Thread.currentThread(), end, code -> happened.add("ended with " + code));

        // as the JVM does on a signal
        interruption.hook().start();
        try (interruption) {
            assertThatThrownBy(() -> new CountDownLatch(1).await()).isInstanceOf(InterruptedException.class);
        }
        // the command is over, but has not said so yet
        assertThat(interruption.hook().isAlive()).isTrue();
        happened.add("said");
        end.complete(130);
        interruption.hook().join();

        assertThat(happened).containsExactly("said", "ended with 130");
    }
}
