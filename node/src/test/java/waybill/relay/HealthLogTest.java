package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthLogTest {
    private final FakeClock clock = new FakeClock();
    private final HealthLog health = new HealthLog(FakeBackend.URL, List.of(FakeBackend.SIGNER), clock);

    @Test
    void namesTheProblemUntilItIsOver() {
        health.failed("connection refused");
        assertThat(health.state()).isEqualTo(Health.State.FAILING);
        assertThat(health.lastFailure()).contains(new Health.Failure(FakeClock.START, "connection refused"));

        clock.advance(Duration.ofMinutes(1));
        health.succeeded(Optional.empty());
        assertThat(health.state()).isEqualTo(Health.State.WORKING);
        assertThat(health.lastFailure()).isEmpty();
        assertThat(health.lastSuccess()).contains(FakeClock.START.plusSeconds(60));
    }

    @Test
    void oneBadDeliveryDoesNotMakeTheBackendFail() {
        health.failedOnce("too odd");

        assertThat(health.state()).isEqualTo(Health.State.WORKING);
        assertThat(health.lastFailure()).isPresent();
    }

    @Test
    void warnsBeforeTheAnchorAndTheSigningCertificateEnd() {
        assertThat(health.warnings()).isEmpty();
        health.succeeded(Optional.of(FakeBackend.certificate(FakeClock.START.plus(Duration.ofDays(29)))));
        assertThat(health.warnings()).singleElement().asString().contains("signing", "2026-03-30");

        clock.set(Instant.parse("2027-02-20T00:00:00Z"));
        assertThat(health.warnings()).hasSize(2);
    }
}
