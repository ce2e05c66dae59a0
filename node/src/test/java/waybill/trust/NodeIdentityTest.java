package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.NodeId;

class NodeIdentityTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z"));

    @TempDir
    Path directory;

    private Path machine;

    @BeforeEach
    void machine() throws IOException {
        machine = directory.resolve("machine-id");
        Files.writeString(machine, "0123456789abcdef0123456789abcdef\n");
    }

    private NodeIdentity load() throws IOException {
        return NodeIdentity.load(directory.resolve("node"), CLOCK, machine);
    }

    @Test
    void theSameIdentityComesBackAfterARestart() throws Exception {
        NodeIdentity first = load();
        NodeIdentity again = load();

        assertThat(again.node()).isEqualTo(first.node());
        assertThat(again.certificate()).isEqualTo(first.certificate());
        assertThat(again.key()).isEqualTo(first.key());
        first.certificate().verify(first.certificate().getPublicKey());
        assertThat(first.node()).isEqualTo(NodeId.of(first.certificate().getPublicKey()));
        assertThat(first.key().getAlgorithm()).isEqualTo("EC");
    }

    @Test
    void theKeyIsItsOwnersAloneAndNotShown() throws IOException {
        NodeIdentity identity = load();
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("node").resolve("node.pem"))))
                .isEqualTo("rw-------");
        assertThat(identity.toString()).isEqualTo("NodeIdentity[" + identity.node() + "]");
    }

    @Test
    void theMachinesIdItselfIsNotKept() throws IOException {
        load();
        assertThat(directory.resolve("node").resolve("node.machine"))
                .content()
                .doesNotContain("0123456789abcdef0123456789abcdef");
    }

    @Test
    void aCopyOfAMachineMakesAnIdentityOfItsOwnOnce() throws IOException {
        NodeIdentity original = load();
        Files.writeString(machine, "fedcba9876543210fedcba9876543210\n");
        NodeIdentity copy = load();

        assertThat(copy.node()).isNotEqualTo(original.node());
        assertThat(load().node()).isEqualTo(copy.node());
    }

    @Test
    void withoutAMachineIdTheIdentityStays() throws IOException {
        NodeIdentity first = load();
        Files.delete(machine);
        assertThat(load().node()).isEqualTo(first.node());
    }

    @Test
    void anIdentityMadeWithoutAMachineIdIsBoundToTheMachineLater() throws IOException {
        Files.writeString(machine, "uninitialized\n");
        NodeIdentity first = load();
        Files.writeString(machine, "0123456789abcdef0123456789abcdef\n");
        assertThat(load().node()).isEqualTo(first.node());
        Files.writeString(machine, "fedcba9876543210fedcba9876543210\n");
        assertThat(load().node()).isNotEqualTo(first.node());
    }

    @Test
    void aDamagedIdentityIsAnErrorAndNotSilentlyReplaced() throws IOException {
        load();
        Path pem = directory.resolve("node").resolve("node.pem");
        Files.writeString(pem, Files.readString(pem).substring(0, 100));
        assertThatThrownBy(this::load).isInstanceOf(IOException.class).hasMessageContaining("node.pem");
    }

    @Test
    void aKeyThatIsNotTheCertificatesIsAnError() throws IOException {
        load();
        Path pem = directory.resolve("node").resolve("node.pem");
        String mine = Files.readString(pem);
        NodeIdentity.load(directory.resolve("other"), CLOCK, machine);
        String theirs = Files.readString(directory.resolve("other").resolve("node.pem"));
        int cut = mine.indexOf("-----BEGIN CERTIFICATE");
        Files.writeString(pem, mine.substring(0, cut) + theirs.substring(theirs.indexOf("-----BEGIN CERTIFICATE")));
        assertThatThrownBy(this::load).isInstanceOf(IOException.class).hasMessageContaining("certificate");
    }
}
