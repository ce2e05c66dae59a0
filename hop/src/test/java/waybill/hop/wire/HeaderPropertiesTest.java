package waybill.hop.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;

/** The small parsers of what a stranger sends. */
class HeaderPropertiesTest {

    @Property(tries = 200)
    void aDigestIsReadAsItWasWritten(@ForAll @Size(32) byte[] bytes) {
        Sha256 digest = Sha256.ofDigest(bytes);
        assertThat(ReprDigest.parse(List.of(ReprDigest.of(digest)))).contains(digest);
    }

    @Example
    void theExampleOfRfc9530IsRead() {
        assertThat(ReprDigest.parse(List.of("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")))
                .contains(new Sha256("44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38"));
    }

    @Example
    void digestsByOtherAlgorithmsAreIgnored() {
        String mine = ReprDigest.of(Sha256.of(new byte[1]));
        assertThat(ReprDigest.parse(List.of("sha-512=:AAAA:, md5=:AA==:"))).isEmpty();
        assertThat(ReprDigest.parse(List.of("sha-512=:AAAA:", "  " + mine + "\t, crc32c=:AAAA:")))
                .contains(Sha256.of(new byte[1]));
        assertThat(ReprDigest.parse(List.of())).isEmpty();
    }

    @Example
    void aMalformedDigestIsAnError() {
        String mine = ReprDigest.of(Sha256.of(new byte[1]));
        for (String bad : List.of(
                "",
                ",",
                mine + ",",
                "sha-256",
                "sha-256=",
                "sha-256=::",
                "sha-256=:AAAA:",
                "sha-256=:A:",
                "sha-256=abc",
                "SHA-256=:AAAA:",
                "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
                "sha-256=:=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:",
                mine + ", " + ReprDigest.of(Sha256.of(new byte[2])),
                "sha-512=:" + "A".repeat(3000) + ":")) {
            assertThatThrownBy(() -> ReprDigest.parse(List.of(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Property
    void aWaitIsReadAsItWasWrittenInWholeSecondsAndAtMostADay(
            @ForAll @LongRange(min = -5, max = 200_000_000) long millis) {
        Duration read = Preference.parse(List.of(Preference.waiting(Duration.ofMillis(millis))));
        assertThat(read).isEqualTo(Duration.ofSeconds(Math.clamp(Math.ceilDiv(millis, 1000), 0, 86_400)));
    }

    @Example
    void aPreferenceIsNeverAnError() {
        assertThat(Preference.parse(List.of("respond-async, wait=5"))).isEqualTo(Duration.ofSeconds(5));
        assertThat(Preference.parse(List.of("respond-async", "WAIT = \"7\""))).isEqualTo(Duration.ofSeconds(7));
        assertThat(Preference.parse(List.of("wait=1, wait=2"))).isEqualTo(Duration.ofSeconds(1));
        for (String none : List.of("", ",", "wait", "wait=", "wait=-1", "wait=1.5", "wait=99999999999", "waiting=3")) {
            assertThat(Preference.parse(List.of(none))).as(none).isZero();
        }
    }

    @Property
    void retryAfterIsReadAsItWasWritten(@ForAll @IntRange(max = 86_400) int seconds) {
        assertThat(RetryAfter.parse(List.of(RetryAfter.of(Duration.ofSeconds(seconds)))))
                .contains(Duration.ofSeconds(seconds));
    }

    @Example
    void aRetryAfterOfDatesIsIgnored() {
        assertThat(RetryAfter.parse(List.of("Fri, 31 Dec 1999 23:59:59 GMT"))).isEmpty();
        assertThat(RetryAfter.parse(List.of(""))).isEmpty();
        assertThat(RetryAfter.parse(List.of("999999999"))).contains(Duration.ofDays(1));
    }

    @Property
    void theWaybillHeadersAreReadOrRefused(@ForAll String text) {
        for (Runnable reading : List.<Runnable>of(
                () -> HopHeaders.contents(List.of(text)),
                () -> HopHeaders.recipient(List.of(text)),
                () -> HopHeaders.hops(List.of(text)),
                () -> HopHeaders.promise(List.of(text)),
                () -> ReprDigest.parse(List.of(text)))) {
            try {
                reading.run();
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Example
    void aHeaderGivenTwiceIsAnError() {
        List<String> two = List.of("1", "1");
        assertThatThrownBy(() -> HopHeaders.hops(two)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HopHeaders.contents(two)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HopHeaders.recipient(two)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HopHeaders.promise(two)).isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void hopsAndRecipientsHaveOneForm() {
        assertThat(HopHeaders.hops(List.of())).isZero();
        assertThat(HopHeaders.hops(List.of(" 4 "))).isEqualTo(4);
        String recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        assertThat(HopHeaders.recipient(List.of(recipient))).contains(recipient);
        for (String bad : List.of("", "age1", "age1qqq", recipient + "q", recipient.toUpperCase(Locale.ROOT))) {
            assertThatThrownBy(() -> HopHeaders.recipient(List.of(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (String bad : List.of("", "-1", "1.0", "0x1", "12345", "1, 1")) {
            assertThatThrownBy(() -> HopHeaders.hops(List.of(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Property
    void aPromiseIsReadAsItWasWritten(
            @ForAll @LongRange(min = 0, max = Promise.MAX_SECONDS) long interval,
            @ForAll @LongRange(min = 1, max = Promise.MAX_BYTES) long rate,
            @ForAll @IntRange(max = Promise.MAX_HOPS) int hops) {
        Promise promise = new Promise(interval, 0, rate - 1, rate, hops);
        assertThat(HopHeaders.promise(List.of(promise.header()))).contains(promise);
    }

    @Property
    void textOfStrangersIsMadePrintable(@ForAll String text) {
        assertThat(Printable.of(text)).matches("[ -~]{0,200}");
        assertThat(Printable.of(Printable.of(text))).isEqualTo(Printable.of(text));
    }

    @Property
    void aProblemIsReadAsItWasWritten(@ForAll Problem problem, @ForAll String detail) {
        ProblemDocument read = ProblemDocument.decode(ProblemDocument.encode(problem, detail));
        assertThat(read).isEqualTo(new ProblemDocument(Optional.of(problem), detail));
    }

    @Property
    void anyBytesAreAProblemDocumentOfSomeKind(@ForAll byte[] bytes) {
        assertThat(ProblemDocument.decode(bytes).detail()).matches("[ -~]{0,200}");
    }
}
