package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopService.Arrival;
import waybill.hop.HopService.Collected;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.relay.uplink.Pass;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.State;

@Timeout(120)
class ForwarderTest {
    @TempDir
    Path directory;

    private Site site;
    private Arrival arrival;
    private DeliveryKey key;

    @BeforeEach
    void aDeliveryIsHeld() throws Exception {
        site = new Site(directory, Duration.ZERO);
        arrival = site.arrival("a quarantined sample");
        key = Site.key(arrival);
        site.service.deliver(arrival);
    }

    @Test
    void theBackendGetsTheBytesAndWhatWasSaidOfThemAndItsReceiptIsKept() throws IOException {
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(site.backend.uploads.getFirst()).satisfies(upload -> {
            assertThat(upload.key()).isEqualTo(key);
            assertThat(upload.size()).isEqualTo(20);
            assertThat(upload.recipient()).contains(FakeBackend.AGE);
            assertThat(upload.hops()).isEqualTo(1);
        });
        Held held = site.store.only();
        assertThat(held.state()).isEqualTo(State.SETTLED);
        assertThat(held.outcome()).hasValue(FakeBackend.receipt(key, 20));
        assertThat(site.store.payloads).isEmpty();
        assertThat(site.health.lastSuccess()).contains(FakeClock.START);
    }

    @Test
    void anotherDeliverysReceiptIsNeitherStoredNorOffered() throws Exception {
        DeliveryKey other = DeliveryKey.of(site.task(), key.sha256());
        site.backend.turns.add((upload, body) -> new HopAnswer.Cms(FakeBackend.receipt(other, 20)));

        assertThat(forward())
                .isInstanceOfSatisfying(
                        Forwarder.Result.Failed.class,
                        failed -> assertThat(failed.reason()).contains("WRONG_DELIVERY"));

        assertPending("WRONG_DELIVERY");
        assertThat(collect()).isInstanceOf(Collected.NotYet.class);
    }

    @Test
    void garbageInPlaceOfAReceiptIsNeitherStoredNorOffered() throws Exception {
        site.backend.turns.add((upload, body) -> new HopAnswer.Cms(new byte[] {0x30, 1, 2}));

        forward();

        assertPending("MALFORMED");
        assertThat(collect()).isInstanceOf(Collected.NotYet.class);
    }

    @Test
    void theNextAttemptFirstAsksForAReceiptWhoseAnswerWasLost() throws IOException {
        site.backend.turns.add((upload, body) -> {
            site.backend.outcomes.put(upload.key(), FakeBackend.sign(upload, body));
            throw new IOException("connection reset");
        });
        assertThat(forward()).isInstanceOf(Forwarder.Result.WayBlocked.class);
        assertPending("connection reset");

        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(site.backend.puts).hasSize(1);
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void aCollectedReceiptThatDoesNotVerifyIsIgnoredAndTheBytesAreSentAgain() throws IOException {
        site.backend.turns.add(FakeBackend.Turns.fail(500, Problem.INTERNAL, null));
        forward();
        site.backend.outcomes.put(key, new HopAnswer.Cms(FakeBackend.receipt(key, 21)));

        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(site.backend.puts).hasSize(2);
        assertThat(site.store.only().outcome()).hasValue(FakeBackend.receipt(key, 20));
    }

    @Test
    void aBackendThatHasNotSignedYetIsAskedAgainLater() throws IOException {
        site.backend.turns.add((upload, body) -> new HopAnswer.Accepted(new Promise(0, 0, 0, 1, 0)));

        assertThat(forward()).isEqualTo(new Forwarder.Result.Taken());

        assertPending("not signed yet");
        site.backend.outcomes.put(key, new HopAnswer.Cms(FakeBackend.receipt(key, 20)));
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(site.backend.puts).hasSize(1);
    }

    @Test
    void aSignedRefusalIsKeptAndGivenOutAndAReceiptMayStillReplaceIt() throws Exception {
        site.backend.outcomes.put(key, new HopAnswer.Cms(FakeBackend.refusal(key, 20)));
        site.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));

        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());

        assertThat(site.store.only().state()).isEqualTo(State.REFUSED);
        assertThat(site.store.payloads).isEmpty();
        assertThat(collect())
                .isInstanceOfSatisfying(
                        Collected.Outcome.class,
                        outcome -> assertThat(outcome.cms()).isEqualTo(FakeBackend.refusal(key, 20)));
        comesAgain();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    @Test
    void aRefusalThatAnotherOneProvokedByHisClaimIsNotTaken() throws Exception {
        // Somebody who saw the bytes brought them first, with a recipient of his own making.
        site.store.held.clear();
        site.service.deliver(claiming(FakeBackend.OTHER_AGE));
        site.backend.turns.add((upload, body) -> {
            try {
                site.service.deliver(Site.again(arrival)); // the sender himself, meanwhile
            } catch (ProblemException e) {
                throw new IOException(e);
            }
            return FakeBackend.signForOwnRecipient(upload, body);
        });

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);
        assertPending("differ");

        site.backend.outcomes.clear();
        site.backend.turns.add(FakeBackend::signForOwnRecipient);
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
        assertThat(site.store.only().state()).isEqualTo(State.SETTLED);
    }

    private Arrival claiming(String recipient) {
        return new Arrival(
                arrival.id(),
                arrival.length(),
                arrival.sha256(),
                arrival.contents(),
                Optional.of(recipient),
                0,
                arrival.peer(),
                new ByteArrayInputStream("a quarantined sample".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aRefusalWhoseSignatureDoesNotVerifyIsNoRefusal() throws Exception {
        site.backend.outcomes.put(key, new HopAnswer.Cms(FakeBackend.refusal(key, 19)));
        site.backend.turns.add(FakeBackend.Turns.fail(413, Problem.TOO_LARGE, null));

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertPending("does not verify");
    }

    @ParameterizedTest
    @EnumSource(
            value = Problem.class,
            names = {
                "BAD_REQUEST",
                "GONE",
                "LENGTH_REQUIRED",
                "TOO_LARGE",
                "CANNOT_OPEN",
                "BAD_CONTENTS",
                "UNKNOWN_RECIPIENT",
                "HEADERS_TOO_LARGE",
                "TOO_MANY_HOPS"
            })
    void anUnsignedLastWordIsPassedOnAsWhatItIs(Problem problem) throws Exception {
        site.backend.turns.add(FakeBackend.Turns.fail(problem.status(), problem, null));

        forward();

        assertThat(site.store.only().state()).isEqualTo(State.REFUSED);
        assertThat(problemOfCollect()).satisfies(answered -> {
            assertThat(answered.problem()).isEqualTo(Problem.BACKEND_REFUSED);
            assertThat(answered.getMessage()).contains(problem.code());
        });
        comesAgain();
        assertThat(site.store.only().state()).isEqualTo(State.ACCEPTED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Problem.class,
            names = {
                "TIMED_OUT",
                "INTERNAL",
                "BACKEND_REFUSED",
                "DIGEST_MISMATCH",
                "NOT_FOUND",
                "METHOD_NOT_ALLOWED",
                "TOO_MANY",
                "BUSY",
                "STORE_FULL"
            })
    void whatMayPassIsTriedAgainAndNeverDropped(Problem problem) throws IOException {
        site.backend.turns.add(FakeBackend.Turns.fail(problem.status(), problem, null));

        forward();

        assertPending(problem.code());
        assertThat(site.store.payloads).containsKey(key);
    }

    @ParameterizedTest
    @EnumSource(Problem.class)
    void everyProblemEndsInAStateThatIsToldTheSender(Problem problem) throws Exception {
        site.backend.turns.add(FakeBackend.Turns.fail(problem.status(), problem, null));

        forward();

        assertThat(site.store.only().note()).contains(problem.code());
    }

    @Test
    void anErrorThatIsNotABackendsOwnWordDecidesNothing() throws IOException {
        site.backend.turns.add(FakeBackend.Turns.fail(403, null, null));

        assertThat(forward()).isInstanceOf(Forwarder.Result.WayBlocked.class);

        assertPending("403");
    }

    @Test
    void aRedirectOrPortalDecidesNothing() throws IOException {
        site.backend.turns.add((upload, body) -> new HopAnswer.Nonsense("302 to a log-in page"));

        assertThat(forward()).isInstanceOf(Forwarder.Result.WayBlocked.class);

        assertPending("302");
    }

    @Test
    void retryAfterIsHonouredWithinBounds() throws IOException {
        site.backend.turns.add(FakeBackend.Turns.fail(503, Problem.BUSY, Duration.ofMinutes(10)));
        forward();
        assertThat(site.store.only().due()).isEqualTo(FakeClock.START.plus(Duration.ofMinutes(10)));

        site.backend.turns.add(FakeBackend.Turns.fail(503, Problem.BUSY, Duration.ofDays(365)));
        forward();
        assertThat(site.store.only().due()).isEqualTo(FakeClock.START.plus(Backoff.LONGEST_RETRY_AFTER));
    }

    @Test
    void aMissingFileIsSetAsideAndTheSenderHearsThatItIsGone() throws Exception {
        site.store.payloads.remove(key);

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertThat(site.backend.puts).isEmpty();
        assertThat(problemOfCollect().problem()).isEqualTo(Problem.GONE);
        comesAgain();
        assertThat(forward()).isEqualTo(new Forwarder.Result.Ended());
    }

    @Test
    void aChangedFileIsSetAsideAndKeptForTheOperator() throws Exception {
        site.store.payloads.put(key, "a quarantined sampla".getBytes(StandardCharsets.UTF_8));

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertThat(problemOfCollect().problem()).isEqualTo(Problem.GONE);
        assertThat(site.store.payloads).containsKey(key);
    }

    @Test
    void ourOwnCopyThatCannotBeReadJustNowIsNoFaultOfTheWay() throws Exception {
        site.backend.turns.add((upload, body) -> {
            throw new HopClient.SourceException("too many open files");
        });

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertPending("too many open files");
    }

    @Test
    void ourOwnCopyThatIsFoundSpoiltWhileItIsSentIsSetAside() throws Exception {
        site.backend.turns.add((upload, body) -> {
            site.store.payloads.put(key, "a quarantined sampla".getBytes(StandardCharsets.UTF_8));
            throw new HopClient.SourceException("Input/output error");
        });

        assertThat(forward()).isInstanceOf(Forwarder.Result.Failed.class);

        assertThat(problemOfCollect().problem()).isEqualTo(Problem.GONE);
        assertThat(site.store.payloads).containsKey(key);
    }

    @Test
    void whatTheUplinkMakesIsMeasured() throws IOException {
        site.backend.turns.add((upload, body) -> {
            site.clock.advance(Duration.ofMillis(100));
            return FakeBackend.sign(upload, body);
        });

        forward();

        assertThat(site.measured.overhead(100, 1)).isBetween(1999L, 2000L);
    }

    @Test
    void whoBringsHisBytesSlowlyDoesNotMakeTheUplinkLookSlow() throws IOException {
        long before = site.measured.bytesPerSecond();
        exchange(Duration.ofHours(1), Duration.ofMinutes(50));
        assertThat(site.measured.bytesPerSecond()).isEqualTo(before);

        exchange(Duration.ofMinutes(1), Duration.ofSeconds(50));
        long faster = site.measured.bytesPerSecond();
        assertThat(faster).as("it is at least as fast as that").isGreaterThan(before);

        exchange(Duration.ofHours(1), Duration.ofMinutes(1));
        assertThat(site.measured.bytesPerSecond()).isLessThan(faster);
    }

    /** A MiB that takes so long, a part of it because its bytes were not there. */
    private void exchange(Duration took, Duration waited) throws IOException {
        site.backend.early.add((upload, body) -> {
            site.clock.advance(took);
            upload.progress().sent(1 << 20);
            return FakeBackend.sign(upload, "a quarantined sample".getBytes(StandardCharsets.UTF_8));
        });
        try (Pass pass = site.line.bypass()) {
            site.forwarder.exchange(site.store.only().label(), () -> site.store.payload(key), pass, waited::toNanos);
        }
    }

    private Forwarder.Result forward() throws IOException {
        return site.forward(site.store.only());
    }

    private void comesAgain() throws Exception {
        Arrival again = Site.arrival(
                arrival.id(),
                new byte[20],
                arrival.sha256(),
                new ByteArrayInputStream("a quarantined sample".getBytes(StandardCharsets.UTF_8)));
        site.service.deliver(again);
    }

    private void assertPending(String why) {
        Held held = site.store.only();
        assertThat(held.state()).isEqualTo(State.ACCEPTED);
        assertThat(held.attempts()).isEqualTo(1);
        assertThat(held.note()).contains(why);
        assertThat(held.due()).isAfter(FakeClock.START);
    }

    private Collected collect() throws ProblemException, IOException, InterruptedException {
        return site.service.collect(key.id(), key.sha256(), key.contents(), Duration.ZERO);
    }

    private ProblemException problemOfCollect() throws IOException, InterruptedException {
        try {
            throw new AssertionError("answered: " + collect());
        } catch (ProblemException e) {
            return e;
        }
    }
}
