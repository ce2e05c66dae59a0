package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What else is no file's URL stands in {@code spec/vectors/packet/bad-release-*}. */
class FileUrlTest {

    @ParameterizedTest
    @CsvSource({
        "https://backend.example/inbox/files/av/main.cvd, https://backend.example/inbox, av/main.cvd",
        "https://backend.example/files/a, https://backend.example, a",
        "https://files/files/files, https://files, files",
        "https://b/files/files/x/files/y, https://b, files/x/files/y",
        "https://b/myfiles/files/x, https://b/myfiles, x",
        "http://127.0.0.1:8080/a/files/..., http://127.0.0.1:8080/a, ..."
    })
    void isDividedAtTheFirstSegmentFiles(String text, String backend, String name) {
        FileUrl url = FileUrl.parse(text);

        assertThat(url).isEqualTo(FileUrl.of(BackendUrl.parse(backend), new FileName(name)));
        assertThat(url).hasToString(text);
        // A question in discovery carries it as a backend's URL.
        assertThat(BackendUrl.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "files/a",
                "/files/a",
                "://files/a",
                "https://files/a",
                "https://b/file/a",
                "https://b/files",
                "https://b/files/",
                "https://b//files/a",
                "https://b/../files/a",
                "https://b/files/a/..",
                "https://b/files/a#b",
                "https://b?/files/a",
                "https://u@b/files/a",
                "ftp://b/files/a"
            })
    void noOtherTextIsOne(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> FileUrl.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://b/files", "https://b/files/inbox", "https://b/inbox/files", "https://b/a/files/b"})
    void aBackendWithASegmentFilesPublishesNothing(String text) {
        BackendUrl backend = BackendUrl.parse(text);

        assertThatIllegalArgumentException().isThrownBy(() -> FileUrl.publishing(backend));
        assertThatIllegalArgumentException().isThrownBy(() -> FileUrl.of(backend, new FileName("a")));
    }

    @Test
    void isBoundedInLength() {
        String longest = "https://b/" + "p".repeat(FileUrl.MAX_LENGTH - 18) + "/files/a";

        assertThat(longest).hasSize(FileUrl.MAX_LENGTH);
        assertThat(FileUrl.parse(longest)).hasToString(longest);
        assertThatIllegalArgumentException().isThrownBy(() -> FileUrl.parse(longest + "a"));
        BackendUrl backend = FileUrl.parse(longest).backend();
        assertThatIllegalArgumentException().isThrownBy(() -> FileUrl.of(backend, new FileName("ab")));
    }

    @Property
    void hasOneTextForEachUrl(@ForAll @CharRange(from = '!', to = '~') String end) {
        String text = "https://b.example/files/" + end;
        try {
            FileUrl url = FileUrl.parse(text);

            assertThat(url).hasToString(text);
            assertThat(url.name().text()).isEqualTo(end);
            assertThat(BackendUrl.parse(text).uri().normalize()).hasToString(text);
        } catch (IllegalArgumentException e) {
            assertThatIllegalArgumentException().isThrownBy(() -> new FileName(end));
        }
    }
}
