package waybill.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.update.Published;
import waybill.update.Vetting;

final class TakenUpTest {
    private static final Instant T = Instant.parse("2026-11-30T10:00:00Z");
    private static final FileName NAME = new FileName("rules.hdb");
    private static final FileName OTHER = new FileName("other");

    @TempDir
    Path dir;

    private Instant now = T.plusMillis(700);
    private TakenUp takenUp;

    @BeforeEach
    void open() throws IOException {
        takenUp = TakenUp.open(dir.resolve("taken-up"), () -> now);
    }

    private static Vetting.Catalogue catalogue(long number, String rules) {
        Published published =
                Published.of(number, T.minusSeconds(3600), Map.of("rules.hdb", bytes(rules), "other", new byte[9]));
        try {
            Packet.Catalogue packet = new SignedPackets(TrustPolicy.of(Published.PKI.anchors()), () -> T)
                    .catalogue(published.catalogue, Published.BACKEND)
                    .packet();
            byte[] list = java.util.Objects.requireNonNull(published.contents.get(packet.sha256()));
            return new Vetting.Catalogue(packet, CatalogueList.of(packet, list), published.catalogue);
        } catch (SignatureFault | UpdateFault e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    private Instant since(Vetting.Catalogue catalogue, String rules) throws IOException {
        return takenUp.since(catalogue, NAME, Sha256.of(bytes(rules)));
    }

    @Test
    void aFileIsGivenSinceItWasFirstHeardOf() throws IOException {
        assertThat(since(catalogue(1, "one"), "one")).isEqualTo(T);
        now = T.plusSeconds(100);
        assertThat(since(catalogue(1, "one"), "one")).isEqualTo(T);
        assertThat(since(catalogue(2, "one"), "one")).as("nothing changed").isEqualTo(T);
    }

    @Test
    void whatWasPublishedEarlierAndHeardOfLaterIsYoungerThanAllThatWasGivenBefore() throws IOException {
        assertThat(since(catalogue(1, "one"), "one")).isEqualTo(T);
        now = T.plusMillis(50_900);
        takenUp.gave(NAME, Sha256.of(bytes("one")));
        now = T.plusMillis(50_950);
        assertThat(since(catalogue(2, "two"), "two"))
                .as("given in the same second")
                .isEqualTo(T.plusSeconds(51));
        assertThat(takenUp.since(catalogue(2, "two"), OTHER, Sha256.of(new byte[9])))
                .as("it did not change")
                .isEqualTo(T);
    }

    @Test
    void whoIsStillAtTheOldBytesWillFindTheNewOnesYounger() throws IOException {
        since(catalogue(1, "one"), "one");
        now = T.plusSeconds(10);
        assertThat(since(catalogue(2, "two"), "two")).isEqualTo(T.plusSeconds(10));
        now = T.plusMillis(30_500);
        takenUp.gave(NAME, Sha256.of(bytes("one")));
        assertThat(since(catalogue(2, "two"), "two")).isEqualTo(T.plusSeconds(31));
        takenUp.gave(NAME, Sha256.of(bytes("two")));
        assertThat(since(catalogue(2, "two"), "two"))
                .as("they are the current ones")
                .isEqualTo(T.plusSeconds(31));
    }

    @Test
    void itIsKeptOverARestart() throws IOException {
        since(catalogue(1, "one"), "one");
        now = T.plusSeconds(1000);
        open();
        assertThat(since(catalogue(1, "one"), "one")).isEqualTo(T);
        assertThat(since(catalogue(2, "two"), "two")).isEqualTo(T.plusSeconds(1000));
    }

    @Test
    void whatCannotBeReadIsAsIfNothingHadBeenGiven() throws IOException {
        Files.writeString(dir.resolve("taken-up"), "rules.hdb what? 12\n../x y z\n");
        open();
        assertThat(since(catalogue(1, "one"), "one")).isEqualTo(T);
    }
}
