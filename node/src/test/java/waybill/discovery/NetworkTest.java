package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.0.0/16, 10.1.255.1, true",
        "10.1.0.0/16, 10.2.0.1, false",
        "10.1.2.3/16, 10.1.9.9, true",
        "10.1.128.0/17, 10.1.127.255, false",
        "10.1.128.0/17, 10.1.128.0, true",
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.2, false",
        "0.0.0.0/0, 192.0.2.1, true",
        "0.0.0.0/0, fd00::1, false",
        "fd00::/8, fd12:3456::1, true",
        "fd00::/8, fe00::1, false",
        "::/0, 10.0.0.1, false"
    })
    void anAddressIsInANetworkIfThePrefixIsTheSame(String network, String address, boolean in) {
        assertThat(Network.parse(network).contains(Sample.ip(address))).isEqualTo(in);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.1.0.0/33", "fd00::/129", "10.1/16", "relay.example/8", "10.1.0.0/", "10.1.0.0/-1", "/8"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Network.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
