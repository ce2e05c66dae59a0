package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.requester.byhand.Export;
import waybill.requester.byhand.Export.Exported;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.byhand.Import;
import waybill.requester.byhand.Imported;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;

/** Out of the outbox, into a folder, to the backend and home again (section 9). */
class CarriedByHandTest {
    @TempDir
    Path directory;

    private Carriage carriage;

    @BeforeEach
    void actors() throws IOException {
        carriage = new Carriage(directory);
    }

    @Test
    void thereAndHomeAgainWithoutAnyNetwork() throws Exception {
        OutboxTask task = carriage.seal("report");
        assertThat(carriage.export(false)).containsExactly(new Exported.Written(task, false, Optional.empty()));
        assertThat(carriage.home.hop.dialled).isEmpty();
        assertThat(carriage.home.finder.questions).isEmpty();

        assertThat(carriage.deliver())
                .singleElement()
                .isInstanceOfSatisfying(
                        Imported.Ended.class,
                        ended -> assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class));
        assertThat(carriage.backend.keys).containsExactly(task.key());
        assertThat(carriage.backend.bodies).containsExactly(carriage.sealed(task));
        assertThat(carriage.file(task, "receipt")).hasBinaryContent(receipt().bytes());

        assertThat(carriage.collect(false))
                .singleElement()
                .isInstanceOfSatisfying(
                        Result.Ended.class,
                        ended -> assertThat(ended.decision())
                                .isInstanceOfSatisfying(Decision.Delivered.class, delivered -> {
                                    assertThat(delivered.receipt())
                                            .isEqualTo(carriage.home.directory.resolve(
                                                    "receipts/" + task.id() + ".receipt"))
                                            .hasBinaryContent(receipt().bytes());
                                    assertThat(delivered.waybill().orElseThrow())
                                            .content()
                                            .contains("report.txt");
                                }));
        assertThat(carriage.home.outbox()).isEmpty();
        assertThat(carriage.collect(false)).isEmpty();
        assertThat(carriage.home.hop.dialled).isEmpty();
    }

    @Test
    void withoutAProfileNothingCanBeSealed() throws Exception {
        try (Requester requester = carriage.home.open()) {
            assertThat(requester.seal(List.of(carriage.home.file("in/x", "x")), Journey.SILENT))
                    .isEmpty();
        }
        assertThat(carriage.home.outbox()).isEmpty();
    }

    @Test
    void anOlderProfileIsNotTaken() throws Exception {
        try (Requester requester = carriage.home.open()) {
            assertThat(requester.learn(Stage.profile(7).bytes())).isPresent();
            assertThat(requester.learn(Stage.profile(6).bytes())).isEmpty();
            assertThat(requester.knownProfile().orElseThrow().serial()).isEqualTo(7);
            assertThatThrownBy(() -> requester.learn(
                            fault(SignatureFault.Kind.UNKNOWN_CHAIN).bytes()))
                    .isInstanceOf(SignatureFault.class);
        }
    }

    @Test
    void theProfileIsLeftForWhoHasNoNetwork() throws Exception {
        try (Requester requester = carriage.gateway.open()) {
            Import carried =
                    new Import(requester, requester.batch(1), Stage.BACKEND, carriage.stick, carriage.stick, false);
            assertThat(carried.leaveProfile(Journey.SILENT)).isEqualTo(Import.Profile.LEFT);
            assertThat(carried.leaveProfile(Journey.SILENT)).isEqualTo(Import.Profile.THERE);
            carriage.backend.profile = () -> Stage.profile(2);
            assertThat(carried.leaveProfile(Journey.SILENT))
                    .as("not the one known here, but the present one")
                    .isEqualTo(Import.Profile.LEFT);
        }
        try (Requester requester = carriage.home.open()) {
            byte[] left =
                    new Export(requester, carriage.stick).profile(Stage.BACKEND).orElseThrow();
            assertThat(requester.learn(left).orElseThrow().serial()).isEqualTo(2);
        }
    }
}
