package waybill.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class TextTest {
    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1024,1.0 KiB", "1572864,1.5 MiB", "9223372036854775807,8192.0 PiB"})
    void bytesHaveABinaryUnit(long bytes, String shown) {
        assertThat(Text.bytes(bytes)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "PT0.5S,0.5 s",
        "PT45S,45 s",
        "PT12M,12 min",
        "PT12M5S,12 min 5 s",
        "PT3H20M,3 h 20 min",
        "PT52H,2 d 4 h"
    })
    void timesAreRoundedToWhatMatters(Duration time, String shown) {
        assertThat(Text.time(time)).isEqualTo(shown);
    }

    @Test
    void foreignTextCannotMoveTheCursorTurnTheLineOrFloodTheScreen() {
        assertThat(Text.foreign("a\u001b[2Jb\nc")).isEqualTo("a\\u{1b}[2Jb\\u{a}c");
        assertThat(Text.foreign("exe\u202egpj")).isEqualTo("exe\\u{202e}gpj");
        assertThat(Text.foreign("x".repeat(300))).hasSize(203).endsWith("...");
        assertThat(Text.foreign("Bericht äöü 日本")).isEqualTo("Bericht äöü 日本");
    }

    @ParameterizedTest
    @CsvSource({"0,PT0S", "250ms,PT0.25S", "90s,PT90S", "15m,PT15M", "12h,PT12H", "30d,PT720H"})
    void durationsAreReadWithTheirUnit(String text, Duration duration) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "15", "15 m", "-5s", "1w", "9999999999s", "5m\n"})
    void whatIsNoDurationIsRefused(String text) {
        assertThatThrownBy(() -> new DurationConverter().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @CsvSource({"4096,4096", "64K,65536", "1M,1048576", "20G,21474836480", "1TiB,1099511627776"})
    void sizesAreReadInPowersOf1024(String text, long bytes) {
        assertThat(new BytesConverter().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5G", "9999999999999", "999999999999T", "x"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> new BytesConverter().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", ":80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"})
    void whatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> new AddressConverter().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void addressesAreReadWithTheirPort() {
        assertThat(new AddressConverter().convert("127.0.0.1:7506").getPort()).isEqualTo(7506);
        assertThat(new AddressConverter().convert("[::1]:80").getAddress().isLoopbackAddress())
                .isTrue();
    }
}
