package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.VectorWriter;
import waybill.protocol.Vectors;
import waybill.protocol.Vectors.Vector;
import waybill.signature.SignatureFault.Kind;

class SignatureVectorsTest {

    @BeforeAll
    static void writeIfAsked() {
        if (Boolean.getBoolean("waybill.vectors.write")) {
            new SignatureVectors(new VectorWriter(
                            Vectors.root().resolve("spec/vectors"), ".cms", List.of("receipt", "refusal", "profile")))
                    .write();
        }
    }

    static Stream<Vector> all() {
        return Stream.of("receipt", "refusal", "profile").flatMap(folder -> Vectors.in(folder, ".cms").stream());
    }

    static Stream<Vector> good() {
        return all().filter(Vector::good);
    }

    static Stream<Vector> bad() {
        return all().filter(vector -> !vector.good());
    }

    @ParameterizedTest
    @MethodSource("good")
    void holdsAndSaysWhatWasSigned(Vector vector) throws Exception {
        Signed<? extends Packet> signed = verify(vector);

        assertThat(vector.expect("kind")).isEqualTo("OK");
        assertThat(signed.packet().type()).isEqualTo(folder(vector));
        assertThat(signed.packet().href()).isEqualTo(vector.expect("backend"));
        assertThat(PacketCodec.parse(PacketCodec.encode(signed.packet()), PacketCodec.MAX_CMS))
                .isEqualTo(signed.packet());
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isRefusedForTheFirstCheckThatFails(Vector vector) {
        assertThatThrownBy(() -> verify(vector))
                .isInstanceOfSatisfying(
                        SignatureFault.class,
                        fault -> assertThat(fault.kind()).isEqualTo(Kind.valueOf(vector.expect("kind"))));
    }

    @ParameterizedTest
    @MethodSource("good")
    void noBitOfAGoodOneCanBeChangedIntoAnotherPacket(Vector vector) throws Exception {
        Packet right = verify(vector).packet();
        byte[] cms = vector.bytes();
        for (int at = 0; at < cms.length; at += 1 + cms.length / 41) {
            byte[] flipped = cms.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                assertThat(verify(vector, flipped).packet())
                        .as("bit of byte %d", at)
                        .isEqualTo(right);
            } catch (SignatureFault fault) {
                assertThat(fault.kind()).as("bit of byte %d", at).isNotIn(Kind.BEYOND_SKEW, Kind.WRONG_DELIVERY);
            }
        }
    }

    @Test
    void everyKindOfFaultHasAVector() {
        Set<Kind> shown = EnumSet.noneOf(Kind.class);
        bad().forEach(vector -> shown.add(Kind.valueOf(vector.expect("kind"))));

        assertThat(shown).isEqualTo(EnumSet.allOf(Kind.class));
    }

    private static Signed<? extends Packet> verify(Vector vector) throws Exception {
        return verify(vector, vector.bytes());
    }

    private static Signed<? extends Packet> verify(Vector vector, byte[] cms) throws SignatureFault {
        try {
            String pem = Files.readString(vector.path().resolveSibling(vector.expect("anchors")));
            boolean rsa1024 = vector.expect().containsKey("allow-rsa-1024");
            InstantSource now = InstantSource.fixed(Instant.parse(vector.expect("now")));
            SignedPackets packets =
                    new SignedPackets(new TrustPolicy(Anchors.parse(pem), rsa1024, Duration.ofMinutes(10)), now);
            BackendUrl backend = BackendUrl.parse(vector.expect("backend"));
            if (folder(vector).equals("profile")) {
                return packets.profile(cms, backend);
            }
            String contents = vector.expect("contents");
            DeliveryKey key = new DeliveryKey(
                    TaskId.parse(vector.expect("id")),
                    new Sha256(vector.expect("sha256")),
                    contents.isEmpty() ? Optional.empty() : Optional.of(new Sha256(contents)));
            return packets.outcome(cms, backend, key, Long.parseLong(vector.expect("size")));
        } catch (IOException | AnchorFault e) {
            throw new AssertionError(vector.name(), e);
        }
    }

    private static String folder(Vector vector) {
        return String.valueOf(vector.path().getName(vector.path().getNameCount() - 2));
    }
}
