package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginPathTest {
    private static final String KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    @Test
    void whatHasAMeaningInAUrlIsEncoded() {
        assertThat(new OriginPath("pool/g/g++_1:2.0~a_all.deb").encoded())
                .isEqualTo("pool/g/g%2b%2b_1%3a2.0~a_all.deb");
        assertThat(new OriginPath("dists/stable/InRelease").encoded()).isEqualTo("dists/stable/InRelease");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "a/..",
                "../a",
                "a/./b",
                "a?b",
                "a#b",
                "a%2fb",
                "a b",
                "a\\b",
                "a\r\nb",
                "a\u00e9",
                "http://a",
                "a;b",
                "a&b"
            })
    void whatWouldLeadElsewhereIsNone(String text) {
        assertThatThrownBy(() -> new OriginPath(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itsLengthIsBounded() {
        assertThat(new OriginPath("a".repeat(OriginPath.MAX_LENGTH)).text()).hasSize(400);
        assertThatThrownBy(() -> new OriginPath("a".repeat(OriginPath.MAX_LENGTH + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anOriginIsNamedByTheDigestOfItsUrlBesideTheBackend() {
        BackendUrl backend = BackendUrl.parse("https://backend.example/inbox");
        SharedOrigin origin = SharedOrigin.parse("https://backend.example/inbox/origins/" + KEY);
        assertThat(origin).isEqualTo(new SharedOrigin(backend, new Sha256(KEY)));
        assertThat(origin).hasToString("https://backend.example/inbox/origins/" + KEY);
        assertThat(SharedOrigin.keyOf(BackendUrl.parse("http://deb.debian.org/debian")))
                .isNotEqualTo(SharedOrigin.keyOf(BackendUrl.parse("https://deb.debian.org/debian")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://backend.example/inbox",
                "https://backend.example/inbox/origins/",
                "https://backend.example/inbox/origins/abc",
                "https://backend.example/origins/../origins/" + KEY,
                "https://backend.example/inbox/origins/" + KEY + "/x"
            })
    void whatNamesNoOriginIsNone(String text) {
        assertThatThrownBy(() -> SharedOrigin.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
