package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.hop.HopService.Collected;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.DeliveryStore;
import waybill.store.StoreLimits;

/** The relay on a real disk: what it relies on there, and restarts. */
class RelayOnDiskTest {
    private static final byte[] TEXT = "a crash dump".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private DiskRelay relay;

    @BeforeEach
    void start() throws IOException {
        relay = new DiskRelay(directory, StoreLimits.DEFAULT);
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
    }

    @Test
    void aDeliveryGoesOnAfterARestartAndItsReceiptOutlivesAnother() throws Exception {
        Arrival arrival = arrive();
        relay.restart();

        relay.site.uploads.step();
        relay.restart();

        assertThat(collect(arrival))
                .isInstanceOfSatisfying(
                        Collected.Outcome.class,
                        outcome -> assertThat(outcome.cms())
                                .isEqualTo(FakeBackend.receipt(Site.key(arrival), TEXT.length)));
        assertThat(relay.site.service.deliver(Site.again(arrival))).isInstanceOf(Answer.Done.class);
        assertThat(relay.backend.puts).hasSize(1);
    }

    @Test
    void aFailedAttemptAndItsBackoffOutliveARestart() throws Exception {
        relay.backend.turns.add(FakeBackend.Turns.fail(503, Problem.BUSY, Duration.ofMinutes(10)));
        Arrival arrival = arrive();
        relay.site.uploads.step();
        relay.restart();

        relay.site.uploads.step();
        assertThat(relay.backend.puts).hasSize(1);
        relay.clock.advance(Duration.ofMinutes(10));
        relay.site.uploads.step();
        assertThat(collect(arrival)).isInstanceOf(Collected.Outcome.class);
    }

    @Test
    void halfOfADeliveryIsNeverPickedUpAlsoAfterARestart() throws Exception {
        try (DeliveryStore.Intake intake = relay.store.begin("peer", TEXT.length)) {
            intake.write(TEXT, 0, 5);
            relay.site.uploads.step();
            assertThat(relay.store.pending()).isZero();
        }
        relay.restart();
        relay.site.uploads.step();

        assertThat(relay.backend.puts).isEmpty();
    }

    @Test
    void aFileThatVanishedIsSetAsideAndCanBeSentAgain() throws Exception {
        Arrival arrival = arrive();
        Files.delete(payload());

        relay.site.uploads.step();

        assertThat(problemOfCollect(arrival)).isEqualTo(Problem.GONE);
        assertThat(relay.site.service.deliver(
                        Site.arrival(arrival.id(), TEXT, arrival.sha256(), new ByteArrayInputStream(TEXT))))
                .isInstanceOf(Answer.Accepted.class);
        relay.site.uploads.step();
        assertThat(collect(arrival)).isInstanceOf(Collected.Outcome.class);
    }

    @Test
    void aFileThatChangedIsSetAsideAndCanBeSentAgain() throws Exception {
        Arrival arrival = arrive();
        byte[] spoilt = TEXT.clone();
        spoilt[0]++;
        Files.write(payload(), spoilt);

        relay.site.uploads.step();

        assertThat(problemOfCollect(arrival)).isEqualTo(Problem.GONE);
        assertThat(payload()).hasBinaryContent(spoilt);
        relay.site.service.deliver(Site.arrival(arrival.id(), TEXT, arrival.sha256(), new ByteArrayInputStream(TEXT)));
        relay.site.uploads.step();
        assertThat(collect(arrival)).isInstanceOf(Collected.Outcome.class);
    }

    @Test
    void anUnsignedRefusalOutlivesARestart() throws Exception {
        relay.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));
        Arrival arrival = arrive();
        relay.site.uploads.step();

        relay.restart();

        assertThat(problemOfCollect(arrival)).isEqualTo(Problem.BACKEND_REFUSED);
    }

    private Arrival arrive() throws ProblemException, IOException {
        Arrival arrival = relay.site.arrival(new String(TEXT, StandardCharsets.UTF_8));
        relay.site.service.deliver(arrival);
        return arrival;
    }

    private Path payload() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("store").resolve("upload"))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    private Collected collect(Arrival arrival) throws ProblemException, IOException, InterruptedException {
        DeliveryKey key = Site.key(arrival);
        return relay.site.service.collect(key.id(), key.sha256(), key.contents(), Duration.ZERO);
    }

    private Problem problemOfCollect(Arrival arrival) throws IOException, InterruptedException {
        try {
            throw new AssertionError("answered: " + collect(arrival));
        } catch (ProblemException e) {
            return e.problem();
        }
    }
}
