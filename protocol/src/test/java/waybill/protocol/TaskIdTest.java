package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskIdTest {
    private static final String TEXT = "019a8c1e-7b2a-7c3d-8e4f-0123456789ab";

    @Test
    void printsWhatItRead() {
        assertThat(TaskId.parse(TEXT)).hasToString(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "019A8C1E-7B2A-7C3D-8E4F-0123456789AB",
                "019a8c1e-7b2a-4c3d-8e4f-0123456789ab",
                "019a8c1e-7b2a-7c3d-ce4f-0123456789ab",
                "019a8c1e7b2a7c3d8e4f0123456789ab",
                "19a8c1e-7b2a-7c3d-8e4f-0123456789abc",
                "019a8c1e-7b2a-7c3d-8e4f-0123456789ab\n",
                "00000000-0000-0000-0000-000000000000"
            })
    void readsNothingElse(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> TaskId.parse(text));
    }

    @Test
    void isNoUuidOfAnotherVersion() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TaskId(UUID.fromString("019a8c1e-7b2a-4c3d-8e4f-0123456789ab")));
    }

    @Test
    void carriesTheTimeInItsFirst48Bits() {
        Instant now = Instant.parse("2026-11-22T10:15:30.123Z");

        TaskId id = TaskId.fresh(() -> now, new Random(7));

        assertThat(id.value().getMostSignificantBits() >>> 16).isEqualTo(now.toEpochMilli());
        assertThat(TaskId.parse(id.toString())).isEqualTo(id);
    }

    @Test
    void isFreshEveryTimeWithinOneMillisecond() {
        Random random = new Random(7);
        Set<TaskId> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            assertThat(seen.add(TaskId.fresh(() -> Instant.EPOCH, random))).isTrue();
        }
    }

    @Test
    void isOrderedByTime() {
        Random random = new Random(7);
        TaskId earlier = TaskId.fresh(() -> Instant.ofEpochMilli(0x7fff_ffff_ffffL), random);
        TaskId later = TaskId.fresh(() -> Instant.ofEpochMilli(0x8000_0000_0000L), random);

        assertThat(earlier).isLessThan(later);
    }
}
