package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import waybill.hop.Peer;
import waybill.protocol.BackendUrl;
import waybill.signature.TrustPolicy;

class RelayConfigTest {
    private static final Path DATA = Path.of("data");

    @Test
    void startsFromDefaultsThatAreSafe() {
        RelayConfig config = RelayConfig.of(DATA, List.of(backend("https://backend.example/inbox")));

        assertThat(config.allowPlainLan()).isFalse();
        assertThat(config.allowPlainBackend()).isFalse();
        assertThat(config.every()).isZero();
        assertThat(config.listen().getPort()).isEqualTo(7506);
        assertThat(config.retention().receipts()).isEqualTo(Duration.ofDays(30));
    }

    @Test
    void aRelayWithoutABackendForwardsNowhere() {
        assertThatThrownBy(() -> RelayConfig.of(DATA, List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPlainBackendMustBeAllowedByName() {
        List<RelayConfig.Backend> plain = List.of(backend("http://127.0.0.1:8080/inbox"));

        assertThatThrownBy(() -> RelayConfig.of(DATA, plain)).hasMessageContaining("must be allowed by name");
        assertThat(RelayConfig.builder(DATA, plain)
                        .allowPlainBackend(true)
                        .build()
                        .backends())
                .hasSize(1);
    }

    @Test
    void theSameBackendTwiceIsAMistake() {
        RelayConfig.Backend one = backend("https://backend.example/inbox");

        assertThatThrownBy(() -> RelayConfig.of(DATA, List.of(one, one))).hasMessageContaining("twice");
    }

    @Test
    void anEncryptedBackendMustProveItself() {
        RelayConfig.Backend unproved = new RelayConfig.Backend(
                BackendUrl.parse("https://backend.example/inbox"),
                TrustPolicy.of(List.of(FakeBackend.SIGNER)),
                new Peer.Identity.Plain(),
                Optional.empty());

        assertThatThrownBy(() -> RelayConfig.of(DATA, List.of(unproved))).hasMessageContaining("proved by TLS");
    }

    @Test
    void timesAndNumbersOutOfRangeAreRefused() {
        RelayConfig.Builder builder = RelayConfig.builder(DATA, List.of(backend("https://backend.example/inbox")));

        assertThatThrownBy(() -> builder.every(Duration.ofSeconds(-1)).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.every(Duration.ZERO).concurrency(0).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RelayConfig.Retention(
                        Duration.ofDays(30), Duration.ofDays(1), Duration.ofDays(90), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static RelayConfig.Backend backend(String url) {
        return new RelayConfig.Backend(
                BackendUrl.parse(url),
                TrustPolicy.of(List.of(FakeBackend.SIGNER)),
                url.startsWith("https:")
                        ? new Peer.Identity.Named(List.of(FakeBackend.SIGNER), false)
                        : new Peer.Identity.Plain(),
                Optional.empty());
    }
}
