package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/liars.md says what {@link LiarsTest} holds the program to: every row, and no other. */
final class LiarsTableTest {
    private static final Path PAGE = Path.of("../docs/liars.md");

    @Test
    void theTableOfLiarsIsWhatIsTested() throws IOException {
        List<List<String>> wanted = new ArrayList<>();
        for (Lie lie : Lie.values()) {
            if (!lie.control()) {
                wanted.add(List.of(code(lie.label()), lie.kind, lie.verdict.label(), listed(lie)));
            }
        }
        assertThat(rows("liar")).containsExactlyElementsOf(wanted);
    }

    @Test
    void theTableOfControlsIsWhatIsTested() throws IOException {
        List<List<String>> wanted = new ArrayList<>();
        for (Lie lie : Lie.values()) {
            if (lie.control()) {
                wanted.add(List.of(code(lie.label()), lie.kind, lie.verdict.label(), "delivered, 0", listed(lie)));
            }
        }
        for (Control control : Control.values()) {
            wanted.add(List.of(
                    code(control.label()),
                    control.kind,
                    control.verdict.label(),
                    control.outcome + ", " + control.exit,
                    "nobody"));
        }
        assertThat(rows("control")).containsExactlyElementsOf(wanted);
    }

    private static String listed(Lie lie) {
        return lie.penalty == Lie.Penalty.NOBODY ? "nobody" : code(lie.penalty.name());
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    /** The rows of the table whose first column is headed so, without the second column, which is for people. */
    private static List<List<String>> rows(String head) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(PAGE)) {
            inside = line.startsWith("| " + head + " |") || (inside && line.startsWith("|"));
            if (inside) {
                List<String> cells =
                        new ArrayList<>(Arrays.stream(line.substring(1).split("\\|"))
                                .map(String::strip)
                                .toList());
                cells.remove(1);
                rows.add(cells);
            }
        }
        assertThat(rows).as("a table headed '%s' in %s", head, PAGE).hasSizeGreaterThan(2);
        return rows.subList(2, rows.size());
    }
}
