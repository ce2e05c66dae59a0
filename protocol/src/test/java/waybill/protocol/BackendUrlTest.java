package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What else is no backend's URL stands in {@code spec/vectors/packet/bad-backend-*}. */
class BackendUrlTest {
    @ParameterizedTest
    @CsvSource({
        "https://backend.example, backend.example, 443, ''",
        "https://backend.example/inbox, backend.example, 443, /inbox",
        "https://backend.example:8443/a/b.c/~d_e-f, backend.example, 8443, /a/b.c/~d_e-f",
        "http://127.0.0.1:8080, 127.0.0.1, 8080, ''",
        "http://b/..., b, 80, /...",
        "https://1a.2b.c3, 1a.2b.c3, 443, ''"
    })
    void hasAHostAPortAndAPath(String text, String host, int port, String path) {
        BackendUrl url = BackendUrl.parse(text);

        assertThat(url).hasToString(text);
        assertThat(url.host()).isEqualTo(host);
        assertThat(url.port()).isEqualTo(port);
        assertThat(url.path()).isEqualTo(path);
        assertThat(url.encrypted()).isEqualTo(text.startsWith("https"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://backend.example/, https://backend.example",
        "https://backend.example//, https://backend.example",
        "HTTPS://Backend.EXAMPLE/Inbox/, https://backend.example/Inbox",
        "'  https://backend.example ', https://backend.example",
        "https://backend.example:443/inbox, https://backend.example/inbox",
        "https://backend.example:0443/inbox, https://backend.example/inbox",
        "https://backend.example:/inbox, https://backend.example/inbox",
        "http://backend.example:80, http://backend.example",
        "http://backend.example:443, http://backend.example:443"
    })
    void takesWhatAnOperatorTypesAndWritesItInOneWay(String typed, String text) {
        assertThat(BackendUrl.fromOperator(typed)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "backend.example",
                "backend.example:8443",
                "//backend.example/inbox",
                "https:backend.example",
                "https://",
                "https:///inbox",
                "https://user:secret@backend.example",
                "https://backend.example/inbox?x=1",
                "https://backend.example/inbox?",
                "https://backend.example/inbox#x",
                "https://backend.example/in box",
                "https://backend.example/a//b",
                "https://backend.example//a",
                "https://backend.example/../a",
                "https://backend.example/%41",
                "https://backend.example:99999",
                "https://backend.example:-1",
                "https://[::1]/inbox",
                "https://010.0.0.1",
                "https://0x7f000001",
                "https://1.2.3",
                "ftp://backend.example",
                "file:///etc/passwd",
                "mailto:x@backend.example"
            })
    void tellsAnOperatorWhatCannotBe(String typed) {
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.fromOperator(typed));
    }

    @Test
    void doesNotRepeatAPasswordInItsError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackendUrl.fromOperator("https://user:secret@backend.example"))
                .withMessageNotContaining("secret");
    }

    @Test
    void isBoundedInLength() {
        String longest = "https://b/" + "x".repeat(BackendUrl.MAX_LENGTH - 10);

        assertThat(BackendUrl.parse(longest)).hasToString(longest);
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parse(longest + "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parse("https://b" + "/x".repeat(1 << 20)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackendUrl.fromOperator("https://b" + "/".repeat(1 << 20)));
    }

    @Test
    void cannotBeMadeOfAnyOtherUri() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BackendUrl(URI.create("https://b.example/x?y")));
        assertThatIllegalArgumentException().isThrownBy(() -> new BackendUrl(URI.create("urn:x:y")));
    }

    @Property
    void hasOneTextForEachUrl(@ForAll @CharRange(from = '!', to = '~') String end) {
        String typed = "https://b.example/" + end;
        try {
            BackendUrl url = BackendUrl.fromOperator(typed);

            assertThat(BackendUrl.parse(url.toString())).isEqualTo(url);
            assertThat(BackendUrl.fromOperator(url.toString())).isEqualTo(url);
            assertThat(url.uri().normalize()).isEqualTo(url.uri());
        } catch (IllegalArgumentException e) {
            assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parse(typed));
        }
    }
}
