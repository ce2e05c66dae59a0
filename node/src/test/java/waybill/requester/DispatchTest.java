package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.failed;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.refusal;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.AliasUrl;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.DamagedParcelException;
import waybill.requester.outbox.OutboxTask;
import waybill.requester.outbox.OutboxTask.Phase;
import waybill.requester.outbox.OutboxTask.Standing;
import waybill.signature.SignatureFault;
import waybill.trust.Blacklist;
import waybill.trust.Verdicts;

class DispatchTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    private static Decision.Expired expired(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Expired.class);
        return (Decision.Expired) decision;
    }

    private static Decision.Delivered delivered(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Delivered.class);
        return (Decision.Delivered) decision;
    }

    private static Decision.Refused refused(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Refused.class);
        return (Decision.Refused) decision;
    }

    private void onlyAnswers(int round, String... names) {
        var before = stage.finder.answering;
        stage.finder.answering = n -> n != round
                ? before.apply(n)
                : stage.finder.offers.stream()
                        .filter(o -> List.of(names).stream()
                                .anyMatch(name -> o.node().equals(Stage.node(name))))
                        .toList();
    }

    // The way of the claims.

    @Test
    void aRelayCarriesItAndTheReceiptEndsTheTask() throws Exception {
        Host relay = stage.relay("honest");
        Decision.Delivered delivered = delivered(stage.send());

        assertThat(delivered.carrier()).isEqualTo(Carrier.Relay.of(Stage.offer("honest", PROMISE, true)));
        assertThat(delivered.receipt())
                .hasFileName(delivered.task() + ".receipt")
                .hasBinaryContent(receipt().bytes());
        assertThat(delivered.waybill().orElseThrow())
                .hasFileName(delivered.task() + ".waybill.xml")
                .content()
                .contains("report.txt");
        assertThat(stage.outbox()).isEmpty();
        assertThat(stage.data().resolve("outbox")).isDirectoryNotContaining(Files::isDirectory);
        assertThat(relay.puts).isEqualTo(1);
        assertThat(stage.relays().delivered())
                .containsExactly(Stage.node("honest").toString());
        assertThat(stage.backends().verified(Stage.BACKEND, stage.trust.anchors()))
                .isTrue();
        assertThat(stage.finder.located).containsExactly(Stage.offer("honest", PROMISE, true));
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void theJourneyIsToldInOrder() throws Exception {
        stage.relay("honest");
        stage.send();
        assertThat(stage.steps.stream()
                        .filter(step -> !(step instanceof Step.Progress))
                        .map(step -> step.getClass().getSimpleName()))
                .containsExactly(
                        "Begun",
                        "Asking",
                        "Found",
                        "ProfileKnown",
                        "Sealed",
                        "Forwarding",
                        "Accepted",
                        "Receipt",
                        "Decided");
        Step.Accepted accepted = stage.steps(Step.Accepted.class).getFirst();
        assertThat(accepted.maximumWait().total()).isEqualTo(Duration.ofSeconds(60 + 5 + 1 + 20));
        assertThat(stage.steps(Step.Progress.class).getLast().sent())
                .isEqualTo(stage.steps(Step.Sealed.class).getFirst().size());
    }

    @Test
    void thePromiseIsOnDiskBeforeTheReceiptIsAskedFor() throws Exception {
        Host relay = stage.relay("honest");
        relay.collect = Optional.of(() -> {
            OutboxTask task = stage.task();
            assertThat(task.phase()).isEqualTo(Phase.AWAITING);
            assertThat(task.acceptances()).singleElement().satisfies(a -> {
                assertThat(a.standing()).isEqualTo(Standing.WAITING);
                assertThat(a.promise()).isEqualTo(PROMISE);
                assertThat(a.maximumWait()).isEqualTo(Duration.ofSeconds(86));
            });
            return receipt();
        });
        delivered(stage.send());
        assertThat(relay.collections).isEqualTo(1);
    }

    @Test
    void theBackendIsReachedDirectlyWhereItCan() throws Exception {
        stage.config.via(Via.AUTO);
        stage.backend().put = Stage::receipt;
        Decision.Delivered delivered = delivered(stage.send());

        assertThat(delivered.carrier()).isEqualTo(new Carrier.Direct(Stage.BACKEND));
        assertThat(stage.finder.questions).isEmpty();
        assertThat(stage.relays().delivered()).isEmpty();
        assertThat(stage.hop.dialled.getLast().identity())
                .isEqualTo(new Peer.Identity.Named(stage.trust.anchors(), true));
    }

    @Test
    void theLanIsAskedWhereTheBackendCannotBeReached() throws Exception {
        stage.config.via(Via.AUTO);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.UNREACHABLE);
        assertThat(stage.hop.dialled.getLast().identity()).isEqualTo(new Peer.Identity.Pinned(Stage.node("honest")));
    }

    @Test
    void aBackendThatTakesItWithoutAReceiptYetIsAwaitedLikeARelay() throws Exception {
        stage.config.via(Via.DIRECT);
        stage.backend();
        delivered(stage.send());
        assertThat(stage.backend().collections).isPositive();
    }

    // Before acceptance nobody is blamed.

    @Test
    void aRelayThatDeclinesIsPassedOverWithoutBlame() throws Exception {
        stage.relay("busy", new Promise(0, 0, 0, 1 << 20, 1), true).put = () -> failed(Problem.STORE_FULL);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.DECLINED);
        assertThat(stage.blacklist().list()).isEmpty();
        assertThat(stage.finder.questions).as("the alternatives were kept").hasSize(1);
    }

    @Test
    void aConnectionThatBreaksIsPassedOverWithoutBlame() throws Exception {
        stage.relay("flaky", new Promise(0, 0, 0, 1 << 20, 1), true).put = Script.broken();
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.BROKEN);
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void aSpoofedOfferIsDroppedAndTheNodeItNamedIsNotBlamed() throws Exception {
        var spoofed = Stage.offer(Stage.node("honest"), "spoofer", new Promise(0, 0, 0, 1 << 20, 1), true);
        stage.finder.offers.add(spoofed);
        Host thief = stage.hop.host(spoofed.alias().uri());
        thief.profile = Script.wrongPeer();
        thief.put = Script.wrongPeer();
        stage.relay("honest");

        Decision.Delivered delivered = delivered(stage.send());
        assertThat(delivered.carrier()).isEqualTo(Carrier.Relay.of(Stage.offer("honest", PROMISE, true)));
        assertThat(stage.passed()).containsExactly(Passing.WRONG_PEER);
        assertThat(thief.bodies).isEmpty();
        assertThat(stage.blacklist().list()).isEmpty();
    }

    @Test
    void oneLiarWithManyAnswersHasOneTurnBeforeTheOthersHaveTheirs() throws Exception {
        for (int i = 0; i < 16; i++) {
            Offer spoofed = new Offer(
                    Stage.node("honest"),
                    AliasUrl.parse("https://127.0.0.254:7506/a/spoofed" + i),
                    new Promise(0, 0, 0, 1 << 20, 1),
                    InetAddress.ofLiteral("127.0.0.254"),
                    new Lan("lo", InetAddress.ofLiteral("127.0.0.1"), 8));
            stage.finder.offers.add(spoofed);
            Host thief = stage.hop.host(spoofed.alias().uri());
            thief.profile = Script.wrongPeer();
            thief.put = Script.wrongPeer();
        }
        stage.relay("honest");

        Decision.Delivered delivered = delivered(stage.send());
        assertThat(delivered.carrier()).isEqualTo(Carrier.Relay.of(Stage.offer("honest", PROMISE, true)));
        assertThat(stage.passed()).containsExactly(Passing.WRONG_PEER);
    }

    @Test
    void whoRedirectsIsPassedOver() throws Exception {
        stage.relay("redirector", new Promise(0, 0, 0, 1 << 20, 1), true).put = () -> new HopAnswer.Nonsense("302");
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.NONSENSE);
    }

    // Section 5: what is brought.

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

    // Direct refusals.

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

    // The sender's own disk.

    @Test
    void aParcelThatCannotBeReadIsNobodysFaultAndEndsTheRun() throws Exception {
        stage.relay("first", new Promise(0, 0, 0, 1 << 20, 1), true).put = () -> {
            throw new HopClient.SourceException("Input/output error");
        };
        Host second = stage.relay("second");
        assertThatThrownBy(stage::send)
                .isInstanceOf(DamagedParcelException.class)
                .hasMessageContaining("Input/output error");
        assertThat(second.puts).isZero();
        assertThat(stage.passed()).isEmpty();
        assertThat(stage.task().phase()).isEqualTo(Phase.FORWARDING);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aParcelThatRottedIsSaidToBeDamagedAndNothingIsDeleted(boolean direct) throws Exception {
        stage.config.via(direct ? Via.DIRECT : Via.LAN);
        Host host = direct ? stage.backend() : stage.relay("relay");
        host.put = () -> {
            Path parcel = stage.data()
                    .resolve("outbox")
                    .resolve(stage.task().id().toString())
                    .resolve("parcel.age");
            byte[] bytes = Files.readAllBytes(parcel);
            bytes[bytes.length / 2] ^= 1;
            Files.write(parcel, bytes);
            return failed(Problem.DIGEST_MISMATCH);
        };
        assertThatThrownBy(stage::send)
                .isInstanceOf(DamagedParcelException.class)
                .hasMessageContaining("damaged");
        assertThat(stage.outbox()).hasSize(1);
    }

    @Test
    void bytesThatChangedOnTheWayAreNoRefusalOfTheBackends() throws Exception {
        stage.config.via(Via.AUTO);
        stage.backend().put = () -> failed(Problem.DIGEST_MISMATCH);
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.passed()).containsExactly(Passing.DECLINED);
    }

    // Section 6: the maximum wait.

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

    // Section 2: who is tried.

    @Test
    void whoDeliveredBeforeIsPreferredToWhoPromisesMore() throws Exception {
        stage.relay("known", new Promise(3600, 0, 0, 1 << 20, 1), true);
        stage.relays().delivered(subject("known"));
        Host boaster = stage.relay("boaster", new Promise(0, 0, 0, 1 << 20, 1), true);
        delivered(stage.send());
        assertThat(boaster.puts).isZero();
    }

    @Test
    void afterTwoUnknownRelaysItLooksAgainForOneThatDelivered() throws Exception {
        for (String name : List.of("u1", "u2", "u3")) {
            stage.relay(name, new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        }
        stage.relay("known");
        stage.relays().delivered(subject("known"));
        onlyAnswers(1, "u1", "u2", "u3");

        Decision.Delivered delivered = delivered(stage.send());
        assertThat(delivered.carrier().subject()).contains(subject("known"));
        assertThat(stage.steps(Step.Forwarding.class)).hasSize(3);
        assertThat(stage.finder.questions).hasSize(2);
    }

    @Test
    void whereOnlyUnknownRelaysAreLeftTheyAreTriedAllTheSame() throws Exception {
        for (String name : List.of("u1", "u2", "u3")) {
            stage.relay(name, new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        }
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.steps(Step.Forwarding.class)).hasSize(4);
        assertThat(stage.finder.questions).as("it looked again once").hasSize(2);
    }

    @Test
    void staleAlternativesAreNotTriedWithoutANewRound() throws Exception {
        stage.relay("late", new Promise(120, 0, 0, 1 << 20, 1), true).silent();
        stage.relay("moved", new Promise(200, 0, 0, 1 << 20, 1), true);
        stage.relay("honest", new Promise(300, 0, 0, 1 << 20, 1), true);
        onlyAnswers(1, "late", "moved");
        onlyAnswers(2, "honest");
        delivered(stage.send());
        assertThat(stage.hop.host(Stage.offer("moved", PROMISE, true).alias().uri()).puts)
                .isZero();
        assertThat(stage.finder.questions).hasSize(2);
    }

    @Test
    void theNextRequestSaysHowManyAnsweredLately() throws Exception {
        stage.relay("one");
        stage.relay("two");
        stage.send();
        stage.send();
        assertThat(stage.finder.questions).extracting(q -> q.relays()).containsExactly(0, 2);
    }

    @Test
    void whoAnsweredTooLateToBeChosenWasSeenAllTheSame() throws Exception {
        stage.relay("one");
        stage.finder.late = List.of(Stage.node("two"), Stage.node("three"));
        stage.send();
        stage.finder.late = List.of();
        stage.send();
        assertThat(stage.finder.questions).extracting(q -> q.relays()).containsExactly(0, 3);
    }

    @Test
    void aLanThatCannotBeAskedIsSaidInTheDecision() throws Exception {
        stage.finder.onAsk = () -> {
            throw new IOException("no interface is up");
        };
        Decision.Expired expired = expired(stage.send());
        assertThat(expired.reason()).isEqualTo(Decision.Reason.NO_PROFILE);
        assertThat(expired.kept()).isFalse();
        assertThat(expired.detail()).isEqualTo("no interface is up");
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void aLanThatComesUpIsAsked() throws Exception {
        stage.relay("honest");
        stage.finder.onAsk = () -> {
            if (stage.finder.questions.size() == 1) {
                throw new IOException("no interface is up");
            }
        };
        delivered(stage.send());
    }
}
