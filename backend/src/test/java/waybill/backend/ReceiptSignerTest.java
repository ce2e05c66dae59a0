package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.signature.SignedPackets;
import waybill.signature.TestCertificate;
import waybill.signature.TestCertificate.Spec;
import waybill.signature.TestPki;
import waybill.signature.TestSuite;

class ReceiptSignerTest {
    private static final String HOST = "backend.example";

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Bench bench;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private Openssl.Said openssl(byte[] cms, String host, Instant at, String... more) throws Exception {
        return Openssl.verify(temporary, cms, bench.files.anchor(), host, at, more);
    }

    private Packet.Receipt receipt() {
        return new Packet.Receipt(
                bench.freshId(),
                Bench.URL,
                5,
                Sha256.of(new byte[5]),
                Optional.empty(),
                false,
                Optional.empty(),
                TestClock.START.minusMillis(250));
    }

    @Test
    void openssl_verifies_a_receipt_and_gives_the_packet() throws Exception {
        byte[] cms = bench.delivered(Bench.arrival(bench.seal("hello")));

        Openssl.Said said = openssl(cms, HOST, TestClock.START);

        assertThat(said.status()).as(said.error()).isZero();
        assertThat(PacketCodec.parse(said.output(), PacketCodec.MAX_CMS)).isInstanceOf(Packet.Receipt.class);
    }

    @Test
    void openssl_verifies_it_long_after_the_certificate_has_ended() throws Exception {
        Packet.Receipt receipt = receipt();
        byte[] cms = new ReceiptSigner(bench.keys).sign(receipt);

        assertThat(openssl(cms, HOST, receipt.received()).status()).isZero();
        assertThat(openssl(cms, HOST, TestClock.START.plus(Duration.ofDays(3650)))
                        .status())
                .as("so -attime is what makes it hold")
                .isNotZero();
    }

    @Test
    void openssl_takes_no_flipped_byte_no_other_host_and_no_other_root() throws Exception {
        byte[] cms = new ReceiptSigner(bench.keys).sign(receipt());
        Path other = temporary.resolve("other");
        BackendInit.init(other, BackendInit.Options.of(HOST), clock);

        assertThat(openssl(cms, "other.example", TestClock.START).status()).isNotZero();
        assertThat(Openssl.verify(temporary, cms, other.resolve("anchor.pem"), HOST, TestClock.START)
                        .status())
                .isNotZero();
        for (int at : new int[] {cms.length - 1, cms.length / 2, 60}) {
            byte[] flipped = cms.clone();
            flipped[at] ^= 1;
            assertThat(openssl(flipped, HOST, TestClock.START).status())
                    .as("byte " + at)
                    .isNotZero();
        }
    }

    @Test
    void openssl_verifies_the_receipt_of_a_backend_at_an_address() throws Exception {
        Path directory = temporary.resolve("address");
        BackendInit.init(directory, BackendInit.Options.of("127.0.0.1"), clock);
        Credential credential = Credential.read(directory.resolve("online/receipt.pem"));

        byte[] cms = CmsSigner.sign(receipt(), TestClock.START, credential, List.of());

        Path anchor = directory.resolve("anchor.pem");
        assertThat(Openssl.verify(temporary, cms, anchor, "127.0.0.1", TestClock.START)
                        .status())
                .isZero();
    }

    @Test
    void openssl_verifies_profile_and_refusal_likewise() throws Exception {
        byte[] profile = bench.keys.now().profile();
        byte[] refusal = new ReceiptSigner(bench.keys)
                .sign(new Packet.Refusal(
                        bench.freshId(),
                        Bench.URL,
                        5,
                        Sha256.of(new byte[5]),
                        Optional.empty(),
                        Problem.TOO_LARGE,
                        TestClock.START.minusMillis(250)));

        assertThat(openssl(profile, HOST, TestClock.START).status()).isZero();
        assertThat(openssl(refusal, HOST, TestClock.START).status()).isZero();
    }

    @Test
    void encapsulates_the_packet_with_signed_attributes_and_the_leaf_without_its_root() throws Exception {
        Packet.Receipt receipt = receipt();

        CMSSignedData cms = new CMSSignedData(new ReceiptSigner(bench.keys).sign(receipt));

        assertThat(cms.getSignedContentTypeOID()).isEqualTo("1.2.840.113549.1.7.1");
        assertThat(cms.getSignedContent().getContent()).isEqualTo(PacketCodec.encode(receipt));
        assertThat(cms.getCertificates().getMatches(null)).hasSize(1);
        SignerInformation signer = cms.getSignerInfos().getSigners().iterator().next();
        assertThat(signer.getSignedAttributes().get(CMSAttributes.contentType)).isNotNull();
        assertThat(signer.getSignedAttributes().get(CMSAttributes.messageDigest))
                .isNotNull();
        assertThat(Time.getInstance(signer.getSignedAttributes()
                                .get(CMSAttributes.signingTime)
                                .getAttributeValues()[0])
                        .getDate()
                        .toInstant())
                .isEqualTo(receipt.received());
    }

    @Test
    void next_certificate_signs_from_its_first_day() throws Exception {
        var anchor = Pem.certificates(bench.files.anchor()).getFirst();
        var issuer = new Issuer(anchor, Pem.key(bench.files.offline().resolve("ca.key"), anchor.getPublicKey()));
        Instant firstDay = TestClock.START.plus(Duration.ofDays(30));
        BackendInit.write(
                bench.files.online().resolve("receipt-next.pem"),
                issuer.issue(Issuer.Use.RECEIPT, HOST, firstDay.plus(Duration.ofDays(1))));
        bench.restart();
        ReceiptSigner signer = new ReceiptSigner(bench.keys);
        List<Credential> both = bench.keys.now().receipts();
        assertThat(both).hasSize(2);
        Packet.Receipt before = receipt();
        byte[] old = signer.sign(before);
        clock.pass(Duration.ofDays(31));
        Packet.Receipt after = new Packet.Receipt(
                before.id(),
                before.backend(),
                before.size(),
                before.sha256(),
                before.contents(),
                false,
                before.recipient(),
                firstDay.plusSeconds(1).minusMillis(250));
        byte[] next = signer.sign(after);

        DeliveryKey key = DeliveryKey.of(before.id(), before.sha256());
        assertThat(signerOf(old, key)).endsWith(Path.of("receipt.pem"));
        assertThat(signerOf(next, key)).endsWith(Path.of("receipt-next.pem"));
    }

    private Path signerOf(byte[] cms, DeliveryKey key) throws Exception {
        var leaf = new SignedPackets(waybill.signature.TrustPolicy.of(Pem.certificates(bench.files.anchor())), clock)
                .outcome(cms, Bench.URL, key, 5)
                .signer();
        return bench.keys.now().receipts().stream()
                .filter(c -> c.leaf().equals(leaf))
                .findFirst()
                .orElseThrow()
                .file();
    }

    @Test
    void chain_and_crls_go_along_within_64_kib() throws Exception {
        TestCertificate root = TestCertificate.root(TestSuite.P256, Spec.authority("Root"));
        TestCertificate middle = root.issue(TestSuite.P256, Spec.authority("Middle"));
        TestCertificate leaf = middle.issue(TestSuite.P256, Spec.leaf(HOST, waybill.signature.Role.RECEIPT));
        OwnPki.install(bench.files, root, leaf, TestPki.of(HOST), clock);
        Files.writeString(
                bench.files.online().resolve("root.crl"),
                OwnPki.pem(root.crl(
                        TestClock.START.minus(Duration.ofDays(1)),
                        TestClock.START.plus(Duration.ofDays(365)),
                        TestClock.START,
                        0)));
        bench.restart();

        byte[] cms = bench.delivered(Bench.arrival(bench.seal("hello")));

        CMSSignedData data = new CMSSignedData(cms);
        assertThat(data.getCertificates().getMatches(null))
                .as("leaf and intermediate")
                .hasSize(2);
        assertThat(data.getCRLs().getMatches(null)).hasSize(1);
        assertThat(cms.length).isLessThan(SignedPackets.MAX_BYTES);
        assertThat(openssl(cms, HOST, TestClock.START).status()).isZero();
    }
}
