package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

@Timeout(20)
class WaitersTest {
    private static final DeliveryKey KEY =
            DeliveryKey.of(TaskId.parse("019a8c1e-0000-7000-8000-000000000001"), Sha256.of(new byte[] {1}));
    private static final DeliveryKey OTHER = DeliveryKey.of(KEY.id(), Sha256.of(new byte[] {2}));

    @Test
    void newsThatCameBeforeTheWaitEndsIt() throws InterruptedException {
        Waiters waiters = new Waiters(10);
        try (Waiters.Place place = waiters.join(KEY.id(), KEY.sha256())) {
            waiters.wake(KEY.withContents(Sha256.of(new byte[] {3})));
            assertThat(place.await(Duration.ofDays(1))).isTrue();
        }
        assertThat(waiters.waiting()).isZero();
    }

    @Test
    void newsOfAnotherDeliveryDoesNot() throws InterruptedException {
        Waiters waiters = new Waiters(10);
        try (Waiters.Place place = waiters.join(KEY.id(), KEY.sha256())) {
            waiters.wake(OTHER);
            assertThat(place.await(Duration.ofNanos(1))).isFalse();
        }
    }

    @Test
    void moreThanItsPlacesAreNotKeptWaiting() throws InterruptedException {
        Waiters waiters = new Waiters(1);
        try (Waiters.Place first = waiters.join(KEY.id(), KEY.sha256())) {
            try (Waiters.Place second = waiters.join(KEY.id(), KEY.sha256())) {
                assertThat(second.await(Duration.ofDays(1))).isTrue();
            }
            assertThat(first.await(Duration.ZERO)).isFalse();
            assertThat(waiters.waiting()).isEqualTo(1);
        }
    }

    @Test
    void closedItKeepsNobody() throws InterruptedException {
        Waiters waiters = new Waiters(10);
        try (Waiters.Place before = waiters.join(KEY.id(), KEY.sha256())) {
            waiters.close();
            assertThat(before.await(Duration.ofDays(1))).isTrue();
        }
        try (Waiters.Place after = waiters.join(KEY.id(), KEY.sha256())) {
            assertThat(after.await(Duration.ofDays(1))).isTrue();
        }
        assertThat(waiters.waiting()).isZero();
    }
}
