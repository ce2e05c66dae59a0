package waybill.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.GivenFile;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.signature.SignedPackets;
import waybill.store.content.ContentLimits;
import waybill.store.content.ContentStore;
import waybill.trust.FileBlacklist;
import waybill.trust.KnownBackends;
import waybill.trust.SeenUpdates;
import waybill.update.Blame;
import waybill.update.Giver;
import waybill.update.Kept;
import waybill.update.Published;
import waybill.update.Supply;
import waybill.update.TestGiver;
import waybill.update.Vetting;
import waybill.update.Words;
import waybill.update.share.Share;

/** What the face gives of releases: only what verified and has not expired, and that without a network too. */
@Timeout(60)
final class ReleasedFilesTest {
    private static final Instant T = Instant.parse("2026-11-30T10:00:00Z");
    private static final Published PUBLISHED =
            Published.of(1, T, Map.of("rules.hdb", "the rules".getBytes(StandardCharsets.US_ASCII)));

    private static final NearSources.Lan NOBODY = new NearSources.Lan() {
        @Override
        public List<Giver> all(String href) {
            return List.of();
        }

        @Override
        public List<Giver> holders(String href, Sha256 sha256, long size) {
            return List.of();
        }
    };

    @TempDir
    Path dir;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong nanos = new AtomicLong();
    private final TestGiver well = new TestGiver(1, PUBLISHED, TestGiver.Manner.WELL);
    private Instant now = T.plusSeconds(60);
    private Giver giver = well.origin();
    private ReleasedFiles files;

    @BeforeEach
    void open() throws IOException {
        Blame blame = new Blame(
                Published.BACKEND,
                Published.PKI.anchors(),
                FileBlacklist.open(dir, () -> now),
                KnownBackends.open(dir));
        Vetting vetting = Vetting.open(
                Published.BACKEND,
                new SignedPackets(Published.PKI.policy(), () -> now),
                SeenUpdates.open(dir, Published.BACKEND, Published.PKI.anchors()),
                Kept.open(dir.resolve("publications")),
                () -> now);
        ContentStore store =
                ContentStore.open(dir.resolve("cache"), new ContentLimits(1 << 20, Duration.ofDays(30), 0), () -> now);
        Share share = new Share(
                vetting,
                new Words(vetting, blame),
                new Supply(store, blame, true, nanos::get),
                new NearSources(Via.DIRECT, NOBODY, () -> List.of(giver), nanos::get),
                threads,
                nanos::get);
        files = new ReleasedFiles(share, vetting, TakenUp.open(dir.resolve("taken-up"), () -> now));
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    private String get(String path) throws ProblemException, IOException, InterruptedException {
        try (GivenFile file = files.file(path, "");
                InputStream in = file.content().open(0, file.content().size())) {
            return new String(in.readNBytes((int) file.content().size()), StandardCharsets.US_ASCII);
        }
    }

    /** It is time to ask for a younger catalogue. */
    private void later(Duration time) {
        now = now.plus(time);
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void whatWasPublishedIsGivenAndKnownByItsDigest() throws Exception {
        assertThat(get("rules.hdb")).isEqualTo("the rules");
        try (GivenFile file = files.file("rules.hdb", "")) {
            assertThat(file.tag()).contains("\"" + PUBLISHED.wanted("rules.hdb").sha256() + "\"");
            assertThat(file.modified()).as("when it was taken up here").contains(T.plusSeconds(60));
        }
    }

    @Test
    void whatIsInNoCatalogueIsNotThereAndNobodyIsAskedForIt() throws Exception {
        assertThat(get("rules.hdb")).isEqualTo("the rules");
        int calls = well.calls.get();
        assertThat(problemOf("other.hdb")).isEqualTo(Problem.NOT_FOUND);
        assertThat(problemOf("a+b")).as("no name of a release").isEqualTo(Problem.NOT_FOUND);
        assertThat(well.calls).hasValue(calls);
    }

    @Test
    void withoutANetworkTheLastCatalogueHoldsUntilItExpires() throws Exception {
        assertThat(get("rules.hdb")).isEqualTo("the rules");
        giver = new TestGiver(2, PUBLISHED, TestGiver.Manner.UNREACHABLE).origin();
        later(Duration.ofDays(6));
        open();
        assertThat(get("rules.hdb")).as("after a restart, too").isEqualTo("the rules");
        later(Duration.ofDays(1));
        assertThat(problemOf("rules.hdb")).isEqualTo(Problem.BUSY);
        open();
        assertThat(problemOf("rules.hdb")).isEqualTo(Problem.BUSY);
    }

    private Problem problemOf(String path) {
        try (GivenFile file = files.file(path, "")) {
            throw new AssertionError("it was given: " + file);
        } catch (ProblemException e) {
            return e.problem();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
