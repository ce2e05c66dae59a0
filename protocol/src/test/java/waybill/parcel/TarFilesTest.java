package waybill.parcel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.channels.Channels;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import waybill.protocol.Sha256;

class TarFilesTest {
    private static final Parcel.Sink NOWHERE = (name, size, modified) -> OutputStream.nullOutputStream();

    @Test
    void aManifestThatSaysItIsLargeTakesNoMemoryBeforeItComes() {
        byte[] said = new TestTar()
                .entry(ManifestXml.NAME, TarConstants.LF_NORMAL, "", new byte[ManifestXml.MAX_BYTES])
                .bytes();
        byte[] sent = Arrays.copyOf(said, 512 + 1000);
        // Once before it is measured: classes are loaded then.
        refused(sent);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        refused(sent);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(ManifestXml.MAX_BYTES / 4);
    }

    private static void refused(byte[] tar) {
        assertThatThrownBy(() -> open(tar)).isInstanceOf(ParcelFault.class);
    }

    @Test
    void aManifestOfManyPiecesComesWhole() throws Exception {
        TestTar tar = new TestTar();
        for (int i = 0; i < 3000; i++) {
            tar.file("file-" + i, new byte[0]);
        }
        byte[] xml = ManifestXml.encode(new Manifest(
                Parcels.ID,
                "test",
                "0".repeat(32),
                Parcels.CREATED,
                tar.items().stream().toList()));
        assertThat(xml).hasSizeGreaterThan(5 * 64 * 1024);
        Parcel.Summary summary = open(tar.xml(xml).bytes());
        assertThat(summary.contents()).isEqualTo(Sha256.of(xml));
        assertThat(summary.manifest().files()).hasSize(3000);
    }

    private static Parcel.Summary open(byte[] tar) throws Exception {
        return new TarFiles(new PlainTar(Channels.newChannel(new ByteArrayInputStream(tar)))).into(NOWHERE);
    }
}
