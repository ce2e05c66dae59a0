package waybill.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.asn1.x509.CRLReason;
import org.junit.jupiter.api.Test;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Vectors;
import waybill.signature.SignatureFault.Kind;
import waybill.signature.TestCertificate.Spec;

/** What the vectors cannot show: several calls to one verifier, several anchors, other callers. */
class SignedPacketsTest {
    private static final String HOST = SignatureVectors.HOST;
    private static final TestPki PKI = TestPki.of(HOST);
    private static final DeliveryKey KEY = DeliveryKey.of(SignatureVectors.ID, SignatureVectors.SHA256);
    private static final InstantSource NOW = InstantSource.fixed(SignatureVectors.NOW);
    private static final Instant SPRING = Instant.parse("2026-04-01T00:00:00Z");

    @Test
    void whatWasSignedComesBackWithTheSigner() throws Exception {
        Signed<Packet> signed = outcome(new SignedPackets(PKI.policy(), NOW), PKI.sign(SignatureVectors.RECEIPT));

        assertThat(signed.packet()).isEqualTo(SignatureVectors.RECEIPT);
        assertThat(signed.signer()).isEqualTo(PKI.receipt().certificate());
        assertThat(signed.algorithm()).isEqualTo("SHA256withECDSA");
    }

    @Test
    void aChainThatWasValidatedBeforeIsStillLookedAtForItsDates() throws Exception {
        TestCertificate leaf =
                PKI.root().issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT).between(Spec.FROM, SPRING));
        SignedPackets packets = new SignedPackets(PKI.policy(), InstantSource.fixed(SPRING.plusSeconds(60)));

        assertThat(outcome(packets, signed(leaf, SPRING.minusSeconds(1))).signer())
                .isEqualTo(leaf.certificate());
        assertFault(Kind.EXPIRED, () -> outcome(packets, signed(leaf, SPRING.plusSeconds(1))));
        assertThat(outcome(packets, signed(leaf, SPRING)).signer()).isEqualTo(leaf.certificate());
    }

    @Test
    void aChainThatWasValidatedBeforeIsStillLookedAtForItsRevocation() throws Exception {
        SignedPackets packets = new SignedPackets(PKI.policy(), NOW);
        byte[] packet = PacketCodec.encode(SignatureVectors.RECEIPT);
        byte[] revoked = new TestCms(PKI.receipt(), packet)
                .crls(PKI.root()
                        .crl(
                                Spec.FROM,
                                SPRING,
                                Spec.FROM,
                                CRLReason.unspecified,
                                PKI.receipt().certificate()))
                .encoded();

        outcome(packets, new TestCms(PKI.receipt(), packet).encoded());
        assertFault(Kind.REVOKED, () -> outcome(packets, revoked));
        outcome(packets, new TestCms(PKI.receipt(), packet).encoded());
    }

    @Test
    void aPacketOfTomorrowIsNobodysForgeryUnlessAStrangerSignedIt() throws Exception {
        SignedPackets packets =
                new SignedPackets(TrustPolicy.of(List.of(PKI.root().certificate())), NOW);
        byte[] tomorrow = new String(SignatureVectors.bytes(SignatureVectors.RECEIPT), StandardCharsets.UTF_8)
                .replace("version=\"1.0\"", "version=\"2.0\"")
                .getBytes(StandardCharsets.UTF_8);

        assertFault(Kind.UNKNOWN_PACKET, () -> outcome(packets, new TestCms(PKI.receipt(), tomorrow).encoded()));
        assertFault(
                Kind.UNKNOWN_CHAIN,
                () -> outcome(packets, new TestCms(TestPki.of(HOST).receipt(), tomorrow).encoded()));
    }

    @Test
    void aStructureWithoutItsPartsIsMalformedAndNothingWorse() {
        SignedPackets packets =
                new SignedPackets(TrustPolicy.of(List.of(PKI.root().certificate())), NOW);
        for (String hex : List.of(
                "300b06092a864886f70d010702", "300f06092a864886f70d010702a0023000", "3000", "0500", "30800000", "a0")) {
            assertFault(Kind.MALFORMED, () -> outcome(packets, HexFormat.of().parseHex(hex)));
        }
    }

    @Test
    void theCurrentAndTheNextAuthorityCountSideBySide() throws Exception {
        TestPki next = TestPki.of(HOST);
        SignedPackets both = new SignedPackets(
                TrustPolicy.of(List.of(next.root().certificate(), PKI.root().certificate())), NOW);

        outcome(both, PKI.sign(SignatureVectors.RECEIPT));
        outcome(both, next.sign(SignatureVectors.RECEIPT));
    }

    @Test
    void aRenewedIntermediateTakesThePlaceOfItsExpiredOne() throws Exception {
        TestCertificate middle = PKI.root().issue(TestSuite.P256, Spec.authority("Middle"));
        TestCertificate old =
                PKI.root().issueFor(middle, Spec.authority("Middle").between(Spec.FROM, Spec.FROM.plusSeconds(9)));
        TestCertificate leaf = middle.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT));
        byte[] cms = new TestCms(leaf, PacketCodec.encode(SignatureVectors.RECEIPT))
                .certificates(List.of(old.certificate(), middle.certificate(), leaf.certificate()))
                .encoded();

        outcome(new SignedPackets(PKI.policy(), NOW), cms);
    }

    @Test
    void certificatesThatCrossEachOtherEndInAFaultSoon() throws Exception {
        // Eight authorities of one name and key: every one seems to have issued every other.
        TestCertificate first = TestCertificate.root(TestSuite.P256, Spec.authority("Maze"));
        TestCertificate leaf = first.issue(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT));
        List<java.security.cert.X509Certificate> maze = new ArrayList<>();
        maze.add(leaf.certificate());
        for (int i = 1; i < CmsPacket.MAX_CARRIED; i++) {
            maze.add(first.issueFor(first, Spec.authority("Maze")).certificate());
        }
        byte[] cms = new TestCms(leaf, PacketCodec.encode(SignatureVectors.RECEIPT))
                .certificates(maze)
                .encoded();

        assertFault(Kind.UNKNOWN_CHAIN, () -> outcome(new SignedPackets(PKI.policy(), NOW), cms));
    }

    @Test
    void aBackendWithAnAddressForANameIsNamedByItsAddress() throws Exception {
        TestPki local = TestPki.of("127.0.0.1");
        BackendUrl backend = BackendUrl.parse("http://127.0.0.1:8080/inbox");
        Packet.Receipt receipt = new Packet.Receipt(
                SignatureVectors.ID,
                backend,
                1,
                SignatureVectors.SHA256,
                Optional.empty(),
                false,
                Optional.empty(),
                SignatureVectors.RECEIVED);

        new SignedPackets(local.policy(), NOW).outcome(local.sign(receipt), backend, KEY, 1);

        TestCertificate asName = local.root()
                .issue(
                        TestSuite.P256,
                        Spec.leaf("host.example", Role.RECEIPT)
                                .named(List.of("127.0.0.2"), List.of(Role.RECEIPT.uri())));
        byte[] cms = new TestCms(asName, PacketCodec.encode(receipt)).encoded();
        assertFault(Kind.WRONG_NAME, () -> new SignedPackets(local.policy(), NOW).outcome(cms, backend, KEY, 1));
    }

    @Test
    void anAuditorTakesTheHostFromTheReceiptAndAsksForNoDelivery() throws Exception {
        SignedPackets auditor = new SignedPackets(PKI.policy(), NOW);
        assertThat(auditor.standalone(PKI.sign(SignatureVectors.RECEIPT)).packet())
                .isEqualTo(SignatureVectors.RECEIPT);

        TestCertificate other = PKI.root().issue(TestSuite.P256, Spec.leaf("other.example", Role.RECEIPT));
        assertFault(Kind.WRONG_NAME, () -> auditor.standalone(signed(other, SignatureVectors.RECEIVED)));
        assertFault(Kind.WRONG_DELIVERY, () -> auditor.standalone(PKI.sign(SignatureVectors.PROFILE)));
        assertFault(
                Kind.BEYOND_SKEW,
                () -> auditor.standalone(signed(PKI.receipt(), SignatureVectors.NOW.plusSeconds(3600))));
    }

    @Test
    void theSkewIsTheOperators() throws Exception {
        byte[] ahead = signed(PKI.receipt(), SignatureVectors.NOW.plusSeconds(2));
        TrustPolicy none = new TrustPolicy(PKI.anchors(), false, Duration.ZERO);
        TrustPolicy some = new TrustPolicy(PKI.anchors(), false, Duration.ofSeconds(2));

        assertFault(Kind.BEYOND_SKEW, () -> outcome(new SignedPackets(none, NOW), ahead));
        outcome(new SignedPackets(some, NOW), ahead);
    }

    @Test
    void aSenderWhoClaimedNothingTakesAnyContents() throws Exception {
        SignedPackets packets = new SignedPackets(PKI.policy(), NOW);
        byte[] cms = PKI.sign(SignatureVectors.RECEIPT);

        outcome(packets, cms);
        packets.outcome(
                cms, SignatureVectors.BACKEND, KEY.withContents(SignatureVectors.CONTENTS), SignatureVectors.SIZE);
        assertFault(
                Kind.WRONG_DELIVERY,
                () -> packets.outcome(
                        cms,
                        SignatureVectors.BACKEND,
                        KEY.withContents(SignatureVectors.SHA256),
                        SignatureVectors.SIZE));
    }

    @Test
    void rsaOf1024BitsCountsOnlyWhereItIsAllowedByName() throws Exception {
        var anchors = Anchors.parse(text("anchor-rsa-1024.pem"));
        byte[] cms = Files.readAllBytes(file("good-rsa-1024-allowed.cms"));

        outcome(new SignedPackets(new TrustPolicy(anchors, true, Duration.ZERO), NOW), cms);
        assertFault(Kind.ALGORITHM_NOT_ALLOWED, () -> outcome(new SignedPackets(TrustPolicy.of(anchors), NOW), cms));
    }

    private static Signed<Packet> outcome(SignedPackets packets, byte[] cms) throws SignatureFault {
        return packets.outcome(cms, SignatureVectors.BACKEND, KEY, SignatureVectors.SIZE);
    }

    private static byte[] signed(TestCertificate leaf, Instant received) {
        return new TestCms(leaf, PacketCodec.encode(SignatureVectors.receipt(received))).encoded();
    }

    private static java.nio.file.Path file(String name) {
        return Vectors.root().resolve("spec/vectors/receipt").resolve(name);
    }

    private static String text(String name) throws IOException {
        return Files.readString(file(name));
    }

    private static void assertFault(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SignatureFault.class, fault -> assertThat(fault.kind()).isEqualTo(kind));
    }
}
