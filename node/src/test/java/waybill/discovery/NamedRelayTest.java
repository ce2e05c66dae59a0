package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedRelayTest {
    @ParameterizedTest
    @CsvSource({
        "relay.example:7506, relay.example, false",
        "10.1.2.3:7506, 10.1.2.3, true",
        "[fd00::7]:7506, fd00::7, true",
        "[fe80::1%eth0]:7506, fe80::1%eth0, true"
    })
    void aRelayIsNamedByHostAndPort(String text, String host, boolean literal) {
        NamedRelay relay = NamedRelay.parse(text);
        assertThat(relay).isEqualTo(new NamedRelay(host, 7506, Optional.empty()));
        assertThat(relay.literal()).isEqualTo(literal);
        assertThat(relay).hasToString(text);
    }

    @Test
    void itsNodeStandsAfterASharp() {
        String text = "10.1.2.3:7506#" + Sample.node(3);
        assertThat(NamedRelay.parse(text).node()).contains(Sample.node(3));
        assertThat(NamedRelay.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "relay.example",
                "relay.example:",
                ":7506",
                "relay.example:0",
                "relay.example:65536",
                "relay.example:7506#",
                "relay.example:7506#short",
                "fd00::7:7506",
                "[fd00::7]",
                "[relay]:7506",
                "10.1.2:7506",
                "1.2.3.4.5:7506",
                "10.1.2.300:7506",
                "https://relay.example:7506",
                "relay.example:7506/a",
                "relay example:7506"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> NamedRelay.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLiteralAddressIsResolvedWithoutAQuestion() throws Exception {
        assertThat(NamedRelay.parse("127.0.0.9:7000").resolve())
                .extracting(NamedRelay.At::address)
                .containsExactly(Sample.at("127.0.0.9", 7000));
    }
}
