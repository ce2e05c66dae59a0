package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.backend.BackendSetupException.Kind;
import waybill.parcel.AgeKeys;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.signature.Role;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TestCertificate;
import waybill.signature.TestCertificate.Spec;
import waybill.signature.TestPki;
import waybill.signature.TestSuite;
import waybill.signature.TrustPolicy;

/** Keys and certificates of one's own PKI, right and wrong. */
class KeysTest {
    private static final String HOST = "backend.example";

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Bench bench;
    private BackendDirectory files;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
        files = bench.files;
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private Keys load(boolean allowRsa1024) throws IOException, BackendSetupException {
        return Keys.load(files, Bench.URL, true, allowRsa1024, clock.instant());
    }

    private void assertFault(Kind kind, String names) {
        assertThatThrownBy(() -> load(false)).isInstanceOfSatisfying(BackendSetupException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e).hasMessageContaining(names);
            assertThat(e.hint()).isNotBlank();
        });
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

    // Right

    @ParameterizedTest
    @EnumSource(names = {"P256", "P384", "RSA_2048", "ML_DSA_65"})
    void takes_keys_of_every_kind_that_senders_take(TestSuite suite) throws Exception {
        TestPki pki = TestPki.of(HOST, suite);
        OwnPki.install(files, pki, clock);

        Keys keys = load(false);

        Packet.Receipt receipt = receipt();
        byte[] cms = CmsSigner.sign(receipt, receipt.received(), keys.receipts().getFirst(), keys.crls());
        assertThat(new SignedPackets(pki.policy(), clock)
                        .outcome(cms, Bench.URL, DeliveryKey.of(receipt.id(), receipt.sha256()), 5)
                        .packet())
                .isEqualTo(receipt);
    }

    @Test
    void takes_rsa_of_1024_bits_where_it_is_allowed_by_name_and_nowhere_else() throws Exception {
        TestPki pki = TestPki.of(HOST, TestSuite.RSA_1024);
        OwnPki.install(files, pki, clock);

        assertFault(Kind.ALGORITHM_NOT_ALLOWED, "receipt.pem");

        Keys keys = load(true);
        Packet.Receipt receipt = receipt();
        DeliveryKey key = DeliveryKey.of(receipt.id(), receipt.sha256());
        byte[] cms = CmsSigner.sign(receipt, receipt.received(), keys.receipts().getFirst(), keys.crls());
        assertThat(new SignedPackets(pki.policyWithRsa1024(), clock)
                        .outcome(cms, Bench.URL, key, 5)
                        .packet())
                .isEqualTo(receipt);
        assertThatThrownBy(() -> new SignedPackets(pki.policy(), clock).outcome(cms, Bench.URL, key, 5))
                .isInstanceOfSatisfying(
                        SignatureFault.class,
                        e -> assertThat(e.kind()).isEqualTo(SignatureFault.Kind.ALGORITHM_NOT_ALLOWED));
        assertThat(Openssl.verify(temporary, cms, files.anchor(), HOST, TestClock.START)
                        .status())
                .as("openssl has no such qualms")
                .isZero();
    }

    @Test
    void takes_a_key_in_the_older_form_of_openssl() throws Exception {
        Path key = files.online().resolve("receipt.key");
        Process process = new ProcessBuilder("openssl", "ec", "-in", key.toString(), "-out", key.toString())
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        assertThat(Files.readString(key)).contains("BEGIN EC PRIVATE KEY");

        assertThat(load(false).receipts()).hasSize(1);
    }

    @Test
    void needs_no_tls_certificate_behind_a_proxy() throws Exception {
        Files.delete(files.online().resolve("tls.pem"));

        assertFault(Kind.MISSING, "tls.pem");
        assertThat(Keys.load(files, Bench.URL, false, false, clock.instant()).tls())
                .isEmpty();
    }

    @Test
    void takes_a_tls_certificate_for_all_hosts_of_a_domain() throws Exception {
        TestCertificate root = TestCertificate.root(TestSuite.P256, Spec.authority("Web"));
        Spec spec = Spec.leaf("x", Role.RECEIPT);
        OwnPki.put(
                files.online().resolve("tls.pem"),
                root.issue(TestSuite.P256, spec.named(List.of("*.example"), List.of())));

        assertThat(load(false).tls()).hasSize(1);
    }

    @Test
    void runs_without_what_lies_offline() throws Exception {
        Files.move(files.offline(), temporary.resolve("safe"));

        assertThat(load(false).receipts()).hasSize(1);
    }

    // Wrong

    @Test
    void says_which_key_does_not_fit() throws Exception {
        Files.copy(
                files.online().resolve("tls.key"),
                files.online().resolve("receipt.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertFault(Kind.KEY_DOES_NOT_FIT, "receipt.key");
    }

    @Test
    void says_that_a_key_is_of_another_kind() throws Exception {
        Files.write(
                files.online().resolve("receipt.key"),
                Pem.write(TestSuite.RSA_2048.generate().getPrivate()));

        assertFault(Kind.KEY_DOES_NOT_FIT, "receipt.key");
    }

    @Test
    void says_that_a_certificate_may_not_sign_receipts() throws Exception {
        Files.copy(files.offline().resolve("publisher.pem"), files.online().resolve("receipt-next.pem"));
        Files.copy(files.offline().resolve("publisher.key"), files.online().resolve("receipt-next.key"));

        assertFault(Kind.WRONG_ROLE, "receipt-next.pem");
    }

    @Test
    void says_that_a_profile_is_not_the_publishers() throws Exception {
        OwnPki.profile(
                files,
                Credential.read(files.online().resolve("receipt.pem")),
                new ProfileFile.Terms(Bench.URL, 9, bench.keys.now().terms().recipient(), 1000),
                clock.instant());

        assertFault(Kind.WRONG_ROLE, "profile.cms");
    }

    @Test
    void says_that_a_receipt_certificate_is_for_another_host() throws Exception {
        OwnPki.install(files, TestPki.of("other.example"), clock);

        assertFault(Kind.WRONG_NAME, "receipt.pem");
    }

    @Test
    void says_that_a_tls_certificate_is_for_another_host() throws Exception {
        TestCertificate root = TestCertificate.root(TestSuite.P256, Spec.authority("Web"));
        OwnPki.put(
                files.online().resolve("tls.pem"),
                root.issue(TestSuite.P256, Spec.leaf("other.example", Role.RECEIPT)));

        assertFault(Kind.WRONG_NAME, "tls.pem");
    }

    @Test
    void says_that_a_chain_ends_at_no_anchor() throws Exception {
        OwnPki.put(files.online().resolve("receipt.pem"), TestPki.of(HOST).receipt());

        assertFault(Kind.UNKNOWN_CHAIN, "receipt.pem");
    }

    @Test
    void says_that_no_certificate_is_valid_now() throws Exception {
        clock.pass(Duration.ofDays(800));

        assertFault(Kind.EXPIRED, "receipt*.pem");
    }

    @Test
    void says_that_an_anchor_is_missing_or_none() throws Exception {
        Files.writeString(files.anchor(), "nothing");
        assertFault(Kind.UNREADABLE, "anchor.pem");

        Files.delete(files.anchor());
        assertFault(Kind.MISSING, "anchor.pem");
    }

    @Test
    void says_that_a_key_is_missing_encrypted_or_none() throws Exception {
        Path key = files.online().resolve("receipt.key");
        Files.writeString(
                key,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                        + Base64.getEncoder()
                                .encodeToString(new org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo(
                                                new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                                                        new org.bouncycastle.asn1.ASN1ObjectIdentifier(
                                                                "1.2.840.113549.1.5.13")),
                                                new byte[8])
                                        .getEncoded())
                        + "\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assertFault(Kind.UNREADABLE, "encrypted");

        Files.writeString(key, "secret!", StandardCharsets.UTF_8);
        assertFault(Kind.UNREADABLE, "receipt.key");

        Files.delete(key);
        assertFault(Kind.MISSING, "receipt.key");
    }

    @Test
    void says_that_no_identity_opens_what_the_profile_asks_for() throws Exception {
        Files.writeString(
                files.online().resolve("identity.txt"), AgeKeys.generate().identity() + "\n");

        assertFault(Kind.UNUSABLE, bench.keys.now().terms().recipient());
    }

    @Test
    void says_that_an_identity_is_none_and_repeats_nothing_of_it() throws Exception {
        Files.writeString(files.online().resolve("identity.txt"), "AGE-SECRET-KEY-1MISTYPED\n");

        assertThatThrownBy(() -> load(false)).isInstanceOfSatisfying(BackendSetupException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.UNREADABLE);
            assertThat(e).hasMessageContaining("identity.txt").hasMessageNotContaining("MISTYPED");
        });
    }

    @Test
    void says_that_a_crl_takes_back_the_certificate_in_use() throws Exception {
        TestPki pki = TestPki.of(HOST);
        OwnPki.install(files, pki, clock);
        Instant yesterday = TestClock.START.minus(Duration.ofDays(1));
        Files.writeString(
                files.online().resolve("root.crl"),
                OwnPki.pem(pki.root()
                        .crl(
                                yesterday,
                                TestClock.START.plus(Duration.ofDays(30)),
                                yesterday,
                                1,
                                pki.receipt().certificate())));

        assertFault(Kind.UNUSABLE, "receipt.pem");
    }

    @Test
    void unknown_settings_are_errors() throws Exception {
        Files.writeString(files.properties(), Files.readString(files.properties()) + "\nmax-size = 3\n");

        assertThatThrownBy(files::settings).isInstanceOfSatisfying(BackendSetupException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.BAD_SETTING);
            assertThat(e).hasMessageContaining("max-size");
        });
    }

    @Test
    void settings_out_of_range_are_errors() throws Exception {
        for (String bad : List.of(
                "url = ftp://backend.example",
                "url = https://backend.example/inbox\nmaxsize = many",
                "url = https://backend.example/inbox\nmaxsize = 0",
                "url = https://backend.example/inbox\nallow-rsa-1024 = yes",
                "maxsize = 5")) {
            Files.writeString(files.properties(), bad);
            assertThatThrownBy(files::settings)
                    .as(bad)
                    .isInstanceOfSatisfying(
                            BackendSetupException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.BAD_SETTING));
        }
    }

    // In time

    @Test
    void warns_from_thirty_days_before_something_ends() throws Exception {
        Keys keys = load(false);
        assertThat(keys.warnings(clock.instant())).isEmpty();

        clock.pass(Duration.ofDays(370));
        assertThat(keys.warnings(clock.instant()))
                .hasSize(2)
                .anyMatch(warning -> warning.startsWith("the TLS certificate ends on"))
                .anyMatch(warning -> warning.startsWith("the profile ends on"));

        clock.pass(Duration.ofDays(30));
        assertThat(keys.warnings(clock.instant())).anyMatch(warning -> warning.startsWith("the profile has ended"));
    }

    @Test
    void goes_on_with_a_profile_that_has_ended() throws Exception {
        Path tls = files.online().resolve("tls.pem");
        BackendRenew.renew(bench.directory, BackendRenew.Options.of(bench.directory), clock);
        assertThat(tls).exists();
        clock.pass(Duration.ofDays(396).plusHours(2));
        BackendRenew.renew(bench.directory, BackendRenew.Options.of(bench.directory), clock);
        OwnPki.profile(
                files,
                Credential.read(files.offline().resolve("publisher.pem")),
                new ProfileFile.Terms(Bench.URL, 9, bench.keys.now().terms().recipient(), 1000),
                TestClock.START);
        clock.pass(Duration.ofDays(1));

        assertThat(load(false).warnings(clock.instant())).anyMatch(warning -> warning.startsWith("the profile has"));
    }

    @Test
    void running_server_takes_up_what_a_renewal_made() throws Exception {
        long serial = bench.keys.now().terms().serial();
        BackendRenew.renew(bench.directory, BackendRenew.Options.of(bench.directory), clock);
        assertThat(bench.keys.now().terms().serial())
                .as("it looks every few seconds only")
                .isEqualTo(serial);

        clock.pass(Duration.ofMinutes(1));

        assertThat(bench.keys.now().terms().serial()).isEqualTo(serial + 1);
        assertThat(bench.keys.now().receipts()).hasSize(2);
        assertThat(bench.intake.profile()).isEqualTo(Files.readAllBytes(files.profile()));
    }

    @Test
    void running_server_goes_on_with_what_it_has_where_a_change_is_no_good() throws Exception {
        Keys before = bench.keys.now();
        Files.writeString(files.online().resolve("receipt-2.pem"), "half a certifi");
        clock.pass(Duration.ofMinutes(1));

        assertThat(bench.keys.now()).isSameAs(before);

        Files.delete(files.online().resolve("receipt-2.pem"));
        clock.pass(Duration.ofMinutes(1));
        assertThat(bench.keys.now().receipts()).isEqualTo(before.receipts());
    }

    @Test
    void trusts_what_several_roots_stand_for() throws Exception {
        TestPki next = TestPki.of(HOST);
        OwnPki.install(files, next.root(), next.receipt(), TestPki.of(HOST), clock);

        Keys keys = load(false);

        assertThat(keys.anchors()).hasSize(3);
        assertThat(TrustPolicy.of(keys.anchors()).anchors())
                .contains(next.root().certificate());
    }
}
