package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Decisions.delivered;
import static waybill.requester.Decisions.expired;
import static waybill.requester.Decisions.refused;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.failed;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.refusal;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.signature.SignatureFault;
import waybill.trust.Blacklist;
import waybill.trust.Verdicts;

/** What is brought to the sender as the outcome, and who is blamed for it (section 5). */
class DispatchEvidenceTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    @Test
    void aLiarIsBlackListedWithItsEvidenceAndTheNextDeliversTheSamePair() throws Exception {
        Host liar = stage.relay("liar", new Promise(0, 0, 0, 1 << 20, 1), true);
        liar.outcome = () -> fault(SignatureFault.Kind.BAD_SIGNATURE);
        Host honest = stage.relay("honest");
        delivered(stage.send());

        assertThat(stage.blacklist().list()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(subject("liar"));
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.FORGED_RECEIPT);
            assertThat(entry.until()).isEmpty();
            assertThat(stage.data().resolve("evidence").resolve(entry.evidence().orElseThrow()))
                    .hasBinaryContent(fault(SignatureFault.Kind.BAD_SIGNATURE).bytes());
        });
        assertThat(honest.keys).isEqualTo(liar.keys);
        assertThat(honest.bodies.getFirst()).isEqualTo(liar.bodies.getFirst());
    }

    @Test
    void aBlackListedRelayIsNotAskedAgain() throws Exception {
        Host liar = stage.relay("liar", new Promise(0, 0, 0, 1 << 20, 1), true);
        liar.outcome = () -> fault(SignatureFault.Kind.BAD_SIGNATURE);
        stage.relay("honest");
        stage.send();
        stage.send();
        assertThat(liar.puts).isEqualTo(1);
        assertThat(stage.steps(Step.Found.class).getLast().barred()).isEmpty();
        assertThat(stage.steps(Step.Found.class))
                .anyMatch(found -> found.barred().isPresent());
    }

    @Test
    void onAPlainHopAForgeryIsByAddressAndExpires() throws Exception {
        stage.config.allowPlainLan(true);
        stage.relay("liar", new Promise(0, 0, 0, 1 << 20, 1), false).outcome =
                () -> fault(SignatureFault.Kind.BAD_SIGNATURE);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.blacklist().list()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(new Blacklist.Subject.Address(Stage.address("liar")));
            assertThat(entry.until()).isPresent();
        });
    }

    @Test
    void aPlainOfferIsNotTakenUnlessItIsAllowedByName() throws Exception {
        Host plain = stage.relay("plain", PROMISE, false);
        assertThat(expired(stage.send()).reason()).isEqualTo(Decision.Reason.NO_PROFILE);
        assertThat(plain.puts).isZero();
    }

    @Test
    void anUnknownChainIsProofOnceSomethingVerifiedUnderTheseAnchors() throws Exception {
        // The profile did.
        stage.relay("stranger", new Promise(0, 0, 0, 1 << 20, 1), true).outcome =
                () -> fault(SignatureFault.Kind.UNKNOWN_CHAIN);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.blacklist().barring(subject("stranger"))).isPresent();
    }

    @Test
    void anUnknownChainBlamesNobodyUnderAnchorsThatNothingVerifiedUnderYet() throws Exception {
        Host relay = stage.relay("relay").silent();
        expired(stage.send());
        relay.receiptAfter = Duration.ZERO;
        relay.outcome = () -> fault(SignatureFault.Kind.UNKNOWN_CHAIN);
        stage.changeAnchors();

        assertThat(expired(stage.resume()).kept()).isTrue();
        assertThat(stage.steps(Step.Unverified.class)).singleElement().satisfies(step -> {
            assertThat(step.verdict()).isEqualTo(Verdicts.Verdict.UNVERIFIABLE);
            assertThat(step.kind()).isEqualTo(SignatureFault.Kind.UNKNOWN_CHAIN);
        });
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void whatCannotBeVerifiedIsKeptBlamesNobodyAndTheNextIsTried() throws Exception {
        Host old = stage.relay("old", new Promise(0, 0, 0, 1 << 20, 1), true);
        old.outcome = () -> fault(SignatureFault.Kind.EXPIRED);
        stage.relay("honest").put = () -> failed(Problem.BUSY);
        Decision.Expired expired = expired(stage.send());

        assertThat(expired.reason()).isEqualTo(Decision.Reason.UNVERIFIABLE);
        assertThat(expired.kept()).isTrue();
        assertThat(stage.blacklist().list()).isEmpty();
        Step.Unverified unverified = stage.steps(Step.Unverified.class).getFirst();
        assertThat(unverified.verdict()).isEqualTo(Verdicts.Verdict.UNVERIFIABLE);
        assertThat(unverified.kept().orElseThrow())
                .hasBinaryContent(fault(SignatureFault.Kind.EXPIRED).bytes());
        assertThat(stage.task().acceptances())
                .extracting(OutboxTask.Acceptance::standing)
                .containsExactly(Standing.REJECTED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoBringsASignatureByAKeyTooWeakIsBlamedOnceAnothersHolds(boolean atOnce) throws Exception {
        Host liar = stage.relay("liar", new Promise(0, 0, 0, 1 << 20, 1), true);
        liar.outcome = () -> fault(SignatureFault.Kind.ALGORITHM_NOT_ALLOWED);
        if (atOnce) {
            liar.put = liar.outcome;
        }
        stage.relay("honest");
        delivered(stage.send());

        assertThat(stage.blacklist().list()).singleElement().satisfies(entry -> {
            assertThat(entry.subject()).isEqualTo(subject("liar"));
            assertThat(entry.reason()).isEqualTo(Blacklist.Reason.MISSED_DEADLINE);
        });
    }

    @Test
    void aSignatureByAKeyTooWeakBlamesNobodyWhereNobodyBringsABetterOne() throws Exception {
        stage.relay("relay").outcome = () -> fault(SignatureFault.Kind.ALGORITHM_NOT_ALLOWED);
        assertThat(expired(stage.send()).reason()).isEqualTo(Decision.Reason.UNVERIFIABLE);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void whatCouldNotBeVerifiedIsAskedForAgainByTheNextRun() throws Exception {
        Host relay = stage.relay("relay");
        relay.outcome = () -> fault(SignatureFault.Kind.BEYOND_SKEW);
        expired(stage.send());
        relay.outcome = Stage::receipt;
        delivered(stage.resume());
        assertThat(relay.puts).isEqualTo(1);
    }

    @Test
    void aVerifiedRefusalEndsTheTask() throws Exception {
        stage.relay("honest").outcome = () -> refusal(Problem.TOO_LARGE, Stage.RECIPIENT);
        Decision.Refused refused = refused(stage.send());
        assertThat(refused.problem()).contains(Problem.TOO_LARGE);
        assertThat(refused.proof()).isPresent();
        assertThat(refused.file().orElseThrow()).hasFileName(refused.task() + ".refusal");
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void aRefusalThatALyingHopProvokedIsNoDecisionAndBlamesNobody() throws Exception {
        stage.relay("provoker", new Promise(0, 0, 0, 1 << 20, 1), true).outcome =
                () -> refusal(Problem.UNKNOWN_RECIPIENT, Stage.OTHER_RECIPIENT);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aRefusalOfTheRecipientForgetsTheProfileKept() throws Exception {
        stage.relay("honest").outcome = () -> refusal(Problem.UNKNOWN_RECIPIENT, Stage.RECIPIENT);
        refused(stage.send());
        assertThat(stage.backends().profile(Stage.BACKEND, stage.trust.anchors()))
                .isEmpty();
    }
}
