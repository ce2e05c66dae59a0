package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.BackendUrl;

class AliasesTest {
    private static final BackendUrl ONE = BackendUrl.parse("https://one.example/inbox");
    private static final BackendUrl TWO = BackendUrl.parse("https://two.example/inbox");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void setUp() {
        file = directory.resolve("aliases");
    }

    @Test
    void eachBackendHasAPathOfItsOwnThatSaysNothing() throws IOException {
        Aliases aliases = load(1, ONE, TWO);

        assertThat(aliases.of(ONE)).matches("/a/[A-Za-z0-9_-]{22}").isNotEqualTo(aliases.of(TWO));
    }

    @Test
    void itStaysTheSameOverRestartsAndReconfigurations() throws IOException {
        String first = load(1, ONE).of(ONE);

        assertThat(load(2, ONE).of(ONE)).isEqualTo(first);
        assertThat(load(3, TWO).all()).containsOnlyKeys(TWO);
        assertThat(load(4, TWO, ONE).of(ONE)).isEqualTo(first);
    }

    @Test
    void aDamagedFileIsAnErrorAndNotOverwritten() throws IOException {
        Files.writeString(file, "/a/short https://one.example/inbox\n");

        assertThatThrownBy(() -> load(1, ONE)).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        assertThat(file).content().startsWith("/a/short");
    }

    @Test
    void whatIsNotConfiguredHasNoAlias() throws IOException {
        Aliases aliases = load(1, ONE);

        assertThatThrownBy(() -> aliases.of(TWO)).isInstanceOf(IllegalArgumentException.class);
    }

    private Aliases load(int seed, BackendUrl... backends) throws IOException {
        return Aliases.load(file, List.of(backends), new Random(seed));
    }
}
