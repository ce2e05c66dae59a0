package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.protocol.Promise;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;
import waybill.requester.outbox.Carrier;

class ProfileSearchTest {
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
    void theProfileIsKeptAndNotFetchedAgainWhileItIsGood() throws Exception {
        Host relay = stage.relay("honest");
        stage.send();
        relay.profile = Script.broken();
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.steps(Step.ProfileKnown.class).getLast().from()).isEmpty();
    }

    @Test
    void theSameBytesAreVerifiedOnceAMinuteAndNoLongerThanTheyAreGood() throws Exception {
        stage.relay("honest");
        try (Requester requester = stage.open()) {
            sendOne(requester); // fetched and verified
            sendOne(requester); // kept, and verified as what lay on the disk
            int verified = stage.profilesVerified;
            sendOne(requester);
            assertThat(stage.profilesVerified).isEqualTo(verified);
            stage.clocks.pass(Duration.ofMinutes(1));
            sendOne(requester);
            assertThat(stage.profilesVerified).isEqualTo(verified + 1);
            stage.clocks.set(Duration.ofDays(-1));
            sendOne(requester);
            assertThat(stage.profilesVerified).as("the clock was put back").isEqualTo(verified + 2);
        }
    }

    private void sendOne(Requester requester) throws Exception {
        assertThat(requester.send(List.of(stage.file("in/a.txt", "a")), stage.steps::add))
                .isInstanceOf(Decision.Delivered.class);
    }

    @Test
    void anExpiredProfileIsFetchedAnew() throws Exception {
        Host relay = stage.relay("honest");
        stage.send();
        stage.clocks.pass(Duration.ofDays(2));
        int[] fetched = {0};
        relay.profile = () -> {
            fetched[0]++;
            return Stage.cms("fault EXPIRED");
        };
        Decision decision = stage.send();
        assertThat(fetched[0]).isPositive();
        assertThat(decision).isInstanceOf(Decision.Expired.class);
        assertThat(((Decision.Expired) decision).reason()).isEqualTo(Decision.Reason.NO_PROFILE);
    }

    @Test
    void aBackendThatAnsweredNonsenseHasAnotherTurn() throws Exception {
        stage.config.via(Via.DIRECT);
        Host backend = stage.backend();
        int[] asked = {0};
        backend.profile = () -> ++asked[0] == 1 ? new HopAnswer.Nonsense("a portal's page") : Stage.profile(1);
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.passed()).containsExactly(Passing.NONSENSE);
    }

    @Test
    void aRelayWhoseProfileDoesNotVerifyIsSkippedForTheTaskWithoutBlame() throws Exception {
        Host liar = stage.relay("liar", FAST, true);
        liar.profile = () -> Stage.cms("fault BAD_SIGNATURE");
        stage.relay("honest");
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.passed()).containsExactly(Passing.BAD_PROFILE);
        assertThat(liar.puts).isZero();
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aProfileOfALowerSerialIsNotTaken() throws Exception {
        stage.backends()
                .keepProfile(
                        Stage.BACKEND,
                        stage.trust.anchors(),
                        7,
                        Stage.cms("fault EXPIRED").bytes());
        Host old = stage.relay("old", FAST, true);
        old.profile = () -> Stage.profile(6);
        stage.relay("current").profile = () -> Stage.profile(7);
        assertThat(stage.send()).isInstanceOf(Decision.Delivered.class);
        assertThat(stage.passed()).containsExactly(Passing.BAD_PROFILE);
        assertThat(old.puts).isZero();
    }

    @Test
    void aWrongTrustFileIsSaidSoonAndNotAfterAllPatienceIsSpent() throws Exception {
        stage.relay("honest").profile = () -> Stage.cms("fault UNKNOWN_CHAIN");
        stage.config.via(Via.AUTO);
        stage.backend().profile = () -> Stage.cms("fault UNKNOWN_CHAIN");
        long before = stage.clocks.ticks();
        Decision.Expired expired = (Decision.Expired) stage.send();

        assertThat(expired.reason()).isEqualTo(Decision.Reason.NO_PROFILE);
        assertThat(expired.detail()).contains("UNKNOWN_CHAIN");
        assertThat(expired.kept()).isFalse();
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void nobodyToAskEndsInADecisionInTime() throws Exception {
        long before = stage.clocks.ticks();
        Decision.Expired expired = (Decision.Expired) stage.send();
        assertThat(expired.reason()).isEqualTo(Decision.Reason.NO_PROFILE);
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before))
                .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(5).plusSeconds(3));
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void whoBroughtTheProfileGetsTheParcel() throws Exception {
        stage.relay("first", FAST, true).profile = Script.unreachable();
        stage.relay("second");
        stage.send();
        assertThat(stage.steps(Step.Forwarding.class))
                .extracting(Step.Forwarding::carrier)
                .extracting(Carrier::subject)
                .containsExactly(Optional.of(Stage.subject("second")));
    }
}
