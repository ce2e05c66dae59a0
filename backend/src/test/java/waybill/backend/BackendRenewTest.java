package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.backend.BackendRenew.Options;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.signature.TestPki;

class BackendRenewTest {
    private static final BackendUrl URL = BackendUrl.parse("https://backend.example/inbox");

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Path directory;
    private BackendDirectory files;

    @BeforeEach
    void makeBackend() throws Exception {
        directory = temporary.resolve("backend");
        BackendInit.init(directory, BackendInit.Options.of("backend.example"), clock);
        files = new BackendDirectory(directory);
    }

    private Keys keys() throws Exception {
        return Keys.load(files, URL, true, false, clock.instant());
    }

    @Test
    void puts_the_next_certificates_beside_the_current_ones_and_a_newer_profile() throws Exception {
        Packet.Profile before = keys().terms();
        clock.pass(Duration.ofDays(360));

        BackendRenew.Renewed renewed = BackendRenew.renew(directory, Options.of(directory), clock);

        assertThat(renewed.written())
                .contains(
                        directory.resolve("online/receipt-2.pem"),
                        directory.resolve("online/tls-2.pem"),
                        files.profile());
        Keys after = keys();
        assertThat(after.receipts()).hasSize(2);
        assertThat(Credential.current(after.receipts(), clock.instant())
                        .orElseThrow()
                        .file())
                .isEqualTo(directory.resolve("online/receipt-2.pem"));
        assertThat(after.terms().serial()).isEqualTo(before.serial() + 1);
        assertThat(after.terms().recipient()).isEqualTo(before.recipient());
        assertThat(after.terms().expires()).isAfter(before.expires());
        assertThat(after.warnings(clock.instant())).isEmpty();
    }

    @Test
    void renews_again_and_again() throws Exception {
        for (int year = 0; year < 5; year++) {
            clock.pass(Duration.ofDays(365));
            BackendRenew.renew(directory, Options.of(directory), clock);
        }

        assertThat(directory.resolve("online/receipt-6.pem")).exists();
        assertThat(keys().terms().serial()).isEqualTo(6);
        assertThat(keys().receipts()).as("those that have not ended").hasSize(2);
    }

    @Test
    void needs_the_key_that_lies_offline() throws Exception {
        Path safe = Files.move(directory.resolve("offline"), temporary.resolve("safe"));

        assertThatThrownBy(() -> BackendRenew.renew(directory, Options.of(directory), clock))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISSING));
        assertThat(directory.resolve("online/receipt-2.pem")).doesNotExist();

        BackendRenew.renew(directory, new Options(safe, false), clock);
        assertThat(directory.resolve("online/receipt-2.pem")).exists();
    }

    @Test
    void refuses_the_key_of_another_root() throws Exception {
        Path other = temporary.resolve("other");
        BackendInit.init(other, BackendInit.Options.of("backend.example"), clock);

        assertThatThrownBy(() -> BackendRenew.renew(directory, Options.of(other), clock))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.KEY_DOES_NOT_FIT));
    }

    @Test
    void adds_an_identity_and_keeps_the_old_one() throws Exception {
        Keys before = keys();

        BackendRenew.renew(directory, new Options(files.offline(), true), clock);

        Keys after = keys();
        assertThat(after.identities()).hasSize(2).containsAll(before.identities());
        assertThat(after.terms().recipient()).isNotEqualTo(before.terms().recipient());
        assertThat(after.recipients())
                .contains(before.terms().recipient(), after.terms().recipient());
        assertThat(directory.resolve("offline/identity-2.txt")).exists();
    }

    @Test
    void keeps_a_new_identity_off_the_server_where_the_first_one_is() throws Exception {
        Files.delete(directory.resolve("online/identity.txt"));

        BackendRenew.renew(directory, new Options(files.offline(), true), clock);

        assertThat(directory.resolve("online/identity-2.txt")).doesNotExist();
        assertThat(directory.resolve("offline/identity-2.txt")).exists();
        assertThat(Files.readAllLines(files.recipients())).hasSize(2);
        assertThat(keys().identities()).isEmpty();
    }

    @Test
    void makes_the_profile_alone_with_a_publisher_of_ones_own_pki() throws Exception {
        TestPki pki = TestPki.of("backend.example");
        OwnPki.install(files, pki, clock);
        Path safe = Files.createDirectory(temporary.resolve("safe"));
        OwnPki.put(safe.resolve("publisher.pem"), pki.publisher());

        BackendRenew.Renewed renewed = BackendRenew.renew(directory, new Options(safe, false), clock);

        assertThat(renewed.written()).containsExactly(files.profile());
        assertThat(keys().terms().serial()).isEqualTo(renewed.serial()).isEqualTo(3);
    }

    @Test
    void replaces_no_profile_by_one_that_senders_would_not_take() throws Exception {
        byte[] before = Files.readAllBytes(files.profile());
        Path safe = Files.createDirectory(temporary.resolve("safe"));
        OwnPki.put(safe.resolve("publisher.pem"), TestPki.of("backend.example").publisher());

        assertThatThrownBy(() -> BackendRenew.renew(directory, new Options(safe, false), clock))
                .isInstanceOfSatisfying(
                        BackendSetupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNKNOWN_CHAIN));
        assertThat(Files.readAllBytes(files.profile())).isEqualTo(before);
    }
}
