package waybill.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProxyTest {
    @ParameterizedTest
    @CsvSource({
        "proxy.example:3128, proxy.example:3128,",
        "http://proxy.example:3128, proxy.example:3128,",
        "HTTP://proxy.example:3128/, proxy.example:3128,",
        "http://proxy.example, proxy.example:80,",
        "10.0.0.1:8080, 10.0.0.1:8080,",
        "http://[fd00::1]:3128, [fd00::1]:3128,",
        "http://user:s3cret@proxy.example:3128/, proxy.example:3128, Basic dXNlcjpzM2NyZXQ=",
        "user:p%40ss%3A+@proxy.example, proxy.example:80, Basic dXNlcjpwQHNzOis=",
        "user@proxy.example, proxy.example:80, Basic dXNlcjo="
    })
    void aProxyIsAHostAndAPort(String text, String shown, @Nullable String basic) {
        HttpProxy proxy = HttpProxy.parse(text);
        assertThat(proxy).hasToString(shown);
        assertThat(proxy.address().isUnresolved()).as("nothing is looked up").isTrue();
        assertThat(proxy.credentials().map(HttpProxy.Credentials::basic)).isEqualTo(Optional.ofNullable(basic));
        assertThat(proxy.credentials().toString()).doesNotContain("user", "s3cret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "https://s3cret@proxy.example:3128",
                "socks5://s3cret@proxy.example:1080",
                "http:s3cret://x",
                "mailto:s3cret://x",
                "http://u:s3cret@",
                "http://u:s3cret@proxy.example:0",
                "http://u:s3cret@proxy.example:65536",
                "http://u:s3cret@proxy.example:port",
                "http://u:s3cret@proxy.example/path",
                "http://u:s3cret@proxy.example?q",
                "http://u:s3cret@proxy.example#f",
                "http://u:s3cret%@proxy.example",
                "http://u:s3cret%zz@proxy.example",
                "http://u:s3cret%0d%0aX@proxy.example",
                "http://u%3as3cret:p@proxy.example",
                "http://u:s3#cret@proxy.example",
                "http://u:s3/cret@proxy.example:3128",
                "http://u:s3 cret@proxy.example:3128",
                "http://[s3cret]:3128"
            })
    void anythingElseIsRefusedAndNothingOfItShown(String text) {
        assertThatThrownBy(() -> HttpProxy.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageNotContainingAny("s3", "cret", "%0");
    }

    @Property
    void whateverStandsInAUrlInPercentEncodingIsWhatTheProxyIsTold(@ForAll String user, @ForAll String password) {
        HttpProxy.Credentials credentials;
        try {
            credentials = new HttpProxy.Credentials(user, password);
        } catch (IllegalArgumentException e) {
            return;
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(user + password)) {
            return; // a lone surrogate is no text
        }
        HttpProxy proxy = HttpProxy.parse("http://" + percent(user) + ":" + percent(password) + "@proxy.example:3128");
        assertThat(proxy.credentials()).contains(credentials);
        assertThat(HttpProxy.Credentials.parse(user + ":" + password)).isEqualTo(credentials);
        assertThat(proxy).hasToString("proxy.example:3128");
    }

    private static String percent(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Property
    void everyTextIsAProxyOrRefused(@ForAll String text) {
        try {
            HttpProxy.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no colon"})
    void credentialsWithoutAColonAreNone(String text) {
        assertThatThrownBy(() -> HttpProxy.Credentials.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContainingAny("no colon");
    }
}
