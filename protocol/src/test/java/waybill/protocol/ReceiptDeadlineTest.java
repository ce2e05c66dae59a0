package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import waybill.protocol.ReceiptDeadline.Clamp;
import waybill.protocol.ReceiptDeadline.Wait;

class ReceiptDeadlineTest {

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException {
        List<String> lines = Files.readAllLines(table()).stream()
                .skip(1)
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .toList();
        assertThat(lines).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        for (String kind : List.of(",over-cap", ",bad-promise")) {
            assertThat(lines).anyMatch(line -> line.endsWith(kind));
        }
        return lines.stream().map(line -> {
            String[] cells = line.split(",", -1);
            assertThat(cells).as(line).hasSize(8);
            return DynamicTest.dynamicTest(
                    cells[0], () -> assertThat(outcome(cells)).isEqualTo(cells[7]));
        });
    }

    private static Path table() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve("spec/vectors"))) {
            here = here.getParent();
            assertThat(here).as("the folder spec/vectors").isNotNull();
        }
        return here.resolve("spec/vectors/deadline/deadline.csv");
    }

    private static String outcome(String[] cells) {
        Promise way;
        try {
            way = ReceiptDeadline.sum(Arrays.stream(cells[1].split(" \\+ "))
                    .map(promise -> Promise.parse(promise.replace(" ", ", ")))
                    .toArray(Promise[]::new));
        } catch (IllegalArgumentException e) {
            return "bad-promise";
        }
        Clamp clamp = new Clamp(
                Long.parseLong(cells[3]),
                Long.parseLong(cells[4]),
                Duration.ofSeconds(Long.parseLong(cells[5])),
                Duration.ofSeconds(Long.parseLong(cells[6])));
        Wait wait = ReceiptDeadline.maximumWait(way, Long.parseLong(cells[2]), clamp);
        return wait.within(clamp) ? Long.toString(wait.total().toSeconds()) : "over-cap";
    }

    @Test
    void beforeAcceptanceTheLimitIsTheSizeAtTheSlowestRateAndOneAllowance() {
        assertThat(ReceiptDeadline.beforeAcceptance(0, Clamp.DEFAULT)).isEqualTo(Duration.ofSeconds(10));
        assertThat(ReceiptDeadline.beforeAcceptance((16 << 10) + 1, Clamp.DEFAULT))
                .isEqualTo(Duration.ofSeconds(12));
        assertThat(ReceiptDeadline.beforeAcceptance(Long.MAX_VALUE, Clamp.DEFAULT))
                .isPositive();
    }

    @Test
    void aSizeIsNotNegative() {
        assertThatThrownBy(() -> ReceiptDeadline.beforeAcceptance(-1, Clamp.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
        Promise promise = new Promise(0, 0, 0, 1, 1);
        assertThatThrownBy(() -> ReceiptDeadline.maximumWait(promise, -1, Clamp.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nothingAddsUpToNoPromise() {
        assertThatThrownBy(ReceiptDeadline::sum).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void clampsOutOfTheirRangeAreRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> new Clamp(0, 1, second, second)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Clamp(2, 1, second, second)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Clamp(1, 1, Duration.ZERO, second)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Clamp(1, 1, second, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Clamp(1, 1, second, Duration.ofDays(401)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void noValueOverflowsAndTheWaitIsTheSumOfItsParts(
            @ForAll("promises") Promise promise, @ForAll @LongRange(min = 0) long size) {
        Wait wait = ReceiptDeadline.maximumWait(promise, size, Clamp.DEFAULT);
        assertThat(wait.total())
                .isGreaterThanOrEqualTo(Duration.ofSeconds(promise.interval() + promise.untilRun()))
                .isEqualTo(wait.untilRun()
                        .plus(wait.interval())
                        .plus(wait.transfer())
                        .plus(wait.allowance()));
        assertThat(wait.transfer()).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    @Property
    void moreBytesOrASlowerRateNeverWaitLess(
            @ForAll("promises") Promise promise,
            @ForAll @LongRange(min = 0, max = Promise.MAX_BYTES) long size,
            @ForAll @LongRange(min = 0, max = Promise.MAX_BYTES) long more) {
        Duration base =
                ReceiptDeadline.maximumWait(promise, size, Clamp.DEFAULT).total();
        Promise slower = new Promise(
                promise.interval(), promise.untilRun(), promise.backlog(), 1 + promise.rate() / 2, promise.hops());
        assertThat(ReceiptDeadline.maximumWait(promise, size + more, Clamp.DEFAULT)
                        .total())
                .isGreaterThanOrEqualTo(base);
        assertThat(ReceiptDeadline.maximumWait(slower, size, Clamp.DEFAULT).total())
                .isGreaterThanOrEqualTo(promise.rate() == 1 ? Duration.ZERO : base);
    }

    @Property
    void theSumOfOnePromiseIsItself(@ForAll("promises") Promise promise) {
        assertThat(ReceiptDeadline.sum(promise)).isEqualTo(promise);
    }

    @Property
    void aLongerWayNeverWaitsLessThanAnyOfItsParts(
            @ForAll("promises") Promise one,
            @ForAll("promises") Promise other,
            @ForAll @LongRange(min = 0, max = Promise.MAX_BYTES) long size) {
        Duration both = ReceiptDeadline.maximumWait(ReceiptDeadline.sum(one, other), size, Clamp.DEFAULT)
                .total();
        assertThat(both)
                .isGreaterThanOrEqualTo(
                        ReceiptDeadline.maximumWait(one, size, Clamp.DEFAULT).total())
                .isGreaterThanOrEqualTo(
                        ReceiptDeadline.maximumWait(other, size, Clamp.DEFAULT).total())
                .isEqualTo(ReceiptDeadline.maximumWait(ReceiptDeadline.sum(other, one), size, Clamp.DEFAULT)
                        .total());
    }

    @Provide
    Arbitrary<Promise> promises() {
        Arbitrary<Long> seconds = Arbitraries.longs().between(0, Promise.MAX_SECONDS);
        return Combinators.combine(
                        seconds,
                        seconds,
                        Arbitraries.longs().between(0, Promise.MAX_BYTES),
                        Arbitraries.longs().between(1, Promise.MAX_BYTES),
                        Arbitraries.integers().between(0, Promise.MAX_HOPS))
                .as(Promise::new);
    }
}
