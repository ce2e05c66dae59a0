package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromiseTest {
    private static final Promise PROMISE = new Promise(900, 120, 1_048_576, 250_000, 1);

    @Test
    void isWrittenAsAListOfNumbers() {
        assertThat(PROMISE.header()).isEqualTo("interval=900, wait=120, backlog=1048576, rate=250000, hops=1");
    }

    @Property
    void everyPromiseReadsBackFromItsHeader(
            @ForAll @LongRange(max = Promise.MAX_SECONDS) long interval,
            @ForAll @LongRange(max = Promise.MAX_SECONDS) long wait,
            @ForAll @LongRange(max = Promise.MAX_BYTES) long backlog,
            @ForAll @LongRange(min = 1, max = Promise.MAX_BYTES) long rate,
            @ForAll @IntRange(max = Promise.MAX_HOPS) int hops) {
        Promise promise = new Promise(interval, wait, backlog, rate, hops);

        assertThat(Promise.parse(promise.header())).isEqualTo(promise);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "interval=900,wait=120,backlog=1048576,rate=250000,hops=1",
                "hops=1, rate=250000, backlog=1048576, wait=120, interval=900",
                "interval=900, wait=120, backlog=1048576, rate=250000, hops=1, window=night",
                " interval = 900 ,\twait=120, backlog=1048576, rate=250000, hops=1 "
            })
    void isReadInAnyOrderAndWithMembersToCome(String header) {
        assertThat(Promise.parse(header)).isEqualTo(PROMISE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "interval=900",
                "interval=900, wait=120, backlog=1048576, rate=250000",
                "interval=900, wait=120, backlog=1048576, rate=250000, hops=1,",
                "interval=900, interval=900, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=-1, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=0900, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=1.5, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=34560001, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=900, wait=120, backlog=99999999999999999999, rate=250000, hops=1",
                "interval=900, wait=120, backlog=1048576, rate=0, hops=1",
                "interval=900, wait=120, backlog=1048576, rate=250000, hops=5",
                "interval=900, wait=120, backlog=1048576, rate=250000, hops=4294967297",
                "interval=٩, wait=120, backlog=1048576, rate=250000, hops=1",
                "INTERVAL=900, wait=120, backlog=1048576, rate=250000, hops=1",
                "interval=900; wait=120; backlog=1048576; rate=250000; hops=1"
            })
    void isNotReadOtherwise(String header) {
        assertThatIllegalArgumentException().isThrownBy(() -> Promise.parse(header));
    }

    @Test
    void isNotReadFromALongHeader() {
        assertThat(Promise.parse(PROMISE.header() + ", x="
                        + "y".repeat(256 - PROMISE.header().length() - 4)))
                .isEqualTo(PROMISE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Promise.parse(PROMISE.header() + ", x="
                        + "y".repeat(257 - PROMISE.header().length() - 4)));
    }

    @Test
    void staysWithinItsRanges() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Promise(-1, 0, 0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Promise(0, Promise.MAX_SECONDS + 1, 0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Promise(0, 0, Promise.MAX_BYTES + 1, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Promise(0, 0, 0, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Promise(0, 0, 0, 1, 5));
    }
}
