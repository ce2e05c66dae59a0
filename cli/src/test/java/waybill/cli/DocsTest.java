package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the documents hold together: numbers that are given once, links that lead somewhere. */
final class DocsTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern DECISION = Pattern.compile("(?m)^(\\d+)\\. \\*\\*");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    static List<Path> documents() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path folder : List.of(HOME, HOME.resolve("docs"), HOME.resolve("spec"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void decisionsAreNumberedOnceAndSectionsComeInTheirOrder() throws IOException {
        String text = Files.readString(HOME.resolve("docs/decisions.md"));
        List<Integer> all = numbers(text);
        assertThat(all).hasSizeGreaterThan(100).doesNotHaveDuplicates();
        List<Integer> firsts = Stream.of(text.split("(?m)^## "))
                .skip(1)
                .map(section -> numbers(section).getFirst())
                .toList();
        assertThat(firsts).isSorted();
        for (String section : text.split("(?m)^## ")) {
            assertThat(numbers(section)).isSorted();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void whatADocumentPointsToIsThere(Path document) throws IOException {
        String text = Files.readString(document);
        List<Integer> decisions = numbers(Files.readString(HOME.resolve("docs/decisions.md")));
        Matcher named = Pattern.compile("\\[decision (\\d+)\\]").matcher(text);
        while (named.find()) {
            assertThat(decisions).contains(Integer.parseInt(named.group(1)));
        }
        Matcher links = LINK.matcher(text);
        while (links.find()) {
            String link = links.group(1);
            if (link.contains("://")) {
                continue;
            }
            String[] parts = link.split("#", 2);
            Path target = parts[0].isEmpty()
                    ? document
                    : document.resolveSibling(parts[0]).normalize();
            assertThat(target).as("%s: %s", document, link).exists();
            if (parts.length == 2) {
                assertThat(headings(target)).as("%s: %s", document, link).contains(parts[1]);
            }
        }
    }

    private static List<Integer> numbers(String text) {
        return DECISION.matcher(text)
                .results()
                .map(found -> Integer.parseInt(found.group(1)))
                .toList();
    }

    /** The anchors of a document's headings, as they are made on the web. */
    private static List<String> headings(Path document) {
        try (Stream<String> lines = Files.lines(document)) {
            return lines.filter(line -> line.matches("#{1,4} .*"))
                    .map(line -> line.replaceFirst("^#+ ", "")
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N} _-]", "")
                            .replace(' ', '-'))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
