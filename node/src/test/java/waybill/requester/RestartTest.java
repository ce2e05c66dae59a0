package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.protocol.BackendUrl;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;
import waybill.requester.Journey.Passing;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Phase;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.signature.SignatureFault;

/** Interrupted runs, and clocks that jump (section 6). */
class RestartTest {
    private static final Promise FAST = new Promise(0, 0, 0, 1 << 20, 1);

    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    @Test
    void aTaskInterruptedWhileItIsForwardedGoesOnWithTheSameRelayAndTheSameBytes() throws Exception {
        Host relay = stage.relay("honest");
        relay.put = Script.interrupted();
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        assertThat(stage.task().phase()).isEqualTo(Phase.FORWARDING);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();

        relay.put = Stage::receipt;
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(relay.keys.get(1)).isEqualTo(relay.keys.get(0));
        assertThat(relay.bodies.get(1)).isEqualTo(relay.bodies.get(0));
        assertThat(stage.finder.questions).as("no new round was needed").hasSize(1);
    }

    @Test
    void anInterruptWhileItIsSealedLeavesNoTask() throws Exception {
        Host relay = stage.relay("honest");
        relay.profile = () -> {
            Thread.currentThread().interrupt();
            return Stage.profile(1);
        };
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(stage.outbox()).isEmpty();
        assertThat(stage.data().resolve("outbox")).isDirectoryNotContaining(Files::isDirectory);
        assertThat(relay.puts).isZero();
    }

    @Test
    void aForgeryFoundWhenATaskIsTakenUpCountsOnce() throws Exception {
        stage.config.allowPlainLan(true);
        Host liar = stage.relay("liar", FAST, false);
        liar.collect = Optional.of(Script.interrupted());
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        liar.collect = Optional.of(() -> Stage.fault(SignatureFault.Kind.BAD_SIGNATURE));
        stage.relay("honest");
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.blacklist().list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.count()).isEqualTo(1));
    }

    @Test
    void aTaskInterruptedWhileItAwaitsAsksFirstWhoAccepted() throws Exception {
        Host relay = stage.relay("honest");
        relay.collect = Optional.of(Script.interrupted());
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        assertThat(stage.task().phase()).isEqualTo(Phase.AWAITING);

        relay.collect = Optional.of(Stage::receipt);
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(relay.puts).isEqualTo(1);
    }

    @Test
    void aTaskThatAwaitsGoesOnForTheRestOfItsWait() throws Exception {
        Host relay = interruptedAwaiting("late", FAST);
        stage.clocks.pass(Duration.ofSeconds(11));
        relay.silent();
        Host honest = stage.relay("honest");
        long before = stage.clocks.ticks();

        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(honest.puts).isEqualTo(1);
        // 10 of 21 seconds were left, then a round of 2 and a receipt after 10.
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before))
                .isBetween(Duration.ofSeconds(22), Duration.ofSeconds(24));
    }

    @Test
    void aDeadlineThatPassedWhileNobodyWaitedIsMissedAfterOneMoreQuestionAndBlamesNobody() throws Exception {
        Host relay = interruptedAwaiting("late", FAST);
        stage.clocks.pass(Duration.ofHours(1));
        relay.silent();
        stage.relay("honest");
        int asked = relay.collections;

        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(relay.collections).isGreaterThan(asked);
        assertThat(stage.passed()).containsExactly(Passing.LATE);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aTaskThatExpiredIsTakenUpFromTheStart() throws Exception {
        Host relay = stage.relay("honest");
        relay.put = Script.unreachable();
        assertThat(stage.send()).isInstanceOf(Decision.Expired.class);
        relay.put = Stage::receipt;
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
    }

    @Test
    void aTaskInterruptedWhileItSeeksIsTakenUp() throws Exception {
        Host relay = stage.relay("honest");
        relay.put = Script.unreachable();
        stage.clocks.beforePause = () -> {
            if (stage.clocks.pauses.size() == 3) {
                throw new InterruptedException();
            }
        };
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        assertThat(stage.task().phase()).isEqualTo(Phase.SEEKING);
        relay.put = Stage::receipt;
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
    }

    @Test
    void latenessSeenInOneRunIsCondemnedWhenAnotherDelivers() throws Exception {
        stage.relay("late").silent();
        assertThat(stage.send()).isInstanceOf(Decision.Expired.class);
        assertThat(stage.blacklist().list()).isEmpty();
        stage.relay("honest", FAST, true);
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.blacklist().list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.subject()).isEqualTo(Stage.subject("late")));
    }

    @Test
    void aWallClockThatJumpsAheadEndsTheWaitButBlamesNobody() throws Exception {
        Host relay = stage.relay("slow", FAST, true).silent();
        relay.collect = Optional.of(() -> {
            if (relay.collections == 1) {
                stage.clocks.set(Duration.ofDays(1).minusHours(1));
            }
            return new HopAnswer.NotYet(Duration.ofSeconds(1));
        });
        stage.relay("honest");
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(relay.collections).as("one more question past the deadline").isGreaterThanOrEqualTo(2);
        assertThat(stage.passed()).containsExactly(Passing.LATE);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aWallClockThatJumpsBackDoesNotProlongTheWait() throws Exception {
        Host relay = stage.relay("late", FAST, true).silent();
        long before = stage.clocks.ticks();
        relay.collect = Optional.of(() -> {
            if (relay.collections == 1) {
                stage.clocks.set(Duration.ofDays(-30));
            }
            return new HopAnswer.NotYet(Duration.ofSeconds(1));
        });
        stage.relay("honest");
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isLessThan(Duration.ofSeconds(40));
        assertThat(stage.blacklist().list()).hasSize(1);
    }

    @Test
    void aClockThatWentBackBetweenTwoRunsCostsAtMostOneWholeWait() throws Exception {
        Host relay = interruptedAwaiting("late", FAST);
        relay.silent();
        stage.clocks.set(Duration.ofDays(-30));
        stage.relay("honest");
        long before = stage.clocks.ticks();
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isLessThan(Duration.ofSeconds(21 + 2 + 10 + 2));
    }

    @Test
    void aMachineThatSleptAsksOnceMoreAndIsNotMadeToWaitAgain() throws Exception {
        Host relay =
                stage.relay("slow", new Promise(3600, 0, 0, 1 << 20, 1), true).silent();
        relay.collect = Optional.of(() -> {
            if (relay.collections == 1) {
                // Suspended: the wall clock goes on, the monotonic one stands still.
                stage.clocks.set(Duration.ofHours(2));
                return new HopAnswer.NotYet(Duration.ofSeconds(1));
            }
            return Stage.receipt();
        });
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(relay.collections).isEqualTo(2);
    }

    @Test
    void aForwardingToSomebodyNoLongerAllowedBeginsAnew() throws Exception {
        stage.config.allowPlainLan(true);
        Host plain = stage.relay("plain", FAST, false);
        plain.put = Script.interrupted();
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        stage.config.allowPlainLan(false);
        plain.put = Stage::receipt;
        Host honest = stage.relay("honest");
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
        assertThat(plain.puts).isEqualTo(1);
        assertThat(honest.puts).isEqualTo(1);
    }

    @Test
    void aTaskGoesOnToItsOwnBackend() throws Exception {
        stage.config.via(Via.DIRECT);
        stage.backend().put = Script.unreachable();
        assertThat(stage.send()).isInstanceOf(Decision.Expired.class);
        stage.backend().put = Stage::receipt;
        stage.config.backend(BackendUrl.parse("https://elsewhere.example/inbox"));
        assertThat(stage.resume()).isInstanceOf(Decision.Delivered.class);
    }

    @Test
    void aTaskThatIsNotThereIsAnError() throws Exception {
        try (Requester requester = stage.open()) {
            TaskId unknown = TaskId.parse("019a8c1e-0000-7000-8000-000000000000");
            assertThatThrownBy(() -> requester.resume(unknown, Journey.SILENT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no such task");
        }
    }

    @Test
    void historyAndAcceptancesOutliveTheRun() throws Exception {
        stage.relay("late").silent();
        stage.send();
        OutboxTask task = stage.task();
        assertThat(task.attempts()).isEqualTo(1);
        assertThat(task.history()).extracting(OutboxTask.Entry::event).contains("accepted", "LATE", "expired");
        assertThat(task.acceptances())
                .extracting(OutboxTask.Acceptance::standing)
                .isEqualTo(List.of(Standing.LATE));
    }

    private Host interruptedAwaiting(String name, Promise promise) throws Exception {
        Host relay = stage.relay(name, promise, true);
        relay.put = () -> new HopAnswer.Accepted(promise);
        relay.collect = Optional.of(Script.interrupted());
        assertThatThrownBy(stage::send).isInstanceOf(InterruptedException.class);
        assertThat(stage.task().phase()).isEqualTo(Phase.AWAITING);
        relay.collect = Optional.empty();
        return relay;
    }
}
