package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.requester.Stage.PROMISE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.Stage.Script;

/** Many deliveries of one requester. The stage's clock is moved by whoever waits, so most run one at a time. */
class BatchTest {
    private static final Promise AT_ONCE = new Promise(0, 0, 0, 1 << 20, 1);

    @TempDir
    Path directory;

    private Stage stage;
    private final Heard<Batch.Item> heard = new Heard<>();

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    /** Keeps what became of each. */
    private static final class Heard<J> implements Batch.Watcher<J> {
        final Map<J, Object> ends = Collections.synchronizedMap(new LinkedHashMap<>());

        @Override
        public Batch.Watch begins(J job) {
            return new Batch.Watch() {
                @Override
                public void reached(Step step) {}

                @Override
                public void decided(Decision decision) {
                    ends.put(job, decision);
                }

                @Override
                public void failed(Exception why) {
                    ends.put(job, why);
                }
            };
        }

        <E> List<E> ends(Class<E> type) {
            return ends.values().stream()
                    .filter(type::isInstance)
                    .map(type::cast)
                    .toList();
        }
    }

    private Path spool(int files) throws IOException {
        for (int i = 0; i < files; i++) {
            stage.file("spool/" + (i % 2 == 0 ? "" : "deep/") + "f" + i, "content " + i);
        }
        return directory.resolve("spool");
    }

    private Host fastRelay(String name) {
        Host relay = stage.relay(name, AT_ONCE, true);
        relay.receiptAfter = Duration.ZERO;
        return relay;
    }

    private boolean send(int inFlight, Path... files) throws Exception {
        try (Requester requester = stage.open()) {
            return requester.batch(inFlight).send(List.of(files), heard);
        }
    }

    @Test
    void eachFileIsADeliveryOfItsOwnAndTheLanIsAskedOnce() throws Exception {
        Host relay = fastRelay("honest");
        int[] profiles = {0};
        relay.profile = () -> {
            profiles[0]++;
            return Stage.profile(1);
        };
        assertThat(send(1, spool(5), stage.file("alone.txt", "one more"))).isTrue();

        assertThat(heard.ends(Decision.Delivered.class)).hasSize(6);
        assertThat(heard.ends.keySet())
                .extracting(Batch.Item::name)
                .containsExactlyInAnyOrder("f0", "f2", "f4", "deep/f1", "deep/f3", "alone.txt");
        assertThat(relay.keys).doesNotHaveDuplicates().hasSize(6);
        assertThat(stage.finder.questions).hasSize(1);
        assertThat(profiles[0]).isEqualTo(1);
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void oneThatCannotBeSealedDoesNotHoldUpTheOthers() throws Exception {
        fastRelay("honest");
        Path spool = spool(2);
        Files.createSymbolicLink(spool.resolve("link"), spool.resolve("f0"));
        assertThat(send(1, spool, directory.resolve("missing"))).isTrue();
        assertThat(heard.ends(Decision.Delivered.class)).hasSize(2);
        assertThat(heard.ends(SealException.class))
                .extracting(SealException::kind)
                .containsExactlyInAnyOrder(SealException.Kind.NOT_REGULAR, SealException.Kind.MISSING);
    }

    @Test
    void whatTheSenderKeepsItselfIsNotSent() throws Exception {
        fastRelay("honest");
        spool(2);
        send(1, directory.resolve("spool"));
        assertThat(stage.data().resolve("relays.json")).exists();
        heard.ends.clear();
        send(1, directory);
        assertThat(heard.ends.keySet())
                .extracting(item -> directory.relativize(item.file()).toString())
                .contains("spool/f0")
                .noneMatch(name -> name.startsWith("data/") || name.startsWith("receipts/"));
    }

    @Test
    void whoWaitsForAPromiseMakesRoomForTheNext() throws Exception {
        // One place, and nobody has his receipt before all three were handed over.
        Host relay = stage.relay("later", PROMISE, true);
        CountDownLatch allThere = new CountDownLatch(3);
        relay.put = () -> {
            allThere.countDown();
            return new HopAnswer.Accepted(PROMISE);
        };
        relay.collect = Optional.of(() -> {
            try {
                allThere.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return Stage.receipt();
        });
        assertThat(send(1, spool(3))).isTrue();
        assertThat(heard.ends(Decision.Delivered.class)).hasSize(3);
    }

    @Test
    void withoutAProfileNothingMoreIsTried() throws Exception {
        Host relay = stage.relay("honest");
        relay.profile = Script.broken();
        assertThat(send(1, spool(4))).isFalse();
        assertThat(heard.ends(Decision.Expired.class))
                .extracting(Decision.Expired::reason)
                .containsExactly(Decision.Reason.NO_PROFILE);
    }

    @Test
    void whereNobodyCarriesTheOthersLookRoundOnceAndAreKept() throws Exception {
        Host relay = stage.relay("full");
        relay.put = () -> Stage.failed(waybill.protocol.Problem.STORE_FULL);
        long before = stage.clocks.ticks();
        assertThat(send(1, spool(4))).isTrue();
        assertThat(heard.ends(Decision.Expired.class)).hasSize(4).allMatch(Decision.Expired::kept);
        assertThat(Duration.ofNanos(stage.clocks.ticks() - before)).isLessThan(Duration.ofMinutes(7));
        assertThat(stage.outbox()).hasSize(4);

        relay.put = () -> new HopAnswer.Accepted(PROMISE);
        Heard<TaskId> again = new Heard<>();
        try (Requester requester = stage.open()) {
            requester.batch(1).resume(requester.outstandingIds(), again);
        }
        assertThat(again.ends(Decision.Delivered.class)).hasSize(4);
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void aTaskThatCannotBeWorkedOnIsToldAndTheOthersGoOn() throws Exception {
        Host relay = stage.relay("honest");
        relay.put = () -> Stage.failed(waybill.protocol.Problem.STORE_FULL);
        send(1, spool(2));
        relay.put = () -> new HopAnswer.Accepted(PROMISE);
        Heard<TaskId> again = new Heard<>();
        try (Requester requester = stage.open()) {
            List<TaskId> ids = new ArrayList<>(requester.outstandingIds());
            ids.add(TaskId.fresh(stage.clocks, new java.util.SplittableRandom(9)));
            requester.batch(1).resume(ids, again);
        }
        assertThat(again.ends(Decision.Delivered.class)).hasSize(2);
        assertThat(again.ends(IOException.class)).hasSize(1);
    }

    @Test
    void anInterruptEndsThoseUnderWayAndWhatIsSealedIsKept() throws Exception {
        Host relay = stage.relay("slow", PROMISE, true);
        CountDownLatch waiting = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        relay.collect = Optional.of(() -> {
            waiting.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("interrupted");
        });
        spool(2);
        Thread sender = Thread.currentThread();
        Thread.ofVirtual().start(() -> {
            try {
                waiting.await();
                sender.interrupt();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThatThrownBy(() -> send(1, directory.resolve("spool"))).isInstanceOf(InterruptedException.class);
        assertThat(heard.ends).isEmpty();
        assertThat(stage.outbox()).hasSize(2);
    }

    @Test
    void inFlightIsBounded() throws Exception {
        try (Requester requester = stage.open()) {
            assertThatThrownBy(() -> requester.batch(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> requester.batch(Batch.MAX_IN_FLIGHT + 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
