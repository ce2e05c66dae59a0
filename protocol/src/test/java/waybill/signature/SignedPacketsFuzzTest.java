package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Vectors;

/**
 * A Jazzer target for whatever a relay brings as a receipt or an update. Its seeds are the vectors of signed packets. An ordinary run
 * tries every seed once; a search is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl protocol -Dtest=SignedPacketsFuzzTest#whateverComes -Djazzer.max_duration=10m
 * }</pre>
 */
class SignedPacketsFuzzTest {
    private static final SignedPackets PACKETS = packets("receipt", SignatureVectors.NOW);
    private static final SignedPackets UPDATES = packets("release", UpdateVectors.NOW);
    private static final DeliveryKey KEY =
            DeliveryKey.of(SignatureVectors.ID, SignatureVectors.SHA256).withContents(SignatureVectors.CONTENTS);

    static Stream<byte[]> seeds() {
        return Stream.of("receipt", "refusal", "profile", "release", "catalogue")
                .flatMap(folder -> Vectors.in(folder, ".cms").stream())
                .map(Vectors.Vector::bytes);
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComes(byte[] cms) {
        Packet packet;
        try {
            packet = PACKETS.outcome(cms, SignatureVectors.BACKEND, KEY, SignatureVectors.SIZE)
                    .packet();
        } catch (SignatureFault e) {
            return; // Every other exception is a finding.
        }
        assertThat(packet.id()).isEqualTo(SignatureVectors.ID);
        assertThat(packet).isInstanceOfAny(Packet.Receipt.class, Packet.Refusal.class);
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverComesAsAnUpdate(byte[] cms) {
        try {
            assertThat(UPDATES.release(cms, UpdateVectors.FILE).packet().file()).isEqualTo(UpdateVectors.FILE);
        } catch (SignatureFault e) {
            assertThat(e.kind()).isNotNull(); // Every other exception is a finding.
        }
        try {
            assertThat(UPDATES.catalogue(cms, UpdateVectors.BACKEND).packet().backend())
                    .isEqualTo(UpdateVectors.BACKEND);
        } catch (SignatureFault e) {
            assertThat(e.kind()).isNotNull();
        }
    }

    @Test
    void everyVectorIsASeed() {
        assertThat(seeds()).hasSizeGreaterThan(130);
    }

    private static SignedPackets packets(String folder, Instant now) {
        try {
            String pem = Files.readString(Vectors.root().resolve("spec/vectors/" + folder + "/anchor.pem"));
            return new SignedPackets(TrustPolicy.of(Anchors.parse(pem)), InstantSource.fixed(now));
        } catch (IOException | AnchorFault e) {
            throw new AssertionError(e);
        }
    }
}
