package waybill.store.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.protocol.Sha256;

@Timeout(60)
final class ShelfTest {
    private static final Instant T = Instant.parse("2026-03-01T12:00:00Z");
    private static final Sha256 A = Sha256.of(new byte[] {1});
    private static final Sha256 B = Sha256.of(new byte[] {2});
    private static final Sha256 C = Sha256.of(new byte[] {3});

    private final Shelf shelf = new Shelf();

    @Test
    void asMuchGoesAsIsLackingAndNothingInVain() {
        shelf.put(A, 100, T.plusSeconds(2), true);
        shelf.put(B, 100, T.plusSeconds(1), true);
        shelf.put(C, 100, T, false);
        assertThat(shelf.toFree(50, false)).containsExactly(B);
        assertThat(shelf.toFree(101, false)).containsExactly(B, A);
        assertThat(shelf.toFree(201, false)).isEmpty();
        assertThat(shelf.toFree(201, true)).containsExactly(C, B, A);
        assertThat(shelf.hold(A)).isTrue();
        assertThat(shelf.toFree(101, false)).isEmpty();
    }

    @Test
    void whatGoesJustNowIsGoneBeforeItIsWorkedOnAgain() throws Exception {
        shelf.put(A, 100, T, true);
        assertThat(shelf.leave(A)).isTrue();
        assertThat(shelf.leave(A)).as("it goes already").isFalse();
        assertThat(shelf.unusedSince(T.plusSeconds(1))).isEmpty();
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        Thread other = Thread.ofPlatform().start(() -> held.complete(shelf.hold(A)));
        while (other.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        shelf.left(A);
        assertThat(held.get()).isTrue();
        assertThat(shelf.isWhole(A)).isFalse();
        assertThat(shelf.leave(A)).as("it is worked on").isFalse();
        assertThat(shelf.surplus(0, true)).isEmpty();
        assertThat(List.of(shelf.bytes())).containsExactly(0L);
    }
}
