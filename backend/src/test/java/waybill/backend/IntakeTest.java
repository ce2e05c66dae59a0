package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopService.Arrival;
import waybill.hop.HopService.Collected;
import waybill.parcel.AgeKeys;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Label;

class IntakeTest {
    private static final Sha256 OTHER = Sha256.of(new byte[] {1});

    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Bench bench;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private void assertProblem(Problem problem, Arrival arrival) {
        assertThatThrownBy(() -> bench.intake.deliver(arrival))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    private byte[] collected(DeliveryKey key) throws IOException, ProblemException {
        return ((Collected.Outcome) bench.intake.collect(key.id(), key.sha256(), key.contents(), Duration.ZERO)).cms();
    }

    private void assertNothingToCollect(DeliveryKey key) {
        assertThatThrownBy(() -> collected(key))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.NOT_FOUND));
    }

    private Packet.Refusal refusal(DeliveryKey key, long size) throws Exception {
        return (Packet.Refusal) bench.verified(collected(key), key, size);
    }

    // What a receipt says

    @Test
    void signs_for_what_it_opened() throws Exception {
        Sealed sealed = bench.seal("hello");

        byte[] cms = bench.delivered(Bench.arrival(sealed));

        Packet.Receipt receipt = (Packet.Receipt) bench.verified(cms, sealed.key(), sealed.bytes().length);
        assertThat(receipt)
                .isEqualTo(new Packet.Receipt(
                        sealed.id(),
                        Bench.URL,
                        sealed.bytes().length,
                        sealed.sha256(),
                        Optional.of(sealed.contents()),
                        true,
                        Optional.of(sealed.recipient()),
                        TestClock.START.truncatedTo(ChronoUnit.SECONDS)));
        try (var stored = bench.store.payload(sealed.key())) {
            assertThat(stored.size()).isEqualTo(sealed.bytes().length);
        }
    }

    @Test
    void signs_for_stored_bytes_alone_where_the_identity_is_elsewhere() throws Exception {
        bench.close();
        bench = new Bench(temporary.resolve("sealed"), clock, true);
        Sealed sealed = bench.seal("hello");

        byte[] cms = bench.delivered(Bench.arrival(sealed));

        Packet.Receipt receipt = (Packet.Receipt) bench.verified(cms, sealed.key(), sealed.bytes().length);
        assertThat(receipt.opened()).isFalse();
        assertThat(receipt.contents()).as("the claim, echoed").contains(sealed.contents());
        assertThat(receipt.recipient()).contains(sealed.recipient());
    }

    @Test
    void computes_the_contents_where_nobody_claimed_any() throws Exception {
        Sealed sealed = bench.seal("by curl");
        DeliveryKey bare = DeliveryKey.of(sealed.id(), sealed.sha256());

        byte[] cms = bench.delivered(
                Bench.withDigest(Bench.arrival(bare, Optional.empty(), sealed.bytes()), Optional.empty()));

        Packet.Receipt receipt = (Packet.Receipt) bench.verified(cms, bare, sealed.bytes().length);
        assertThat(receipt.contents()).contains(sealed.contents());
        assertThat(receipt.recipient()).as("whose identity opened it").contains(sealed.recipient());
    }

    @Test
    void opens_with_an_older_identity_too() throws Exception {
        Sealed sealed = bench.seal("sealed before the renewal");
        BackendRenew.renew(bench.directory, new BackendRenew.Options(bench.files.offline(), true), clock);
        bench.restart();
        assertThat(bench.keys.now().terms().recipient()).isNotEqualTo(sealed.recipient());

        byte[] cms = bench.delivered(Bench.arrival(sealed));

        Packet.Receipt receipt = (Packet.Receipt) bench.verified(cms, sealed.key(), sealed.bytes().length);
        assertThat(receipt.opened()).isTrue();
        assertThat(receipt.recipient()).contains(sealed.recipient());
    }

    @Test
    void names_the_recipient_whose_identity_opened_it_whatever_was_claimed() throws Exception {
        Sealed sealed = bench.seal("hello");
        BackendRenew.renew(bench.directory, new BackendRenew.Options(bench.files.offline(), true), clock);
        bench.restart();
        String newest = bench.keys.now().terms().recipient();

        byte[] cms = bench.delivered(Bench.arrival(sealed.key(), Optional.of(newest), sealed.bytes()));

        Packet.Receipt receipt = (Packet.Receipt) bench.verified(cms, sealed.key(), sealed.bytes().length);
        assertThat(receipt.recipient()).contains(sealed.recipient());
    }

    // One receipt for ever

    @Test
    void answers_the_same_delivery_with_the_same_bytes_without_reading_it() throws Exception {
        Sealed sealed = bench.seal("hello");
        byte[] first = bench.delivered(Bench.arrival(sealed));
        clock.pass(Duration.ofDays(100));

        byte[] again = bench.delivered(Bench.withBody(Bench.arrival(sealed), Bench.untouchable()));

        assertThat(again).isEqualTo(first);
        assertThat(collected(sealed.key())).isEqualTo(first);
    }

    @Test
    void gives_the_same_receipt_to_who_does_not_declare_a_digest() throws Exception {
        Sealed sealed = bench.seal("hello");
        byte[] first = bench.delivered(Bench.arrival(sealed));
        clock.pass(Duration.ofDays(1));

        byte[] again = bench.delivered(Bench.withDigest(Bench.arrival(sealed), Optional.empty()));

        assertThat(again).isEqualTo(first);
        assertThat(bench.held(sealed.key())).hasSize(1);
    }

    @Test
    void gives_the_same_receipt_after_a_restart() throws Exception {
        Sealed sealed = bench.seal("hello");
        byte[] first = bench.delivered(Bench.arrival(sealed));
        clock.pass(Duration.ofHours(1));

        bench.restart();

        assertThat(bench.delivered(Bench.arrival(sealed))).isEqualTo(first);
    }

    @Test
    void gives_the_same_receipt_after_the_index_was_lost() throws Exception {
        Sealed sealed = bench.seal("hello");
        byte[] first = bench.delivered(Bench.arrival(sealed));
        clock.pass(Duration.ofHours(1));

        bench.store.close();
        try (DirectoryStream<Path> index = Files.newDirectoryStream(bench.files.data(), "state.db*")) {
            int deleted = 0;
            for (Path part : index) {
                Files.delete(part);
                deleted++;
            }
            assertThat(deleted).isPositive();
        }
        bench.open();

        assertThat(bench.delivered(Bench.arrival(sealed))).isEqualTo(first);
    }

    @Test
    void stores_once_and_signs_once_what_comes_many_times_at_once() throws Exception {
        Sealed sealed = bench.seal("hello");
        int many = 16;
        CyclicBarrier barrier = new CyclicBarrier(many);
        Set<String> receipts = new HashSet<>();

        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                answers.add(threads.submit(() -> {
                    InputStream body = new ByteArrayInputStream(sealed.bytes()) {
                        @Override
                        public synchronized int read(byte[] into, int offset, int length) {
                            if (pos == 0) {
                                await(barrier);
                            }
                            return super.read(into, offset, length);
                        }
                    };
                    return bench.delivered(Bench.withBody(Bench.arrival(sealed), body));
                }));
            }
            for (Future<byte[]> answer : answers) {
                receipts.add(HexFormat.of().formatHex(answer.get()));
            }
        }

        assertThat(receipts).hasSize(1);
        assertThat(bench.held(sealed.key())).hasSize(1);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | java.util.concurrent.BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void signs_at_the_start_for_what_a_crash_left_without_a_receipt() throws Exception {
        Sealed sealed = bench.seal("hello");
        try (var intake = bench.store.begin("crash", sealed.bytes().length)) {
            intake.write(sealed.bytes(), 0, sealed.bytes().length);
            intake.seal();
            intake.commit(new Label(sealed.key(), sealed.bytes().length, Optional.empty(), 0), Optional.empty());
        }

        bench.restart();

        Packet.Receipt receipt =
                (Packet.Receipt) bench.verified(collected(sealed.key()), sealed.key(), sealed.bytes().length);
        assertThat(receipt.opened()).isTrue();
    }

    @Test
    void sets_aside_what_it_cannot_sign_for_and_goes_on() throws Exception {
        byte[] junk = "no parcel".getBytes(StandardCharsets.UTF_8);
        DeliveryKey key = DeliveryKey.of(bench.freshId(), Sha256.of(junk));
        try (var intake = bench.store.begin("crash", junk.length)) {
            intake.write(junk, 0, junk.length);
            intake.seal();
            intake.commit(new Label(key, junk.length, Optional.empty(), 0), Optional.empty());
        }

        bench.restart();

        assertThat(bench.store.find(key).orElseThrow().due()).isAfter(clock.instant());
        assertNothingToCollect(key);
        Sealed sealed = bench.seal("hello");
        assertThat(bench.delivered(Bench.arrival(sealed))).isNotEmpty();
    }

    @Test
    void remembers_after_the_retention_only_that_it_was_here() throws Exception {
        Sealed sealed = bench.seal("hello");
        bench.delivered(Bench.arrival(sealed));
        clock.pass(Upkeep.RETENTION.plusDays(1));
        bench.store.expire(
                clock.instant().minus(Upkeep.RETENTION),
                clock.instant().minus(Refusals.KEPT),
                clock.instant().minus(Upkeep.TOMBSTONES),
                clock.instant());

        assertThatThrownBy(() -> collected(sealed.key()))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(Problem.GONE));
        assertProblem(Problem.GONE, Bench.arrival(sealed));
    }

    // Refusals

    @Test
    void refuses_what_is_larger_than_the_profile_says_and_signs_it_unread() throws Exception {
        DeliveryKey key = new DeliveryKey(bench.freshId(), OTHER, Optional.of(OTHER));
        Arrival arrival = Bench.withLength(
                Bench.withBody(Bench.arrival(key, Optional.empty(), new byte[0]), Bench.untouchable()),
                OptionalLong.of(Bench.MAX_SIZE + 1));

        assertProblem(Problem.TOO_LARGE, arrival);

        assertThat(refusal(key, Bench.MAX_SIZE + 1).problem()).isEqualTo(Problem.TOO_LARGE);
    }

    @Test
    void signs_nothing_for_a_pair_that_nobody_declared() throws Exception {
        DeliveryKey key = DeliveryKey.of(bench.freshId(), OTHER);

        assertProblem(
                Problem.TOO_LARGE,
                Bench.withLength(
                        Bench.withDigest(Bench.arrival(key, Optional.empty(), new byte[0]), Optional.empty()),
                        OptionalLong.of(Bench.MAX_SIZE + 1)));

        assertNothingToCollect(key);
    }

    @Test
    void refuses_an_unknown_recipient_and_says_which() throws Exception {
        String stranger = AgeKeys.generate().recipient();
        Sealed sealed = Sealed.of(bench.freshId(), "hello", stranger);

        assertProblem(Problem.UNKNOWN_RECIPIENT, Bench.withBody(Bench.arrival(sealed), Bench.untouchable()));

        Packet.Refusal refusal = refusal(sealed.key(), sealed.bytes().length);
        assertThat(refusal.problem()).isEqualTo(Problem.UNKNOWN_RECIPIENT);
        assertThat(refusal.recipient()).contains(stranger);
    }

    @Test
    void refuses_what_its_identities_do_not_open() throws Exception {
        Sealed sealed = Sealed.of(bench.freshId(), "hello", AgeKeys.generate().recipient());

        assertProblem(Problem.CANNOT_OPEN, Bench.arrival(sealed.key(), Optional.empty(), sealed.bytes()));

        assertThat(refusal(sealed.key(), sealed.bytes().length).problem()).isEqualTo(Problem.CANNOT_OPEN);
        assertThat(bench.held(sealed.key())).isEmpty();
    }

    @Test
    void refuses_what_is_no_parcel_at_all() throws Exception {
        byte[] junk = "GET / HTTP/1.1".getBytes(StandardCharsets.UTF_8);
        DeliveryKey key = DeliveryKey.of(bench.freshId(), Sha256.of(junk));

        assertProblem(Problem.CANNOT_OPEN, Bench.arrival(key, Optional.empty(), junk));

        assertThat(refusal(key, junk.length).problem()).isEqualTo(Problem.CANNOT_OPEN);
    }

    @Test
    void refuses_a_damaged_parcel() throws Exception {
        Sealed sealed = bench.seal("hello");
        byte[] damaged = sealed.bytes().clone();
        damaged[damaged.length - 5] ^= 1;
        DeliveryKey key = DeliveryKey.of(sealed.id(), Sha256.of(damaged));

        assertProblem(Problem.CANNOT_OPEN, Bench.arrival(key, Optional.empty(), damaged));

        assertThat(bench.held(key)).isEmpty();
    }

    @Test
    void refuses_a_parcel_that_was_sealed_for_another_task() throws Exception {
        Sealed sealed = bench.seal("hello");
        DeliveryKey key = new DeliveryKey(bench.freshId(), sealed.sha256(), Optional.of(sealed.contents()));

        assertProblem(Problem.BAD_CONTENTS, Bench.arrival(key, Optional.empty(), sealed.bytes()));

        assertThat(refusal(key, sealed.bytes().length).problem()).isEqualTo(Problem.BAD_CONTENTS);
    }

    @Test
    void wrong_claim_spoils_nothing_for_the_true_delivery() throws Exception {
        Sealed sealed = bench.seal("hello");
        DeliveryKey lie = new DeliveryKey(sealed.id(), sealed.sha256(), Optional.of(OTHER));

        assertProblem(Problem.BAD_CONTENTS, Bench.arrival(lie, Optional.of(sealed.recipient()), sealed.bytes()));
        assertNothingToCollect(sealed.key());

        byte[] receipt = bench.delivered(Bench.arrival(sealed));
        assertThat(bench.verified(receipt, sealed.key(), sealed.bytes().length)).isInstanceOf(Packet.Receipt.class);
        assertThat(refusal(lie, sealed.bytes().length).problem()).isEqualTo(Problem.BAD_CONTENTS);
    }

    @Test
    void receipt_takes_the_place_of_a_refusal() throws Exception {
        Sealed sealed = bench.seal("hello");
        String stranger = AgeKeys.generate().recipient();
        assertProblem(Problem.UNKNOWN_RECIPIENT, Bench.arrival(sealed.key(), Optional.of(stranger), sealed.bytes()));
        assertThat(refusal(sealed.key(), sealed.bytes().length).problem()).isEqualTo(Problem.UNKNOWN_RECIPIENT);

        byte[] receipt = bench.delivered(Bench.arrival(sealed));

        assertThat(collected(sealed.key())).isEqualTo(receipt);
        assertThat(collected(DeliveryKey.of(sealed.id(), sealed.sha256()))).isEqualTo(receipt);
        assertThat(bench.verified(receipt, sealed.key(), sealed.bytes().length)).isInstanceOf(Packet.Receipt.class);
    }

    @Test
    void keeps_nothing_and_signs_nothing_where_the_digest_does_not_fit() throws Exception {
        Sealed sealed = bench.seal("hello");
        DeliveryKey squatted = new DeliveryKey(sealed.id(), OTHER, Optional.of(sealed.contents()));

        assertProblem(
                Problem.DIGEST_MISMATCH, Bench.arrival(squatted, Optional.of(sealed.recipient()), sealed.bytes()));

        assertNothingToCollect(squatted);
        assertThat(bench.held(squatted)).isEmpty();
        assertThat(bench.held(sealed.key())).isEmpty();
    }

    @Test
    void other_bytes_under_the_same_id_are_another_delivery() throws Exception {
        Sealed mine = bench.seal("mine");
        Sealed squatter = Sealed.of(mine.id(), "not mine", mine.recipient());
        bench.delivered(Bench.arrival(squatter));

        byte[] receipt = bench.delivered(Bench.arrival(mine));

        assertThat(bench.verified(receipt, mine.key(), mine.bytes().length)).isInstanceOf(Packet.Receipt.class);
    }

    @Test
    void refuses_more_hops_than_a_way_may_have_without_signing_it() throws Exception {
        Sealed sealed = bench.seal("hello");

        assertProblem(Problem.TOO_MANY_HOPS, Bench.withHops(Bench.arrival(sealed), 5));
        assertNothingToCollect(sealed.key());

        assertThat(bench.delivered(Bench.withHops(Bench.arrival(sealed), 4))).isNotEmpty();
    }

    @Test
    void needs_the_length_beforehand() throws Exception {
        Sealed sealed = bench.seal("hello");

        assertProblem(Problem.LENGTH_REQUIRED, Bench.withLength(Bench.arrival(sealed), OptionalLong.empty()));
    }

    @Test
    void takes_no_body_that_is_shorter_or_longer_than_declared() throws Exception {
        Sealed sealed = bench.seal("hello");
        int length = sealed.bytes().length;

        assertProblem(Problem.BAD_REQUEST, Bench.withLength(Bench.arrival(sealed), OptionalLong.of(length + 1L)));
        assertProblem(Problem.BAD_REQUEST, Bench.withLength(Bench.arrival(sealed), OptionalLong.of(length - 1L)));
        assertThat(bench.held(sealed.key())).isEmpty();
    }

    @Test
    void takes_no_recipient_that_is_none() throws Exception {
        Sealed sealed = bench.seal("hello");

        assertProblem(Problem.BAD_REQUEST, Bench.arrival(sealed.key(), Optional.of("age1\r\nevil"), sealed.bytes()));
        assertNothingToCollect(sealed.key());
    }

    @Test
    void says_so_where_there_is_no_room() throws Exception {
        for (int i = 0; i < 9; i++) {
            bench.delivered(Bench.arrival(bench.seal("x".repeat(Bench.MAX_SIZE - 10_000 - i))));
        }
        Sealed sealed = bench.seal("x".repeat(Bench.MAX_SIZE - 5_000));
        Sealed next = bench.seal("x".repeat(Bench.MAX_SIZE - 5_000));
        bench.delivered(Bench.arrival(sealed));

        assertThatThrownBy(() -> bench.intake.deliver(Bench.arrival(next)))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.problem()).isIn(Problem.STORE_FULL, Problem.TOO_MANY);
                    assertThat(e.retryAfter()).isPresent();
                });
        assertNothingToCollect(next.key());
    }

    @Test
    void passes_on_the_problem_that_ended_a_body() throws Exception {
        Sealed sealed = bench.seal("hello");
        InputStream stalls = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException(new ProblemException(Problem.TIMED_OUT, "the body stalled"));
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return read();
            }
        };

        assertProblem(Problem.TIMED_OUT, Bench.withBody(Bench.arrival(sealed), stalls));
    }
}
