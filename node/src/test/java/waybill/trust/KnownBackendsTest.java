package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;

class KnownBackendsTest {
    private static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");

    @TempDir
    Path directory;

    private KnownBackends known;
    private List<X509Certificate> anchors;
    private List<X509Certificate> others;

    @BeforeEach
    void open() throws IOException {
        known = KnownBackends.open(directory);
        anchors = List.of(anchor("a"), anchor("b"));
        others = List.of(anchor("c"));
    }

    @Test
    void nothingIsKnownAtFirst() throws IOException {
        assertThat(known.verified(BACKEND, anchors)).isFalse();
        assertThat(known.profile(BACKEND, anchors)).isEmpty();
    }

    @Test
    void whatVerifiedIsRememberedPerBackendAndSetOfAnchors() throws IOException {
        known.noteVerified(BACKEND, anchors);
        KnownBackends again = KnownBackends.open(directory);

        assertThat(again.verified(BACKEND, anchors)).isTrue();
        assertThat(again.verified(BACKEND, anchors.reversed())).isTrue();
        assertThat(again.verified(BACKEND, others)).isFalse();
        assertThat(again.verified(BackendUrl.parse("https://backend.example/other"), anchors))
                .isFalse();
    }

    @Test
    void aProfileOfALowerSerialIsNeverTakenAfterAHigherOne() throws IOException {
        assertThat(known.keepProfile(BACKEND, anchors, 5, new byte[] {5})).isTrue();
        assertThat(known.keepProfile(BACKEND, anchors, 4, new byte[] {4})).isFalse();
        assertThat(known.profile(BACKEND, anchors)).contains(new byte[] {5});
        assertThat(known.keepProfile(BACKEND, anchors, 5, new byte[] {55})).isTrue();
        assertThat(known.verified(BACKEND, anchors)).isTrue();
    }

    @Test
    void aForgottenProfileIsGoneButItsSerialCounts() throws IOException {
        known.keepProfile(BACKEND, anchors, 5, new byte[] {5});
        known.forgetProfile(BACKEND, anchors);
        assertThat(known.profile(BACKEND, anchors)).isEmpty();
        assertThat(known.keepProfile(BACKEND, anchors, 4, new byte[] {4})).isFalse();
    }

    @Test
    void theMemoryIsBoundedAndTheOneLongestUnchangedGoesFirst() throws IOException {
        for (int i = 0; i <= KnownBackends.MAX_BACKENDS; i++) {
            known.noteVerified(BackendUrl.parse("https://backend.example/" + i), anchors);
        }
        assertThat(known.verified(BackendUrl.parse("https://backend.example/0"), anchors))
                .isFalse();
        assertThat(known.verified(BackendUrl.parse("https://backend.example/1"), anchors))
                .isTrue();
    }

    private X509Certificate anchor(String name) throws IOException {
        return NodeIdentity.load(
                        directory.resolve("anchor-" + name),
                        InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z")),
                        directory.resolve("none"))
                .certificate();
    }
}
