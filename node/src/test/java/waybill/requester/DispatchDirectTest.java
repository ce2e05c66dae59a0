package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Decisions.delivered;
import static waybill.requester.Decisions.expired;
import static waybill.requester.Decisions.refused;
import static waybill.requester.Stage.failed;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.refusal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.hop.HopAnswer;
import waybill.protocol.Problem;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;
import waybill.requester.outbox.OutboxTask.Phase;
import waybill.signature.SignatureFault;

/** What a backend says that is dialled directly: its refusals, and what decides nothing. */
class DispatchDirectTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    @Test
    void aDirectRefusalWithItsSignatureEndsTheTask() throws Exception {
        stage.config.via(Via.DIRECT);
        stage.backend().put = () -> failed(Problem.TOO_LARGE);
        stage.backend().collect = Optional.of(() -> refusal(Problem.TOO_LARGE, Stage.RECIPIENT));
        Decision.Refused refused = refused(stage.send());
        assertThat(refused.proof()).isPresent();
        assertThat(refused.file()).isPresent();
    }

    @Test
    void aDirectRefusalOverAnAuthenticatedConnectionEndsTheTaskWithoutASignature() throws Exception {
        stage.config.via(Via.AUTO);
        Host relay = stage.relay("honest");
        stage.backend().put = () -> failed(Problem.TOO_LARGE);
        Decision.Refused refused = refused(stage.send());
        assertThat(refused.problem()).contains(Problem.TOO_LARGE);
        assertThat(refused.proof()).isEmpty();
        assertThat(refused.file()).isEmpty();
        assertThat(relay.puts).isZero();
        assertThat(stage.outbox()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource
    void whatIsNotTheBackendsLastWordDecidesNothing(HopAnswer.Failed answer) throws Exception {
        stage.config.via(Via.DIRECT);
        Host backend = stage.backend();
        backend.put = () -> backend.puts == 1 ? answer : receipt();
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.DECLINED);
    }

    static List<HopAnswer.Failed> whatIsNotTheBackendsLastWordDecidesNothing() {
        return List.of(
                failed(Problem.NOT_FOUND), // may be a proxy's
                failed(Problem.METHOD_NOT_ALLOWED),
                failed(Problem.OFFSET_MISMATCH),
                failed(Problem.CHECKSUM_MISMATCH),
                new HopAnswer.Failed(403, Optional.empty(), Optional.empty(), "log in first"));
    }

    @Test
    void anUnsignedNoOverAPlainConnectionDecidesNothing() throws Exception {
        stage.config.via(Via.DIRECT).backend(Stage.PLAIN_BACKEND).allowPlainBackend(true);
        stage.hop.host(Stage.PLAIN_BACKEND.uri()).put = () -> failed(Problem.TOO_LARGE);
        assertThat(expired(stage.send()).reason()).isEqualTo(Decision.Reason.NO_CARRIER);
    }

    @Test
    void aPlainBackendIsNotDialledUnlessItIsAllowedByName() throws Exception {
        stage.config.via(Via.DIRECT).backend(Stage.PLAIN_BACKEND);
        assertThatThrownBy(stage::send).isInstanceOf(IllegalStateException.class);
        assertThat(stage.hop.dialled).isEmpty();
    }

    @Test
    void aBackendThatIsBusyIsAskedAgainAfterTheTimeItNamed() throws Exception {
        stage.config.via(Via.DIRECT);
        Host backend = stage.backend();
        backend.put = () -> backend.puts < 3
                ? new HopAnswer.Failed(
                        503, Optional.of(Problem.BUSY), Optional.of(Duration.ofSeconds(42)), "full house")
                : receipt();
        delivered(stage.send());
        assertThat(stage.steps(Step.Pausing.class))
                .extracting(Step.Pausing::pause)
                .containsExactly(Duration.ofSeconds(42), Duration.ofSeconds(42));
    }

    @Test
    void aBackendThatIsDownLeavesTheTaskInTheOutbox() throws Exception {
        stage.config.via(Via.DIRECT);
        stage.backend().put = Script.unreachable();
        Decision.Expired expired = expired(stage.send());
        assertThat(expired.reason()).isEqualTo(Decision.Reason.NO_CARRIER);
        assertThat(expired.kept()).isTrue();
        assertThat(expired.detail()).contains("no route");
        assertThat(stage.task().phase()).isEqualTo(Phase.EXPIRED);
        assertThat(stage.clocks.pauses.stream().reduce(Duration.ZERO, Duration::plus))
                .isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aBackendWhoseLateAnswerDidNotVerifyHasAnotherTurn() throws Exception {
        stage.config.via(Via.DIRECT);
        Host backend = stage.backend();
        backend.collect = Optional.of(Script.interrupted());
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        backend.collect = Optional.of(() -> fault(SignatureFault.Kind.EXPIRED));
        backend.put = Stage::receipt;
        delivered(stage.resume());
        assertThat(backend.puts).isEqualTo(2);
    }
}
