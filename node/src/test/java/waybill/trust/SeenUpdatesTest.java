package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.UpdateFault;
import waybill.signature.TestPki;

final class SeenUpdatesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    private static final TestPki PKI = TestPki.of("backend.example");
    private static final TaskId ID = TaskId.fresh(InstantSource.fixed(NOW), new Random(1));

    @TempDir
    Path directory;

    @Test
    void nothingBehindWhatWasSeenIsTakenAfterARestartEither() throws Exception {
        SeenUpdates seen = open(100);
        seen.saw(release("a", 5, 1));
        seen.saw(release("a", 5, 1));
        seen.saw(release("a", 7, 2));
        seen.saw(release("b", 2, 1));
        seen.saw(catalogue(7, 1));

        SeenUpdates again = open(100);
        fails(() -> again.saw(release("a", 6, 3)), UpdateFault.Kind.ROLLBACK);
        fails(() -> again.saw(release("a", 7, 3)), UpdateFault.Kind.EQUIVOCATION);
        fails(() -> again.saw(catalogue(6, 1)), UpdateFault.Kind.ROLLBACK);
        fails(() -> again.saw(catalogue(7, 2)), UpdateFault.Kind.EQUIVOCATION);
        again.saw(release("a", 7, 2));
        again.saw(release("b", 3, 1));
        assertThat(again.catalogue()).isEqualTo(7);
    }

    @Test
    void aCatalogueBehindAReleaseThatWasSeenIsARollbackToo() throws Exception {
        SeenUpdates seen = open(100);
        seen.saw(catalogue(6, 1));
        seen.saw(release("a", 7, 1));
        fails(() -> seen.saw(catalogue(6, 1)), UpdateFault.Kind.ROLLBACK);
        assertThat(seen.catalogue()).isEqualTo(6);
        seen.saw(catalogue(7, 1));
        assertThat(seen.catalogue()).isEqualTo(7);
    }

    @Test
    void aRefusedOneChangesNothing() throws Exception {
        SeenUpdates seen = open(100);
        seen.saw(release("a", 5, 1));
        fails(() -> seen.saw(release("a", 4, 9)), UpdateFault.Kind.ROLLBACK);
        seen.saw(release("a", 5, 1));
    }

    @Test
    void otherAnchorsBeginAnew() throws Exception {
        open(100).saw(catalogue(7, 1));
        SeenUpdates other = SeenUpdates.open(
                directory, BACKEND, TestPki.of("backend.example").anchors(), 100);
        other.saw(catalogue(1, 1));
    }

    @Test
    void whatIsForgottenForWantOfRoomStillCountsForAllThatAreNotKnown() throws Exception {
        SeenUpdates seen = open(2);
        seen.saw(release("a", 5, 1));
        seen.saw(release("b", 6, 1));
        seen.saw(release("c", 7, 1));
        fails(() -> seen.saw(release("a", 4, 1)), UpdateFault.Kind.ROLLBACK);
        fails(() -> seen.saw(release("new", 4, 1)), UpdateFault.Kind.ROLLBACK);
        seen.saw(release("a", 5, 1));
    }

    private SeenUpdates open(int most) throws IOException {
        return SeenUpdates.open(directory, BACKEND, PKI.anchors(), most);
    }

    private static Packet.Release release(String name, long number, int content) {
        Sha256 digest = Sha256.of(new byte[] {(byte) content});
        return new Packet.Release(
                ID, FileUrl.of(BACKEND, new FileName(name)), 1, digest, digest, number, NOW, NOW.plusSeconds(60));
    }

    private static Packet.Catalogue catalogue(long number, int content) {
        return new Packet.Catalogue(
                ID, BACKEND, 1, Sha256.of(new byte[] {(byte) content}), number, NOW, NOW.plusSeconds(60));
    }

    private static void fails(ThrowingCallable call, UpdateFault.Kind kind) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        UpdateFault.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
