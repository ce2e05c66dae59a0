package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit code 3: the backend does not take it, and signs for that where it was asked. */
final class RefusedTest {
    @TempDir
    Path dir;

    @Test
    void whatIsLargerThanTheBackendTakesIsRefusedBeforeAndAfterItIsSent() throws Exception {
        try (Site site = new Site(dir, "--max-size", "64K")) {
            Service backend = site.startBackend();
            site.startRelay(site.relayHost(), "relay", "--every", "1s");

            // The profile says so: nothing is sealed, nothing is sent.
            Shell.Result early =
                    site.send(site.file("large.bin", 100_000, 1), "--json").code(3);
            JsonNode said = Site.json(early);
            assertThat(said.path("outcome").asText()).isEqualTo("refused");
            assertThat(said.path("error").asText())
                    .endsWith("large.bin is larger than the backend takes: more than 65536 bytes");
            assertThat(said.path("exit").asInt()).isEqualTo(3);

            // The profile that is known says more than the backend takes by now: it signs a refusal.
            Path settings = dir.resolve("backend/backend.properties");
            Files.writeString(
                    settings, Files.readString(settings).replaceFirst("(?m)^maxsize = .*", "maxsize = 20000"));
            backend.close();
            site.startBackend();
            Shell.Result late =
                    site.send(site.file("middle.bin", 40_000, 2), "--json").code(3);
            JsonNode refused = Site.json(late);
            assertThat(refused.path("outcome").asText()).isEqualTo("refused");
            assertThat(refused.path("problem").asText()).isEqualTo("too-large");
            assertThat(refused.path("error").asText()).isEqualTo("the backend refused it: too-large");
            String refusal = refused.path("refusal").asText();
            assertThat(refused.path("hint").asText()).isEqualTo("the signed refusal is " + refusal);
            assertThat(site.stored()).isEmpty();

            Shell.Result verified = site.sender
                    .waybill("verify", refusal, "--trust", site.anchor.toString(), "--json")
                    .code(3);
            assertThat(Site.json(verified).path("outcome").asText()).isEqualTo("refused");
            assertThat(Site.json(verified).path("problem").asText()).isEqualTo("too-large");
        }
    }
}
