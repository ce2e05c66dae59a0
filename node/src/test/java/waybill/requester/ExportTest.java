package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Carriage.fifo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.PacketCodec;
import waybill.requester.byhand.Export;
import waybill.requester.byhand.Export.Exported;
import waybill.requester.outbox.OutboxTask;

/** Parcels written into a folder (section 9). */
class ExportTest {
    @TempDir
    Path directory;

    private Carriage carriage;

    @BeforeEach
    void actors() throws IOException {
        carriage = new Carriage(directory);
    }

    @Test
    void whatIsThereIsNotWrittenAgainAndWhatIsDamagedIs() throws Exception {
        OutboxTask task = carriage.seal("report");
        carriage.export(false);
        Object before = Files.getAttribute(carriage.file(task, "parcel"), "unix:ino");
        assertThat(carriage.export(false)).containsExactly(new Exported.Written(task, true, Optional.empty()));
        assertThat(Files.getAttribute(carriage.file(task, "parcel"), "unix:ino"))
                .isEqualTo(before);

        byte[] flipped = carriage.sealed(task);
        flipped[flipped.length / 2] ^= 1;
        Files.write(carriage.file(task, "parcel"), flipped);
        assertThat(carriage.export(false)).containsExactly(new Exported.Written(task, false, Optional.empty()));
        assertThat(carriage.file(task, "parcel")).hasBinaryContent(carriage.sealed(task));
    }

    @Test
    void aRottenOutboxPutsNothingIntoTheFolder() throws Exception {
        OutboxTask task = carriage.seal("report");
        byte[] flipped = carriage.sealed(task);
        flipped[flipped.length / 2] ^= 1;
        Files.write(carriage.home.data().resolve("outbox/" + task.id() + "/parcel.age"), flipped);

        assertThat(carriage.export(true)).singleElement().isInstanceOf(Exported.Failed.class);
        assertThat(carriage.names()).isEmpty();
        assertThat(carriage.home.outbox()).containsExactly(task);
    }

    @Test
    void aFolderThatIsNotThereIsNotMade() throws Exception {
        try (Requester requester = carriage.home.open()) {
            assertThatThrownBy(() -> new Export(requester, carriage.directory.resolve("unmounted")))
                    .isInstanceOf(NoSuchFileException.class);
        }
        assertThat(carriage.directory.resolve("unmounted")).doesNotExist();
    }

    @Test
    void whatAKilledWriterLeftIsRemovedAndForeignFilesStay() throws Exception {
        carriage.seal("report");
        Files.write(carriage.stick.resolve(".0b4c9cf0-3f1c-4f4c-9d0e-0123456789ab.part"), new byte[10]);
        Files.write(carriage.stick.resolve("holiday.jpg"), new byte[10]);
        Files.write(carriage.stick.resolve(".hidden.part"), new byte[10]);
        carriage.export(false);
        assertThat(carriage.names())
                .hasSize(4)
                .contains("holiday.jpg", ".hidden.part")
                .noneMatch(name -> name.startsWith(".0b4c"));
    }

    @Test
    void aLockThatIsALinkOrAPipeIsRefused() throws Exception {
        carriage.seal("report");
        Path lock = carriage.stick.resolve(".waybill.lock");
        Files.createSymbolicLink(lock, carriage.directory.resolve("elsewhere"));
        assertThatThrownBy(() -> carriage.export(false)).isInstanceOf(IOException.class);
        assertThat(carriage.directory.resolve("elsewhere")).doesNotExist();
        Files.delete(lock);
        fifo(lock);
        assertThatThrownBy(() -> carriage.export(false)).isInstanceOf(IOException.class);
    }

    @Test
    void oneWayEndsTheTaskWithoutProofAndKeepsWhatALateReceiptNeeds() throws Exception {
        OutboxTask task = carriage.seal("report");
        assertThat(carriage.export(true)).singleElement().isInstanceOfSatisfying(Exported.Written.class, written -> {
            Decision.Unproven unproven = written.ended().orElseThrow();
            assertThat(unproven.label()).hasBinaryContent(PacketCodec.encode(task.label()));
            assertThat(unproven.waybill().orElseThrow()).content().contains("report.txt");
        });
        assertThat(carriage.home.outbox()).isEmpty();
        assertThat(carriage.home.directory.resolve("receipts/" + task.id() + ".receipt"))
                .doesNotExist();
        assertThat(carriage.file(task, "label")).exists();
        assertThat(carriage.file(task, "parcel")).exists();
    }
}
