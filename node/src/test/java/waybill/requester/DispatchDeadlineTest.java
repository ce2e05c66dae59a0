package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Decisions.delivered;
import static waybill.requester.Decisions.expired;
import static waybill.requester.Stage.failed;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.trust.Blacklist;

/** How long a relay that accepted is waited for, and what becomes of who is late (section 6). */
class DispatchDeadlineTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    @Test
    void aRelayThatIsLateIsFollowedByTheNextAndCondemnedOnceThatDelivered() throws Exception {
        Host late = stage.relay("late", new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        stage.relay("honest");
        long before = stage.clocks.ticks();
        delivered(stage.send());

        assertThat(stage.passed()).containsExactly(Passing.LATE);
        assertThat(stage.blacklist().list()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(subject("late"));
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.MISSED_DEADLINE);
            assertThat(entry.until()).contains(stage.clocks.instant().plus(Duration.ofHours(1)));
        });
        // 21 s of the first, 10 s of the second, 2 s of discovery.
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isBetween(secs(33), secs(36));
        assertThat(late.collections).isGreaterThan(1);
    }

    private static Duration secs(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Test
    void aDeadlineIsMissedOnlyAfterOneMoreQuestionPastIt() throws Exception {
        Host relay = stage.relay("justInTime", new Promise(0, 0, 0, 1 << 20, 1), true);
        // 21 s is the maximum wait: the receipt comes in its last moment, and is found by the question past it.
        relay.receiptAfter = Duration.ofSeconds(21);
        delivered(stage.send());
        assertThat(stage.passed()).isEmpty();
    }

    @Test
    void whenAllAreLateNobodyIsCondemned() throws Exception {
        stage.relay("one").silent();
        stage.relay("two").silent();
        Decision.Expired expired = expired(stage.send());
        assertThat(expired.reason()).isEqualTo(Decision.Reason.ALL_LATE);
        assertThat(stage.blacklist().list()).isEmpty();
        assertThat(stage.task().acceptances())
                .extracting(OutboxTask.Acceptance::standing)
                .containsExactly(Standing.LATE, Standing.LATE);
    }

    @Test
    void whenAllWereLateNobodyIsCondemnedOnceOneOfThemDeliversAfterAll() throws Exception {
        Host one = stage.relay("one").silent();
        stage.relay("two").silent();
        expired(stage.send());
        one.receiptAfter = Duration.ofSeconds(1);
        one.acceptedAt = Optional.empty(); // it takes the parcel again, and is in time
        delivered(stage.resume());
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void whoIsLateIsNotCondemnedByOneWhoWasLateHimself() throws Exception {
        Host one = stage.relay("one", new Promise(0, 0, 0, 1 << 20, 1), true);
        one.receiptAfter = Duration.ofSeconds(70);
        stage.relay("two", new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        stage.relay("three", new Promise(0, 3600, 0, 1 << 20, 1), true).silent();
        Decision.Delivered delivered = delivered(stage.send());
        assertThat(delivered.carrier().subject()).contains(subject("one"));
        assertThat(stage.passed()).containsExactly(Passing.LATE, Passing.LATE);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aLateReceiptStillDeliversWhileTheNextIsAwaited() throws Exception {
        Host late = stage.relay("late", new Promise(0, 0, 0, 1 << 20, 1), true);
        late.receiptAfter = Duration.ofSeconds(50);
        Host next = stage.relay("next").silent();
        Decision.Delivered delivered = delivered(stage.send());

        assertThat(delivered.carrier().subject()).contains(subject("late"));
        assertThat(next.puts).isEqualTo(1);
        assertThat(stage.blacklist().list())
                .as("late is not lost, and the next was not late yet")
                .isEmpty();
    }

    @Test
    void aLateReceiptStillDeliversWhileNobodyElseIsFound() throws Exception {
        Host late = stage.relay("late");
        late.receiptAfter = Duration.ofMinutes(4);
        delivered(stage.send());
        assertThat(late.puts).isEqualTo(1);
    }

    @Test
    void aLateReceiptIsAskedForOnceMoreBeforeGivingUp() throws Exception {
        stage.config.giveUp(Duration.ZERO);
        Host late = stage.relay("late").silent();
        expired(stage.send());
        int asked = late.collections;
        late.receiptAfter = Duration.ZERO;
        delivered(stage.resume());
        assertThat(late.collections).isEqualTo(asked + 1);
        assertThat(late.puts).isEqualTo(1);
    }

    @Test
    void anUnsignedGoneAfterAcceptanceIsABrokenPromiseAndTheNextIsTriedAtOnce() throws Exception {
        stage.relay("liar", new Promise(0, 0, 0, 1 << 20, 1), true).collect = Optional.of(() -> failed(Problem.GONE));
        stage.relay("honest");
        long before = stage.clocks.ticks();
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.BROKE_PROMISE);
        assertThat(stage.blacklist().list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.reason()).isEqualTo(Blacklist.Reason.MISSED_DEADLINE));
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isLessThan(secs(15));
    }

    @Test
    void whoSaidGoneAndBringsTheReceiptAfterAllIsNotCondemned() throws Exception {
        Host relay = stage.relay("confused");
        relay.collect = Optional.of(() -> relay.collections < 3 ? failed(Problem.GONE) : receipt());
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.BROKE_PROMISE);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aReceiptThatComesInTheLastPauseIsFoundByTheQuestionPastTheDeadline() throws Exception {
        Host relay = stage.relay("justInTime", new Promise(0, 0, 0, 1 << 20, 1), true);
        long[] start = {0};
        relay.collect = Optional.of(() -> {
            start[0] = start[0] == 0 ? stage.clocks.ticks() : start[0];
            // It does not hold its answers, and has the receipt just when the 21 seconds are over.
            return stage.clocks.ticks() - start[0] >= secs(21).toNanos()
                    ? receipt()
                    : new HopAnswer.NotYet(Duration.ofSeconds(4));
        });
        delivered(stage.send());
        assertThat(stage.passed()).isEmpty();
    }

    @Test
    void aRelayThatSaysTheBackendRefusedIsPassedOverWithoutBlame() throws Exception {
        stage.relay("unlucky", new Promise(0, 0, 0, 1 << 20, 1), true).collect =
                Optional.of(() -> failed(Problem.BACKEND_REFUSED));
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.BACKEND_REFUSED);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aRelayThatGoesAwayForAWhileIsWaitedForWithinItsTime() throws Exception {
        Host relay = stage.relay("rebooting");
        relay.collect = Optional.of(() -> {
            if (relay.collections < 5) {
                throw new IOException("connection refused");
            }
            return receipt();
        });
        delivered(stage.send());
        assertThat(stage.passed()).isEmpty();
        assertThat(relay.collections).isEqualTo(5);
    }

    @Test
    void anOfferOverTheCapIsNotChosen() throws Exception {
        Host slow = stage.relay("slow", new Promise(90_000, 0, 0, 1 << 20, 1), true);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(slow.puts).isZero();
        assertThat(stage.steps(Step.Found.class))
                .anyMatch(found -> found.maximumWait().isEmpty());
    }

    @Test
    void aPromiseOverTheCapIsLeftWithoutBlame() throws Exception {
        stage.relay("slow", new Promise(0, 0, 0, 1 << 20, 1), true).silent().put =
                () -> new HopAnswer.Accepted(new Promise(90_000, 0, 0, 1, 1));
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.OVER_CAP);
        assertThat(stage.blacklist().list()).isEmpty();
    }
}
