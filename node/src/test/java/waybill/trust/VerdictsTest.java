package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.signature.SignatureFault.Kind;
import waybill.trust.Verdicts.Verdict;

/** The table of section 5, row by row. */
class VerdictsTest {
    private static final String TABLE = """
            MALFORMED             | true  | true  | FORGED
            MALFORMED             | true  | false | FORGED
            MALFORMED             | false | true  | FORGED_UNPROVED
            MALFORMED             | false | false | FORGED_UNPROVED
            BAD_SIGNATURE         | true  | true  | FORGED
            BAD_SIGNATURE         | true  | false | FORGED
            BAD_SIGNATURE         | false | true  | FORGED_UNPROVED
            BAD_SIGNATURE         | false | false | FORGED_UNPROVED
            WRONG_NAME            | true  | true  | FORGED
            WRONG_NAME            | true  | false | FORGED
            WRONG_NAME            | false | true  | FORGED_UNPROVED
            WRONG_NAME            | false | false | FORGED_UNPROVED
            WRONG_ROLE            | true  | true  | FORGED
            WRONG_ROLE            | true  | false | FORGED
            WRONG_ROLE            | false | true  | FORGED_UNPROVED
            WRONG_ROLE            | false | false | FORGED_UNPROVED
            WRONG_DELIVERY        | true  | true  | FORGED
            WRONG_DELIVERY        | true  | false | FORGED
            WRONG_DELIVERY        | false | true  | FORGED_UNPROVED
            WRONG_DELIVERY        | false | false | FORGED_UNPROVED
            UNKNOWN_CHAIN         | true  | true  | FORGED
            UNKNOWN_CHAIN         | true  | false | UNVERIFIABLE
            UNKNOWN_CHAIN         | false | true  | FORGED_UNPROVED
            UNKNOWN_CHAIN         | false | false | UNVERIFIABLE
            EXPIRED               | true  | true  | UNVERIFIABLE
            EXPIRED               | true  | false | UNVERIFIABLE
            EXPIRED               | false | true  | UNVERIFIABLE
            EXPIRED               | false | false | UNVERIFIABLE
            REVOKED               | true  | true  | UNVERIFIABLE
            REVOKED               | true  | false | UNVERIFIABLE
            REVOKED               | false | true  | UNVERIFIABLE
            REVOKED               | false | false | UNVERIFIABLE
            ALGORITHM_NOT_ALLOWED | true  | true  | UNVERIFIABLE
            ALGORITHM_NOT_ALLOWED | true  | false | UNVERIFIABLE
            ALGORITHM_NOT_ALLOWED | false | true  | UNVERIFIABLE
            ALGORITHM_NOT_ALLOWED | false | false | UNVERIFIABLE
            UNKNOWN_PACKET        | true  | true  | UNVERIFIABLE
            UNKNOWN_PACKET        | true  | false | UNVERIFIABLE
            UNKNOWN_PACKET        | false | true  | UNVERIFIABLE
            UNKNOWN_PACKET        | false | false | UNVERIFIABLE
            BEYOND_SKEW           | true  | true  | UNVERIFIABLE
            BEYOND_SKEW           | true  | false | UNVERIFIABLE
            BEYOND_SKEW           | false | true  | UNVERIFIABLE
            BEYOND_SKEW           | false | false | UNVERIFIABLE
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = TABLE)
    void verdict(Kind kind, boolean proved, boolean anchorsKnown, Verdict verdict) {
        assertThat(Verdicts.of(kind, proved, anchorsKnown)).isEqualTo(verdict);
    }

    @Test
    void theTableHasEveryRow() {
        List<String> rows = TABLE.lines().toList();
        Set<String> kinds = new HashSet<>();
        rows.forEach(row -> kinds.add(row.split("\\|", -1)[0].strip()));
        assertThat(kinds)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Kind.values()).map(Kind::name).toList());
        assertThat(rows).hasSize(4 * Kind.values().length);
    }
}
