package waybill.hop.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;

/**
 * A Jazzer target for the parsers of header fields and problem documents. An ordinary run of the tests tries every seed
 * once; a real search, coverage guided, is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl hop -am -Dtest=HeaderFuzzTest#whateverComes -Djazzer.max_duration=10m
 * }</pre>
 */
class HeaderFuzzTest {

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
                        "sha-512=:AAAA:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;x=\"y\"",
                        "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38",
                        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
                        "4",
                        "interval=900, wait=120, backlog=1048576, rate=250000, hops=1",
                        "respond-async, wait=\"10\"",
                        "120",
                        "bytes=10-19",
                        "bytes=-5",
                        "bytes 10-19/100",
                        "W/\"x\", \"y\"",
                        "Sun, 01 Nov 2026 08:49:37 GMT",
                        "{\"type\":\"urn:waybill:problem:too-large\",\"status\":413,\"detail\":\"no\\u001b\"}",
                        "{\"type\":[[[[[]]]]]}")
                .map(seed -> seed.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComes(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<String> values = List.of(text);
        reads(values, v -> ReprDigest.parse(v).map(Sha256::hex).orElse(""));
        reads(values, v -> HopHeaders.contents(v).map(Sha256::hex).orElse(""));
        reads(values, v -> HopHeaders.recipient(v).orElse(""));
        reads(values, v -> Integer.toString(HopHeaders.hops(v)));
        reads(values, v -> HopHeaders.promise(v).map(Promise::header).orElse(""));
        assertThat(Preference.parse(values)).isBetween(java.time.Duration.ZERO, java.time.Duration.ofDays(1));
        assertThat(RetryAfter.parse(values).orElse(java.time.Duration.ZERO))
                .isBetween(java.time.Duration.ZERO, java.time.Duration.ofDays(1));
        if (ByteRange.wanted(values, 100) instanceof ByteRange.Wanted.Part part) {
            assertThat(part.range().from()).isBetween(0L, 99L);
            assertThat(part.range().length()).isBetween(1L, 100 - part.range().from());
        }
        ByteRange.sizeOf(text, 10, 10).ifPresent(size -> assertThat(size).isGreaterThanOrEqualTo(20));
        Conditions conditions =
                new Conditions(java.util.Optional.of("\"tag\""), java.util.Optional.of(java.time.Instant.EPOCH));
        if (conditions.holdsAlready(
                name -> name.equals("If-None-Match") ? values : List.of(), java.time.Instant.EPOCH)) {
            assertThat(text).containsAnyOf("*", "\"tag\"");
        }
        if (conditions.takesRange(_ -> values)) {
            assertThat(text.strip()).isIn("\"tag\"", "Thu, 01 Jan 1970 00:00:00 GMT");
        }
        assertThat(ProblemDocument.decode(bytes).detail()).matches("[ -~]{0,200}");
    }

    /** What is accepted holds no character that could end a line. */
    private static void reads(List<String> values, Function<List<String>, String> parser) {
        String read;
        try {
            read = parser.apply(values);
        } catch (IllegalArgumentException e) {
            return; // Every other exception is a finding.
        }
        assertThat(read).matches("[ -~]*");
    }

    @Test
    void thereAreSeeds() {
        assertThat(seeds()).hasSizeGreaterThan(8);
    }
}
