package waybill.hop.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, section 14. */
class ByteRangeTest {
    private static final ByteRange.Wanted WHOLE = new ByteRange.Wanted.Whole();
    private static final ByteRange.Wanted BEHIND = new ByteRange.Wanted.Unsatisfiable();

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-9, 0, 10",
        "bytes=0-99, 0, 100",
        "bytes=0-, 0, 100",
        "bytes=99-, 99, 1",
        "bytes=99-99, 99, 1",
        "bytes=10-19, 10, 10",
        "bytes=90-900, 90, 10",
        "bytes=-1, 99, 1",
        "bytes=-99, 1, 99",
        "BYTES=1-2, 1, 2",
        "' bytes = 1-2 ', 1, 2"
    })
    void aRangeWithinIsGiven(String value, long from, long length) {
        assertThat(ByteRange.wanted(List.of(value.strip()), 100))
                .isEqualTo(new ByteRange.Wanted.Part(new ByteRange(from, length)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-100", "bytes=999999999999999999-", "bytes=-0"})
    void aRangeBehindTheEndIsUnsatisfiable(String value) {
        assertThat(ByteRange.wanted(List.of(value), 100)).isEqualTo(BEHIND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=2-1",
                "bytes=a-b",
                "bytes=1",
                "bytes=1-2,4-5",
                "bytes=1-2, 1-2",
                "bytes=--1",
                "bytes=+1-2",
                "bytes=1-2-3",
                "bytes=9999999999999999999-",
                "bytes=0x1-2",
                "bytes=-100",
                "bytes=-101",
                "lines=1-2",
                "bytes 1-2/3"
            })
    void anythingElseIsTheWhole(String value) {
        assertThat(ByteRange.wanted(List.of(value), 100)).isEqualTo(WHOLE);
    }

    @Test
    void noRangeAndTwoRangeFieldsAreTheWhole() {
        assertThat(ByteRange.wanted(List.of(), 100)).isEqualTo(WHOLE);
        assertThat(ByteRange.wanted(List.of("bytes=1-2", "bytes=1-2"), 100)).isEqualTo(WHOLE);
    }

    @Test
    void ofNothingThereIsOnlyTheWhole() {
        assertThat(ByteRange.wanted(List.of("bytes=0-"), 0)).isEqualTo(BEHIND);
        assertThat(ByteRange.wanted(List.of("bytes=0-0"), 0)).isEqualTo(BEHIND);
        assertThat(ByteRange.wanted(List.of("bytes=-5"), 0)).isEqualTo(WHOLE);
    }

    @Property
    void whatIsAskedForIsWhatIsRead(
            @ForAll @LongRange(max = 1L << 38) long from, @ForAll @LongRange(min = 1, max = 1L << 38) long length) {
        long size = from + length + 3;
        ByteRange.Wanted wanted = ByteRange.wanted(List.of(ByteRange.asking(from, length)), size);

        assertThat(wanted).isEqualTo(new ByteRange.Wanted.Part(new ByteRange(from, length)));
        String answer = new ByteRange(from, length).of(size);
        assertThat(ByteRange.sizeOf(answer, from, length)).hasValue(size);
        assertThat(ByteRange.sizeOf(answer, from + 1, length)).isEmpty();
        assertThat(ByteRange.sizeOf(answer, from, length + 1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes */100",
                "bytes 10-19/*",
                "bytes 10-19/19",
                "bytes 10-19/0",
                "bytes 10-18/100",
                "bytes 11-19/100",
                "bytes=10-19/100",
                "bytes 10-19/9999999999999999999",
                "items 10-19/100"
            })
    void anAnswerForAnotherRangeIsNone(String value) {
        assertThat(ByteRange.sizeOf(value, 10, 10)).isEmpty();
    }

    @Test
    void nobodyAsksForNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> ByteRange.asking(-1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteRange.asking(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteRange.asking(Long.MAX_VALUE, 1));
    }
}
