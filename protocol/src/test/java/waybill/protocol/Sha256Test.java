package waybill.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Sha256Test {
    /** FIPS 180-4, the digest of "abc". */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void isTheStandardsDigest() {
        assertThat(Sha256.of("abc".getBytes(US_ASCII))).hasToString(ABC);
    }

    @Test
    void hasABase64UrlFormWithoutPadding() {
        assertThat(new Sha256(ABC).base64Url()).isEqualTo("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    @Property
    void everyFormReadsBack(@ForAll @Size(32) byte[] digest) {
        Sha256 value = Sha256.ofDigest(digest);

        assertThat(value.bytes()).isEqualTo(digest);
        assertThat(new Sha256(value.hex())).isEqualTo(value);
        assertThat(Sha256.fromBase64Url(value.base64Url())).isEqualTo(value);
    }

    @Test
    void keepsItsBytesToItself() {
        Sha256 value = new Sha256(ABC);
        value.bytes()[0] = 0;

        assertThat(value).hasToString(ABC);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ba78", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"})
    void isExactly64LowerCaseDigits(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Sha256(text));
    }

    @Test
    void takesNoLineFeedAtTheEnd() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Sha256(ABC + "\n"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sha256(ABC.substring(1) + "\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1",
                "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa=",
                "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa "
            })
    void isReadFromOneBase64UrlFormOnly(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Sha256.fromBase64Url(text));
    }

    @Test
    void isMadeOf32BytesOnly() {
        assertThatIllegalArgumentException().isThrownBy(() -> Sha256.ofDigest(new byte[31]));
    }
}
