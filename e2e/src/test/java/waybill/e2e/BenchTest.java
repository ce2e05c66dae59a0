package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code bench/run --quick}: that it runs to its end and names every figure. What they are is no matter of a test. */
final class BenchTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    /** The figures as this test knows them. Whoever changes those of bench/run changes these. */
    private static final List<String> FIGURES = List.of(
            "large: curl, nginx, curl, nginx, synced at both",
            "large: curl, nginx that passes on, nginx, synced at the second",
            "large: by hand (age, the first chain, openssl dgst, cms sign and verify)",
            "large: waybill send, the whole command",
            "large: of that, start and sealing",
            "large: of that, first byte sent to receipt verified",
            "large: the same",
            "large: the whole command",
            "small: curl --parallel, nginx, synced, twice",
            "small: by hand, 8 at a time",
            "small: 4 senders, the whole commands",
            "small: the same without their start and end",
            "small: sealing to receipt verified, p50",
            "small: the same, p99",
            "memory: backend, peak",
            "memory: relay, peak",
            "memory: sender of the large file, peak",
            "memory: the largest of the senders of small ones, peak");

    @Test
    void aQuickRunNamesEveryFigure() throws Exception {
        Shell.Result run;
        // a namespace without any other interface than the loopback: nothing can leave it
        try (Net net = new Net()) {
            // As nobody in particular: nginx does not become somebody else then, which not everybody may.
            List<String> command =
                    List.of("unshare", "-U", HOME.resolve("bench/run").toString(), "--quick", "--json");
            run = net.host("bench")
                    .run(Map.of(), Duration.ofMinutes(5), command)
                    .ok();
        }
        JsonNode json = new ObjectMapper().readTree(run.out());
        List<String> names = new ArrayList<>();
        for (JsonNode figure : json.path("results")) {
            names.add(figure.path("name").asText());
            assertThat(figure.path("value").isNumber()).as("%s", figure).isTrue();
            assertThat(figure.path("unit").asText()).as("%s", figure).isIn("ms", "per-s", "MiB");
            assertThat(figure.path("ratio").isNumber()).as("%s", figure).isEqualTo(figure.has("ratioTo"));
        }
        assertThat(names).containsExactlyElementsOf(FIGURES);
        assertThat(json.path("machine").asText()).contains("cores");
        assertThat(json.path("senders").asInt()).isEqualTo(4);
    }
}
