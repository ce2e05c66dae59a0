package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

class SignedPacketsTest {
    static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    static final Instant RECEIVED = Instant.parse("2026-03-01T12:00:00Z");
    static final InstantSource NOW = InstantSource.fixed(RECEIVED.plusSeconds(60));
    static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");
    static final Sha256 SHA256 = Sha256.of(new byte[] {1});
    static final Sha256 CONTENTS = Sha256.of(new byte[] {2});
    static final DeliveryKey KEY = DeliveryKey.of(ID, SHA256).withContents(CONTENTS);
    static final Packet.Receipt RECEIPT =
            new Packet.Receipt(ID, BACKEND, 4711, SHA256, Optional.of(CONTENTS), true, Optional.empty(), RECEIVED);

    @ParameterizedTest
    @EnumSource(names = {"P256", "P384", "RSA_2048", "RSA_3072_PSS", "ML_DSA_65"})
    void aReceiptByAnAllowedKeyHolds(TestSuite suite) throws Exception {
        TestPki pki = TestPki.of("backend.example", suite);
        SignedPackets packets = new SignedPackets(pki.policy(), NOW);

        Signed<Packet> signed = packets.outcome(pki.sign(RECEIPT), BACKEND, KEY, 4711);

        assertThat(signed.packet()).isEqualTo(RECEIPT);
        assertThat(signed.signer()).isEqualTo(pki.receipt().certificate());
        assertThat(packets.standalone(pki.sign(RECEIPT)).packet()).isEqualTo(RECEIPT);
    }
}
