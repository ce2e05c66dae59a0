package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryKeyTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-7b2a-7c3d-8e4f-0123456789ab");
    private static final DeliveryKey BARE = DeliveryKey.of(ID, Sha256.of(new byte[] {1}));
    private static final DeliveryKey CLAIMED = BARE.withContents(Sha256.of(new byte[] {2}));

    @Test
    void isAnotherDeliveryWithAnotherClaim() {
        assertThat(CLAIMED).isNotEqualTo(BARE).isNotEqualTo(BARE.withContents(Sha256.of(new byte[] {3})));
    }

    @Test
    void hasANameThatIsSafeForAFileAndReadsBack() {
        assertThat(BARE.toString()).matches("[0-9a-f.-]+");
        assertThat(CLAIMED.toString()).matches("[0-9a-f.-]+").hasSize(DeliveryKey.MAX_LENGTH);
        assertThat(DeliveryKey.parse(BARE.toString())).isEqualTo(BARE);
        assertThat(DeliveryKey.parse(CLAIMED.toString())).isEqualTo(CLAIMED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "...", "019a8c1e-7b2a-7c3d-8e4f-0123456789ab", "lost+found", "../../etc/passwd"})
    void takesNoOtherNameForItsOwn(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> DeliveryKey.parse(name));
    }

    @Test
    void takesNothingMoreAtTheEndOfAName() {
        assertThatIllegalArgumentException().isThrownBy(() -> DeliveryKey.parse(BARE + "."));
        assertThatIllegalArgumentException().isThrownBy(() -> DeliveryKey.parse(BARE + ".part"));
        assertThatIllegalArgumentException().isThrownBy(() -> DeliveryKey.parse(CLAIMED + ".x"));
    }
}
