package waybill.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.hop.HttpProxy;
import waybill.protocol.BackendUrl;

class ProxiesTest {
    private static final BackendUrl HTTPS = BackendUrl.parse("https://backend.example/inbox");
    private static final BackendUrl HTTP = BackendUrl.parse("http://backend.example/inbox");

    private static Optional<String> https(Map<String, String> environment) {
        return by(Proxies.of(environment, true), HTTPS);
    }

    private static Optional<String> http(Map<String, String> environment) {
        return by(Proxies.of(environment, true), HTTP);
    }

    private static Optional<String> by(Proxies proxies, BackendUrl backend) {
        return proxies.towards(backend, Optional.empty()).map(HttpProxy::toString);
    }

    @Test
    void withoutAWordThereIsNone() {
        assertThat(https(Map.of("https_proxy", "", "NO_PROXY", "*"))).isEmpty();
        assertThat(by(Proxies.none(), HTTPS)).isEmpty();
    }

    @Test
    void eachSchemeHasItsOwnSmallLettersFirst() {
        Map<String, String> all = Map.of(
                "https_proxy", "http://a:1", "HTTPS_PROXY", "http://b:1", "http_proxy", "c:1", "all_proxy", "d:1");
        assertThat(https(all)).contains("a:1");
        assertThat(http(all)).contains("c:1");
        assertThat(https(Map.of("HTTPS_PROXY", " http://b:1 ", "ALL_PROXY", "d:1")))
                .contains("b:1");
        assertThat(https(Map.of("ALL_PROXY", "d:1"))).contains("d:1");
        assertThat(http(Map.of("all_proxy", "e:1", "ALL_PROXY", "d:1"))).contains("e:1");
    }

    @Test
    void whatARequestOfCgiCanSetIsNotLookedAt() {
        assertThat(http(Map.of("HTTP_PROXY", "http://stranger:1"))).isEmpty();
        assertThat(https(Map.of("HTTP_PROXY", "http://stranger:1"))).isEmpty();
    }

    @Test
    void someAreReachedWithout() {
        Map<String, String> environment =
                Map.of("HTTPS_PROXY", "a:1", "no_proxy", "other.example", "NO_PROXY", ".example");
        assertThat(https(environment)).as("small letters first").contains("a:1");
        assertThat(https(Map.of("HTTPS_PROXY", "a:1", "NO_PROXY", ".example"))).isEmpty();
        assertThat(by(Proxies.by(HttpProxy.parse("a:1"), Map.of("NO_PROXY", ".example")), HTTPS))
                .as("by whatever the proxy was named")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3, false", "10.2.2.3, true", "127.0.0.1, false"})
    void whereItIsDialledCountsLikeItsName(String address, boolean proxied) {
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "a:1", "NO_PROXY", "10.1.0.0/16"), false);
        Optional<InetSocketAddress> to = Optional.of(new InetSocketAddress(InetAddress.ofLiteral(address), 8443));
        assertThat(proxies.towards(HTTPS, to).isPresent()).isEqualTo(proxied);
    }

    @Test
    void theProxyThatWasNamedIsForAllBackends() {
        Proxies proxies = Proxies.by(HttpProxy.parse("a:1"), Map.of("https_proxy", "b:1"));
        assertThat(by(proxies, HTTPS)).contains("a:1");
        assertThat(by(proxies, HTTP)).contains("a:1");
    }

    @Test
    void credentialsFromElsewhereStandInPlaceOfTheUrls() {
        HttpProxy.Credentials credentials = new HttpProxy.Credentials("user", "s3cret");
        Proxies proxies =
                Proxies.of(Map.of("https_proxy", "http://old:old@a:1"), false).with(credentials);
        assertThat(proxies.towards(HTTPS, Optional.empty()).flatMap(HttpProxy::credentials))
                .contains(credentials);
    }

    @Test
    void whatCannotBeUsedIsNamedButNotShown() {
        assertThatThrownBy(() -> https(Map.of("ALL_PROXY", "socks5://u:s3cret@a:1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("ALL_PROXY: ")
                .hasMessageNotContainingAny("s3cret")
                .hasNoCause();
        assertThat(by(Proxies.of(Map.of("https_proxy", "a:1", "all_proxy", "socks5://b:1"), false), HTTPS))
                .as("where it is not needed it is not looked at")
                .contains("a:1");
    }
}
