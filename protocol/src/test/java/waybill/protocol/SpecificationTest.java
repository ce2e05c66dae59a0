package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;

/** Holds {@code spec/protocol.md} and the code together. */
class SpecificationTest {
    private static final String SPEC = read("spec/protocol.md");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([^`|]+)` \\| ([^|]*?) \\| ([^|]*?) \\| ([^|]*?) \\|$");
    private static final Pattern KIND = Pattern.compile("(?m)^\\| `([A-Z_0-9]+)` \\|");
    private static final Pattern EXAMPLE = Pattern.compile("```xml\n(.*?)\n```", Pattern.DOTALL);

    @Test
    void hasItsSections() {
        assertThat(SPEC.lines().filter(line -> line.startsWith("## ")))
                .containsExactly(
                        "## 1 Packets",
                        "## 2 Discovery",
                        "## 3 The hop API",
                        "## 4 The parcel",
                        "## 5 The receipt",
                        "## 6 The maximum wait",
                        "## 7 The black list",
                        "## 8 Problems",
                        "## 9 Carried by hand",
                        "## 10 Updates");
    }

    @Test
    void listsEveryProblemAndNoOther() {
        List<String> listed = ROW.matcher(section("## 8 "))
                .results()
                .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3))
                .toList();

        assertThat(listed)
                .containsExactlyElementsOf(Arrays.stream(Problem.values())
                        .map(p -> p.code() + " " + p.status() + " " + (p.retryable() ? "yes" : "no"))
                        .toList());
    }

    @Test
    void listsEveryKindOfPacketFaultAndNoOther() {
        assertThat(kinds("### 1.4 ")).containsExactlyInAnyOrderElementsOf(names(PacketFault.Kind.values()));
    }

    @Test
    void hasAVerdictForEveryKindOfSignatureFault() {
        String verdicts = section("### 5.5 ");

        assertThat(SignatureFault.Kind.values())
                .allSatisfy(kind -> assertThat(verdicts.lines()
                                .filter(line -> line.startsWith("|") && line.contains("`" + kind + "`")))
                        .hasSize(1));
    }

    @Test
    void hasAStepAndAVerdictForEveryKindOfUpdateFault() {
        String steps = section("### 10.5 ");
        String verdicts = section("### 10.6 ");

        assertThat(UpdateFault.Kind.values()).allSatisfy(kind -> {
            assertThat(steps).contains("`" + kind + "`");
            assertThat(verdicts.lines().filter(line -> line.startsWith("|") && line.contains("`" + kind + "`")))
                    .hasSize(1);
        });
    }

    @Test
    void checksSignaturesInTheOrderOfTheirKinds() {
        String steps = section("### 5.4 ");

        assertThat(Arrays.stream(SignatureFault.Kind.values()).map(kind -> steps.lastIndexOf("`" + kind + "`")))
                .allSatisfy(at -> assertThat(at).isNotNegative());
        assertThat(steps.indexOf("`ALGORITHM_NOT_ALLOWED`"))
                .isGreaterThan(steps.indexOf("`MALFORMED`"))
                .isLessThan(steps.indexOf("`BAD_SIGNATURE`"));
        assertThat(steps.indexOf("`WRONG_NAME`"))
                .isGreaterThan(steps.indexOf("`UNKNOWN_CHAIN`"))
                .isLessThan(steps.indexOf("`WRONG_DELIVERY`"));
    }

    @Test
    void showsEveryTypeByItsVector() {
        Map<String, String> shown = new LinkedHashMap<>();
        for (String example : examples()) {
            String line = example.replaceAll("\\s*\n\\s*", " ");
            shown.put(line.replaceFirst(".* type=\"([a-z]+)\".*", "$1"), line);
        }

        assertThat(shown)
                .containsOnlyKeys(
                        "request",
                        "response",
                        "located",
                        "receipt",
                        "refusal",
                        "profile",
                        "release",
                        "catalogue",
                        "label");
        for (Map.Entry<String, String> example : shown.entrySet()) {
            String vector =
                    switch (example.getKey()) {
                        case "request" -> "packet/good-request-unpadded";
                        case "label" -> "label/good-label";
                        default -> "packet/good-" + example.getKey();
                    };
            assertThat(example.getValue()).isEqualTo(read("spec/vectors/" + vector + ".xml"));
        }
    }

    /** The table of each type, with the six attributes before it, is the order in which the encoder writes. */
    @Test
    void listsAttributesInTheOrderOfTheEncoder() throws PacketFault {
        List<String> six = attributes("### 1.3 ");
        assertThat(six).containsExactly("type", "version", "ID", "method", "href", "acceptprotocol");
        for (String example : examples()) {
            Packet packet = PacketCodec.parse(example.getBytes(UTF_8), PacketCodec.MAX_CMS);
            String table = section(Pattern.compile("### 1\\.[0-9]+ `" + packet.type() + "`"));
            Set<String> written = PacketXml.read(PacketCodec.encode(packet)).keySet();
            List<String> listed = Stream.concat(
                            six.stream(), attributesOf(table).filter(name -> !six.contains(name)))
                    // An example need not have what is optional.
                    .filter(name ->
                            written.contains(name) || !table.contains("| `" + name + "` | hex digest, optional |"))
                    .toList();

            assertThat(listed).containsExactlyElementsOf(written);
        }
    }

    @Test
    void namesTheLimitsOfTheCode() {
        String packets = section("## 1 ");

        assertThat(packets)
                .contains("**1,200 bytes**")
                .contains("**4,096**")
                .contains("at least " + PacketCodec.MAX_RESPONSE + " bytes")
                .contains("at most " + BackendUrl.MAX_LENGTH + " characters")
                .contains("at most " + AliasUrl.MAX_LENGTH + " characters")
                .contains("0 to " + Promise.MAX_SECONDS)
                .contains("0 to " + Packet.Request.MAX_RELAYS)
                .contains("1 to " + Promise.MAX_HOPS);
        assertThat(PacketCodec.MAX_UDP).isEqualTo(1200);
        assertThat(PacketCodec.MAX_CMS).isEqualTo(4096);
        assertThat(Promise.MAX_BYTES).isEqualTo(1L << 50);
        assertThat(section("## 5 ")).contains("at most " + SignedPackets.MAX_BYTES / 1024 + " KiB");
        assertThat(section("### 1.11 ")).contains("0 to 2^38").contains("1 to 2^50");
        assertThat(Packet.Release.MAX_FILE).isEqualTo(1L << 38);
        assertThat(Packet.Release.MAX_RELEASE).isEqualTo(1L << 50);
        assertThat(section("### 1.12 ")).contains("0 to " + CatalogueList.MAX_BYTES);
        assertThat(section("### 10.1 "))
                .contains("at most " + FileUrl.MAX_LENGTH + " characters")
                .contains("at most " + FileName.MAX_LENGTH + " characters");
        assertThat(section("### 10.2 ")).contains("(1,048,576 bytes)").contains("at most 8 MiB");
        assertThat(Pieces.LENGTH).isEqualTo(1_048_576);
        assertThat(Pieces.listSize(Packet.Release.MAX_FILE)).isEqualTo(CatalogueList.MAX_BYTES);
        assertThat(section("### 10.3 ")).contains("At most 10,000 files and 8 MiB");
        assertThat(CatalogueList.MAX_FILES).isEqualTo(10_000);
    }

    private static List<String> examples() {
        return EXAMPLE.matcher(SPEC).results().map(match -> match.group(1)).toList();
    }

    private static List<String> kinds(String heading) {
        return KIND.matcher(section(heading)).results().map(row -> row.group(1)).toList();
    }

    private static List<String> attributes(String heading) {
        return attributesOf(section(heading)).toList();
    }

    private static Stream<String> attributesOf(String text) {
        return Pattern.compile("(?m)^\\| `([A-Za-z0-9]+)` \\|")
                .matcher(text)
                .results()
                .map(row -> row.group(1));
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static String section(String heading) {
        return section(Pattern.compile(Pattern.quote(heading)));
    }

    /** From this heading to the next of its level or above. */
    private static String section(Pattern heading) {
        MatchResult start = Pattern.compile("(?m)^" + heading.pattern())
                .matcher(SPEC)
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError("no section " + heading));
        int level = start.group().indexOf(' ');
        return Pattern.compile("(?m)^#{1," + level + "} ")
                .matcher(SPEC)
                .results()
                .filter(next -> next.start() > start.start())
                .findFirst()
                .map(next -> SPEC.substring(start.start(), next.start()))
                .orElse(SPEC.substring(start.start()));
    }

    private static String read(String file) {
        try {
            return Files.readString(Vectors.root().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
