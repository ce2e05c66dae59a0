package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.backend.BackendInit.Options;
import waybill.backend.BackendSetupException.Kind;
import waybill.parcel.AgeKeys;
import waybill.protocol.BackendUrl;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;

class BackendInitTest {
    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();

    private BackendInit.Made made(Options options) throws IOException, BackendSetupException {
        return BackendInit.init(temporary.resolve("backend"), options, clock);
    }

    private static List<String> filesOf(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void makes_all_that_the_readme_lists() throws Exception {
        Path directory = made(Options.of("backend.example")).directory();

        List<String> files = filesOf(directory);
        assertThat(files)
                .containsExactly(
                        "README.txt",
                        "anchor.pem",
                        "backend.properties",
                        "offline/ca.key",
                        "offline/identity.txt",
                        "offline/publisher.key",
                        "offline/publisher.pem",
                        "online/identity.txt",
                        "online/profile.cms",
                        "online/receipt.key",
                        "online/receipt.pem",
                        "online/recipients.txt",
                        "online/tls.key",
                        "online/tls.pem");
        String readme = Files.readString(directory.resolve("README.txt"));
        assertThat(readme).contains("https://backend.example/inbox").doesNotContain("{");
        assertThat(files)
                .filteredOn(file -> !file.equals("README.txt"))
                .allSatisfy(file -> assertThat(readme).contains(file.replace("identity.txt", "identity*.txt")));
    }

    @Test
    void keeps_every_secret_to_its_owner() throws Exception {
        Path directory = made(Options.of("backend.example")).directory();

        for (String secret : List.of(
                "offline/ca.key",
                "offline/identity.txt",
                "offline/publisher.key",
                "online/identity.txt",
                "online/receipt.key",
                "online/tls.key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(secret))))
                    .as(secret)
                    .isEqualTo("rw-------");
        }
        for (String folder : List.of("offline", "online", "data")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(folder))))
                    .as(folder)
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void refuses_a_directory_with_anything_in_it_and_leaves_it_as_it_was() throws Exception {
        Path directory = Files.createDirectory(temporary.resolve("backend"));
        Files.writeString(directory.resolve("mine"), "precious");

        assertThatThrownBy(() -> made(Options.of("backend.example")))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_EMPTY));
        assertThat(filesOf(directory)).containsExactly("mine");
    }

    @Test
    void refuses_to_make_the_same_backend_twice() throws Exception {
        Path directory = made(Options.of("backend.example")).directory();
        byte[] key = Files.readAllBytes(directory.resolve("online/receipt.key"));

        assertThatThrownBy(() -> made(Options.of("backend.example")))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_EMPTY));
        assertThat(Files.readAllBytes(directory.resolve("online/receipt.key"))).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Backend.Example", "a b", "999.1.1.1", "::1", "host:443", "host/path", "user@host", "-x"})
    void refuses_a_host_that_is_none(String host) {
        assertThatThrownBy(() -> made(Options.of(host)))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_NAME));
        assertThat(temporary.resolve("backend")).doesNotExist();
    }

    @Test
    void refuses_a_url_at_another_host() {
        Options options = new Options(
                "backend.example", Optional.of(BackendUrl.parse("https://other.example/inbox")), 1000, false);

        assertThatThrownBy(() -> made(options))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_NAME));
    }

    @Test
    void gives_each_certificate_its_names_and_use() throws Exception {
        Path directory = made(Options.of("backend.example")).directory();

        X509Certificate receipt = certificate(directory, "online/receipt.pem");
        assertThat(receipt.getSubjectAlternativeNames())
                .containsExactly(List.of(2, "backend.example"), List.of(6, "urn:waybill:receipt"));
        assertThat(receipt.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4");
        assertThat(receipt.getCriticalExtensionOIDs()).contains("2.5.29.15");
        assertThat(receipt.getKeyUsage()).startsWith(true, false);
        X509Certificate publisher = certificate(directory, "offline/publisher.pem");
        assertThat(publisher.getSubjectAlternativeNames())
                .containsExactly(List.of(2, "backend.example"), List.of(6, "urn:waybill:publisher"));
        X509Certificate tls = certificate(directory, "online/tls.pem");
        assertThat(tls.getSubjectAlternativeNames()).containsExactly(List.of(2, "backend.example"));
        assertThat(tls.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        X509Certificate anchor = certificate(directory, "anchor.pem");
        assertThat(anchor.getBasicConstraints()).isZero();
        for (X509Certificate leaf : List.of(receipt, publisher, tls)) {
            leaf.verify(anchor.getPublicKey());
            assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
            assertThat(leaf.getNotBefore().toInstant())
                    .as("yesterday, for clocks that are behind")
                    .isEqualTo(TestClock.START.minus(Duration.ofDays(1)).minusMillis(250));
        }
        assertThat(tls.getNotAfter().toInstant())
                .isEqualTo(tls.getNotBefore().toInstant().plus(Duration.ofDays(397)));
    }

    @Test
    void names_an_address_as_an_address() throws Exception {
        Path directory = made(Options.of("127.0.0.1")).directory();

        assertThat(certificate(directory, "online/tls.pem").getSubjectAlternativeNames())
                .containsExactly(List.of(7, "127.0.0.1"));
        assertThat(certificate(directory, "online/receipt.pem").getSubjectAlternativeNames())
                .contains(List.of(7, "127.0.0.1"), List.of(2, "127.0.0.1"));
    }

    @Test
    void signs_a_profile_that_senders_take() throws Exception {
        BackendUrl url = BackendUrl.parse("https://backend.example:8443/in");
        BackendInit.Made made = made(new Options("backend.example", Optional.of(url), 12345, false));

        var verifier = new SignedPackets(TrustPolicy.of(Pem.certificates(made.anchor())), clock);
        var profile = verifier.profile(Files.readAllBytes(made.directory().resolve("online/profile.cms")), url)
                .packet();
        assertThat(profile.recipient()).isEqualTo(made.recipient());
        assertThat(profile.maxSize()).isEqualTo(12345);
        assertThat(profile.serial()).isEqualTo(1);
        assertThat(AgeKeys.parse(Files.readString(made.directory().resolve("online/identity.txt")))
                        .recipient())
                .isEqualTo(made.recipient());
        assertThat(made.renewBy()).isBefore(profile.expires());
    }

    @Test
    void leaves_the_identity_off_the_server_where_told_so() throws Exception {
        Path directory = made(new Options("backend.example", Optional.empty(), 1000, true))
                .directory();

        assertThat(directory.resolve("online/identity.txt")).doesNotExist();
        assertThat(directory.resolve("offline/identity.txt")).exists();
    }

    private static X509Certificate certificate(Path directory, String file) throws Exception {
        return Pem.certificates(directory.resolve(file)).getFirst();
    }
}
