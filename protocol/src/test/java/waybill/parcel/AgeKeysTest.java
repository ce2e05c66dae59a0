package waybill.parcel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeKeysTest {
    /** As the program age-keygen writes it. */
    private static final String FILE = """
            # created: 2026-03-01T13:00:00+01:00
            # public key: age1pfl5856m5jz6dt77g84zch52neh02sjfchg30lunh3yl7g7g6u2qh64xd6
            AGE-SECRET-KEY-1DRFCZ9TX6KSPY282NNWSJ7HWT5LJJN6QK3PR70ME8L7JQSD0P7GQJG954V
            """;

    @Test
    void aFreshPairIsReadBackFromItsFile() throws Exception {
        AgeKeys keys = AgeKeys.generate();

        assertThat(AgeKeys.parse(keys.toFile(Parcels.CREATED))).isEqualTo(keys);
        assertThat(keys.toFile(Parcels.CREATED))
                .isEqualTo("# created: 2026-03-01T12:00:00Z\n# public key: " + keys.recipient() + "\n" + keys.identity()
                        + "\n");
        assertThat(AgeKeys.generate()).isNotEqualTo(keys);
        assertThatCode(() -> AgeKeys.checkRecipient(keys.recipient())).doesNotThrowAnyException();
    }

    @Test
    void theFileOfTheProgramIsRead() throws Exception {
        assertThat(AgeKeys.parse(FILE))
                .isEqualTo(new AgeKeys(
                        "AGE-SECRET-KEY-1DRFCZ9TX6KSPY282NNWSJ7HWT5LJJN6QK3PR70ME8L7JQSD0P7GQJG954V",
                        "age1pfl5856m5jz6dt77g84zch52neh02sjfchg30lunh3yl7g7g6u2qh64xd6"));
        assertThat(AgeKeys.parse(FILE.replace("\n", "\r\n")).recipient())
                .isEqualTo("age1pfl5856m5jz6dt77g84zch52neh02sjfchg30lunh3yl7g7g6u2qh64xd6");
    }

    @Test
    void severalIdentitiesAreReadWhereSeveralMayBe() throws Exception {
        AgeKeys first = AgeKeys.generate();
        AgeKeys second = AgeKeys.generate();
        String both = first.toFile(Parcels.CREATED) + "\n" + second.toFile(Parcels.CREATED);

        assertThat(AgeKeys.parseAll(both)).isEqualTo(List.of(first, second));
        assertBad(both);
    }

    @Test
    void theSecretIsNotShown() {
        AgeKeys keys = AgeKeys.generate();
        assertThat(keys.toString()).contains(keys.recipient()).doesNotContain(keys.identity());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "AGE-SECRET-KEY-1", "age1abc", "-----BEGIN PRIVATE KEY-----"})
    void whatIsNoIdentityIsABadKeyAndNotRepeated(String text) {
        assertBad(text);
    }

    @Test
    void aMistypedIdentityIsABadKeyAndNotRepeated() {
        String right = AgeKeys.generate().identity();
        char last = right.charAt(73) == 'Q' ? 'P' : 'Q';
        assertBad(right.substring(0, 73) + last);
        assertBad(right.toLowerCase(java.util.Locale.ROOT));
        assertBad(right + "A");
    }

    private static void assertBad(String text) {
        assertThatThrownBy(() -> AgeKeys.parse(text)).isInstanceOfSatisfying(ParcelFault.class, fault -> {
            assertThat(fault.kind()).isEqualTo(ParcelFault.Kind.BAD_KEY);
            if (text.length() > 20) {
                assertThat(fault.getMessage()).doesNotContain(text.substring(17));
            }
        });
    }
}
