package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.FileName;
import waybill.requester.RequesterConfig;
import waybill.signature.TrustPolicy;
import waybill.store.content.ContentLimits;
import waybill.store.local.MemoryTempDir;
import waybill.update.TestGiver.Manner;

/** Signed words from givers of all kinds. */
@Timeout(60)
final class WordsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final FileName NAME = new FileName("f");

    @TempDir(factory = MemoryTempDir.class)
    Path root;

    private final Published before = Published.of(1, NOW, Map.of("f", Published.random(100, 1)));
    private final Published published = Published.of(2, NOW, Map.of("f", Published.random(100, 2)));
    private Words words;

    @BeforeEach
    void open() throws Exception {
        RequesterConfig config = RequesterConfig.builder(root, TrustPolicy.of(Published.PKI.anchors()))
                .backend(Published.BACKEND)
                .build();
        Holdings holdings = Holdings.open(config, new ContentLimits(1L << 30, Duration.ofDays(30), 0), () -> NOW);
        words = new Words(holdings.vetting(), holdings.blame());
    }

    @Test
    void thoseWhoGaveNothingOfUseAreAskedLastTheNextTime() throws Exception {
        TestGiver good = new TestGiver(4, published, Manner.WELL);
        List<Giver> givers = Stream.concat(
                        Stream.of(1, 2, 3)
                                .map(number -> new TestGiver(number, published, Manner.UNREACHABLE).giver(true)),
                        Stream.of(good.giver(true)))
                .toList();
        assertThat(words.release(NAME, givers, FetchWatch.SILENT).best()).isEmpty();
        assertThat(good.calls).hasValue(0);
        assertThat(words.release(NAME, givers, FetchWatch.SILENT).from()).contains(good.giver(true));
    }

    @Test
    void ofSeveralTheYoungestIsTaken() throws Exception {
        List<Giver> givers = List.of(
                new TestGiver(1, before, Manner.WELL).giver(true),
                new TestGiver(2, published, Manner.WELL).giver(true));
        assertThat(words.catalogue(givers, FetchWatch.SILENT).best())
                .hasValueSatisfying(
                        title -> assertThat(title.packet().release()).isEqualTo(2));
    }

    @Test
    void aCatalogueBehindAReleaseThatVerifiedIsNotTaken() throws Exception {
        TestGiver young = new TestGiver(1, published, Manner.WELL);
        assertThat(words.release(NAME, List.of(young.giver(true)), FetchWatch.SILENT)
                        .best())
                .isPresent();
        Words.Heard<Words.Title> old =
                words.catalogue(List.of(new TestGiver(2, before, Manner.WELL).giver(true)), FetchWatch.SILENT);
        assertThat(old.best()).isEmpty();
        assertThat(old.trouble()).contains("ROLLBACK");
        assertThat(words.catalogue(List.of(young.giver(true)), FetchWatch.SILENT)
                        .best())
                .isPresent();
    }
}
