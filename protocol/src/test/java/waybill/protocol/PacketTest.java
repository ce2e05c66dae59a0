package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PacketTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-7b2a-7c3d-8e4f-0123456789ab");
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    private static final Sha256 DIGEST = Sha256.of(new byte[0]);
    private static final String RECIPIENT = "age1" + "q".repeat(58);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void dropsTheFractionOfATime() {
        assertThat(receipt(0, Optional.empty(), NOON.plusNanos(999_999_999)))
                .isEqualTo(receipt(0, Optional.empty(), NOON));
        assertThat(new Packet.Profile(ID, BACKEND, 0, RECIPIENT, 1, NOON.plusMillis(1)).expires())
                .isEqualTo(NOON);
    }

    @Test
    void saysNoTimeOutsideOfFourDigitYears() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> receipt(0, Optional.empty(), Instant.EPOCH.minusNanos(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(0, Optional.empty(), Instant.MAX));
    }

    @Test
    void saysNoSizeOutOfRange() {
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(-1, Optional.empty(), NOON));
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(Packet.MAX_SIZE + 1, Optional.empty(), NOON));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Packet.Request(ID, Packet.Method.PUT, BACKEND, 0, -1, 1, DIGEST));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Packet.Request(ID, Packet.Method.PUT, BACKEND, 0, 0, 5, DIGEST));
    }

    @Test
    void namesARecipientInOneForm() {
        assertThat(Packet.isRecipient(RECIPIENT)).isTrue();
        assertThat(Packet.isRecipient("age1")).isFalse();
        assertThat(Packet.isRecipient(RECIPIENT.replace('q', 'b'))).isFalse();
        assertThat(Packet.isRecipient(RECIPIENT.substring(1) + "\n")).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> receipt(0, Optional.of("age1\"/>"), NOON));
    }

    @Test
    void refusesOnlyForWhatTimeDoesNotCure() {
        for (Problem problem : Problem.values()) {
            if (problem.retryable()) {
                assertThatIllegalArgumentException().isThrownBy(() -> refusal(problem));
            } else {
                assertThat(refusal(problem).problem()).isEqualTo(problem);
            }
        }
    }

    private static Packet.Receipt receipt(long size, Optional<String> recipient, Instant received) {
        return new Packet.Receipt(ID, BACKEND, size, DIGEST, Optional.empty(), false, recipient, received);
    }

    private static Packet.Refusal refusal(Problem problem) {
        return new Packet.Refusal(ID, BACKEND, 0, DIGEST, Optional.empty(), problem, NOON);
    }
}
