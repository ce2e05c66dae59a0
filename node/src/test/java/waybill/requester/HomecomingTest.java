package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Carriage.fifo;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.RECIPIENT;
import static waybill.requester.Stage.fault;
import static waybill.requester.Stage.receipt;
import static waybill.requester.Stage.refusal;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;

/** Outcomes that come home in a folder that anybody may have written to (section 9). */
class HomecomingTest {
    @TempDir
    Path directory;

    private Carriage carriage;

    @BeforeEach
    void actors() throws IOException {
        carriage = new Carriage(directory);
    }

    @Test
    void aForgedReceiptIsKeptOutAndBlamesNobody() throws Exception {
        OutboxTask task = carriage.seal("report");
        Files.write(
                carriage.file(task, "receipt"),
                fault(SignatureFault.Kind.WRONG_DELIVERY).bytes());
        assertThat(carriage.collect(true)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(carriage.home.outbox()).containsExactly(task);
        assertThat(carriage.home.blacklist().list()).isEmpty();
        assertThat(carriage.home.directory.resolve("receipts")).doesNotExist();
        assertThat(carriage.file(task, "receipt")).as("it is left where it is").exists();
    }

    @Test
    void whatIsNoReceiptAtAllIsNotOpened() throws Exception {
        OutboxTask task = carriage.seal("report");
        Files.createSymbolicLink(carriage.file(task, "receipt"), Path.of("/etc/passwd"));
        fifo(carriage.file(task, "refusal"));
        assertThat(carriage.collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        Files.delete(carriage.file(task, "receipt"));
        Files.write(carriage.file(task, "receipt"), new byte[(64 << 10) + 1]);
        assertThat(carriage.collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(carriage.home.outbox()).containsExactly(task);
    }

    @Test
    void strangersReceiptsAreNotItsBusinessAndWhatHasNoneStays() throws Exception {
        OutboxTask task = carriage.seal("report");
        Packet.Label stranger = carriage.lay("another's", Stage.BACKEND);
        Files.write(
                carriage.stick.resolve(stranger.id() + "." + stranger.sha256() + ".receipt"),
                receipt().bytes());
        assertThat(carriage.collect(false)).containsExactly(new Result.Nothing(task));
        assertThat(carriage.home.outbox()).containsExactly(task);
    }

    @Test
    void aGoodReceiptCountsThoughARefusalLiesBesideIt() throws Exception {
        OutboxTask task = carriage.seal("report");
        Files.write(carriage.file(task, "receipt"), receipt().bytes());
        Files.write(
                carriage.file(task, "refusal"),
                refusal(Problem.TOO_LARGE, RECIPIENT).bytes());
        assertThat(carriage.collect(true)).singleElement().isInstanceOfSatisfying(Result.Ended.class, ended -> {
            assertThat(ended.decision()).isInstanceOf(Decision.Delivered.class);
            assertThat(ended.left()).isFalse();
        });
        assertThat(carriage.names()).isEmpty();
    }

    @Test
    void aRefusalForAnotherRecipientEndsNothing() throws Exception {
        OutboxTask task = carriage.seal("report");
        Files.write(
                carriage.file(task, "refusal"),
                refusal(Problem.UNKNOWN_RECIPIENT, Stage.OTHER_RECIPIENT).bytes());
        assertThat(carriage.collect(false)).singleElement().isInstanceOf(Result.Rejected.class);
        assertThat(carriage.home.outbox()).containsExactly(task);
    }

    @Test
    void aReceiptByHandCondemnsNobodyForBeingLate() throws Exception {
        carriage.home.config.via(Via.LAN);
        carriage.home.relay("slow", PROMISE, true).silent();
        carriage.home.send();
        OutboxTask task = carriage.home.task();
        assertThat(task.acceptances())
                .singleElement()
                .satisfies(a -> assertThat(a.standing()).isEqualTo(OutboxTask.Standing.LATE));
        Files.write(carriage.file(task, "receipt"), receipt().bytes());
        assertThat(carriage.collect(false)).singleElement().isInstanceOf(Result.Ended.class);
        assertThat(carriage.home.blacklist().list()).isEmpty();
    }

    @Test
    void aReceiptByHandShowsWhoBrokeHisWord() throws Exception {
        carriage.home.config.via(Via.LAN);
        Host liar = carriage.home.relay("liar", PROMISE, true);
        liar.collect = Optional.of(() -> Stage.failed(Problem.NOT_FOUND));
        carriage.home.send();
        OutboxTask task = carriage.home.task();
        Files.write(carriage.file(task, "receipt"), receipt().bytes());
        carriage.collect(false);
        assertThat(carriage.home.blacklist().list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.subject()).isEqualTo(subject("liar")));
    }
}
