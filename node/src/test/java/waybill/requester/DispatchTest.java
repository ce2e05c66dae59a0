package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Decisions.delivered;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.failed;
import static waybill.requester.Stage.receipt;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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

/** A parcel on its way to its decision: by which way it goes, who is passed over, and the sender's own disk. */
class DispatchTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
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
}
