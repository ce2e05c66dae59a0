package waybill.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.GivenFile;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.OriginClient;
import waybill.hop.Peer;
import waybill.hop.Validators;
import waybill.protocol.BackendUrl;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.store.content.ContentLimits;
import waybill.store.content.CopyStore;

@Timeout(60)
final class CopiesTest {
    private static final BackendUrl URL = BackendUrl.parse("http://origin.example/debian");
    private static final Origin ORIGIN =
            new Origin("debian", URL, new Peer(URL.uri(), new Peer.Identity.Plain(), Optional.empty()));
    private static final OriginPath PATH = new OriginPath("pool/a.deb");
    private static final Instant NOW = Instant.parse("2026-11-30T10:00:00Z");

    @TempDir
    Path dir;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private final List<Validators> known = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    /** What is fetched is there before the one who asked goes on, but where a test is about that. */
    private Executor executor = Runnable::run;

    private List<Courier> couriers = List.of();
    private CopyStore store;
    private Copies copies;

    @BeforeEach
    void open() throws IOException {
        store = CopyStore.open(dir.resolve("origins"), new ContentLimits(100_000, Duration.ofDays(1), 0), () -> NOW);
        copies = new Copies(store, _ -> couriers, executor, () -> NOW, nanos::get);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    private Courier gives(String text, String tag) {
        return (path, validators, agent, sink) -> {
            calls.incrementAndGet();
            known.add(validators);
            if (validators.tag().equals(Optional.of(tag))) {
                return new OriginClient.Answer.Unchanged();
            }
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            sink.begin(new OriginClient.Head(
                    bytes.length, new Validators(Optional.of(tag), Optional.empty()), "application/x-deb"));
            sink.take(bytes, 0, bytes.length);
            return new OriginClient.Answer.Whole();
        };
    }

    private Courier answers(int status) {
        return (_, _, _, _) -> {
            calls.incrementAndGet();
            return new OriginClient.Answer.Failed(
                    new HopAnswer.Failed(status, Optional.empty(), Optional.of(Duration.ofSeconds(9)), "no"));
        };
    }

    private Courier unreachable() {
        return (_, _, _, _) -> {
            calls.incrementAndGet();
            throw new HopClient.UnreachableException("nobody there");
        };
    }

    private String get() throws ProblemException, IOException, InterruptedException {
        try (GivenFile file = copies.get(ORIGIN, PATH, "", Copies.Dating.ORIGIN)) {
            return read(file);
        }
    }

    private static String read(GivenFile file) throws ProblemException, IOException, InterruptedException {
        try (InputStream in = file.content().open(0, file.content().size())) {
            return new String(in.readNBytes((int) file.content().size()), StandardCharsets.US_ASCII);
        }
    }

    private void later() {
        nanos.addAndGet(Copies.FRESH.toNanos());
    }

    @Test
    void whatIsHereIsAskedAboutAgainAndComesOnlyIfItChanged() throws Exception {
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        assertThat(get()).isEqualTo("one");
        assertThat(calls).as("a moment later nobody is asked").hasValue(1);
        later();
        assertThat(get()).isEqualTo("one");
        assertThat(calls).hasValue(2);
        assertThat(known.getLast().tag()).contains("\"1\"");
        couriers = List.of(gives("two", "\"2\""));
        later();
        assertThat(get()).isEqualTo("two");
    }

    @Test
    void itIsKeptOverARestart() throws Exception {
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        open();
        assertThat(get()).isEqualTo("one");
        assertThat(known.getLast().tag()).contains("\"1\"");
    }

    @Test
    void allWhoAskAtOnceWaitForOneFetchAndReadAsItComes() throws Exception {
        executor = threads;
        open();
        CountDownLatch half = new CountDownLatch(1);
        CountDownLatch rest = new CountDownLatch(1);
        couriers = List.of((_, _, _, sink) -> {
            calls.incrementAndGet();
            sink.begin(new OriginClient.Head(6, Validators.NONE, GivenFile.BYTES));
            sink.take(new byte[] {'a', 'b', 'c'}, 0, 3);
            half.countDown();
            try {
                rest.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            sink.take(new byte[] {'d', 'e', 'f'}, 0, 3);
            return new OriginClient.Answer.Whole();
        });
        List<Future<String>> all = new ArrayList<>();
        try (GivenFile first = copies.get(ORIGIN, PATH, "", Copies.Dating.ORIGIN);
                InputStream in = first.content().open(0, 6)) {
            half.await();
            assertThat(in.readNBytes(3)).as("before the rest is there").containsExactly('a', 'b', 'c');
            for (int i = 0; i < 8; i++) {
                all.add(threads.submit(this::get));
            }
            rest.countDown();
            assertThat(in.readNBytes(3)).containsExactly('d', 'e', 'f');
        }
        for (Future<String> one : all) {
            assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo("abcdef");
        }
        assertThat(calls).hasValue(1);
    }

    @Test
    void whatThereIsNotIsRememberedForAMoment() {
        couriers = List.of(answers(404));
        assertThatThrownBy(this::get).satisfies(e -> assertThat(problem(e)).isEqualTo(Problem.NOT_FOUND));
        assertThatThrownBy(this::get).satisfies(e -> assertThat(problem(e)).isEqualTo(Problem.NOT_FOUND));
        assertThat(calls).hasValue(1);
        later();
        assertThatThrownBy(this::get).isInstanceOf(ProblemException.class);
        assertThat(calls).hasValue(2);
    }

    @Test
    void oneWhoSaysThatThereIsNoneIsNotBelievedWhereAnotherOneHasIt() throws Exception {
        couriers = List.of(answers(404), unreachable(), gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        assertThat(calls).hasValue(3);
    }

    @Test
    void onlyTheOriginItselfTakesAwayWhatIsHere() throws Exception {
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        couriers = List.of(answers(404));
        later();
        assertThat(get()).isEqualTo("one");

        Courier relay = answers(404);
        couriers = List.of(new Courier() {
            @Override
            public OriginClient.Answer copy(
                    OriginPath path, Validators validators, String agent, OriginClient.Sink sink) throws IOException {
                return relay.copy(path, validators, agent, sink);
            }

            @Override
            public boolean isOrigin() {
                return true;
            }
        });
        later();
        assertThatThrownBy(this::get).satisfies(e -> assertThat(problem(e)).isEqualTo(Problem.NOT_FOUND));
        couriers = List.of();
        later();
        assertThatThrownBy(this::get).satisfies(e -> assertThat(problem(e)).isEqualTo(Problem.BUSY));
    }

    @Test
    void whereNobodyCanBeAskedWhatIsHereIsGivenAndElseATimeToComeBack() throws Exception {
        couriers = List.of(answers(429));
        assertThatThrownBy(this::get).satisfies(e -> {
            assertThat(problem(e)).isEqualTo(Problem.BUSY);
            assertThat(((ProblemException) e).retryAfter()).contains(Duration.ofSeconds(9));
        });
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        couriers = List.of(unreachable());
        later();
        assertThat(get()).isEqualTo("one");
        couriers = List.of();
        later();
        assertThat(get()).isEqualTo("one");
    }

    @Test
    void whatBreaksOffIsNoCopyAndIsFetchedAnew() throws Exception {
        couriers = List.of((_, _, _, sink) -> {
            sink.begin(new OriginClient.Head(6, Validators.NONE, GivenFile.BYTES));
            sink.take(new byte[3], 0, 3);
            throw new IOException("the connection broke");
        });
        assertThatThrownBy(this::get).isInstanceOf(Exception.class);
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        try (Stream<Path> aside = Files.list(dir.resolve("origins/aside"))) {
            assertThat(aside).isEmpty();
        }
    }

    @Test
    void moreThanWasAnnouncedIsNotTaken() {
        couriers = List.of((_, _, _, sink) -> {
            sink.begin(new OriginClient.Head(2, Validators.NONE, GivenFile.BYTES));
            try {
                sink.take(new byte[3], 0, 3);
            } catch (IOException e) {
                throw new HopClient.SinkException(e);
            }
            return new OriginClient.Answer.Whole();
        });
        assertThatThrownBy(this::get).isInstanceOf(Exception.class);
        assertThat(store.used()).isZero();
    }

    @Test
    void whatIsLargerThanTheCacheIsRefusedBeforeAByteIsTaken() {
        couriers = List.of((_, _, _, sink) -> {
            try {
                sink.begin(new OriginClient.Head(1L << 40, Validators.NONE, GivenFile.BYTES));
            } catch (IOException e) {
                throw new HopClient.SinkException(e);
            }
            throw new AssertionError("it was taken");
        });
        assertThatThrownBy(this::get).satisfies(e -> assertThat(problem(e)).isEqualTo(Problem.STORE_FULL));
    }

    @Test
    void oneWhoSaysThatItIsTooLargeIsNotBelievedWhereAnotherOneHasIt() throws Exception {
        Courier large = (_, _, _, sink) -> {
            try {
                sink.begin(new OriginClient.Head(1L << 40, Validators.NONE, GivenFile.BYTES));
            } catch (IOException e) {
                throw new HopClient.SinkException(e);
            }
            throw new AssertionError("it was taken");
        };
        couriers = List.of(large, gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
    }

    @Test
    void aCopyThatRottedIsFetchedAnew() throws Exception {
        couriers = List.of(gives("one", "\"1\""));
        assertThat(get()).isEqualTo("one");
        try (Stream<Path> files = Files.list(dir.resolve("origins/copies"))) {
            Path file = files.findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 1] ^= 1;
            Files.write(file, bytes);
        }
        open();
        assertThat(get()).isEqualTo("one");
        assertThat(known.getLast()).as("nothing is known of it any more").isEqualTo(Validators.NONE);
    }

    @Test
    void theOldestGoWhereThereIsNoRoom() throws Exception {
        String large = "x".repeat(40_000);
        couriers = List.of(gives(large, "\"1\""));
        for (String name : List.of("a", "b", "c", "d")) {
            copies.get(ORIGIN, new OriginPath(name), "", Copies.Dating.ORIGIN).close();
            later();
        }
        assertThat(store.used()).isLessThanOrEqualTo(100_000);
    }

    @Test
    void anotherNodeIsToldTheOriginsTimeAndAClientWhenItCame() throws Exception {
        couriers = List.of((_, _, _, sink) -> {
            sink.begin(new OriginClient.Head(
                    1, new Validators(Optional.of("W/\"w\""), Optional.of("Sun, 01 Nov 2026 08:49:37 GMT")), "a/b"));
            sink.take(new byte[1], 0, 1);
            return new OriginClient.Answer.Whole();
        });
        try (GivenFile file = copies.get(ORIGIN, PATH, "", Copies.Dating.ORIGIN)) {
            assertThat(file.modified()).contains(Instant.parse("2026-11-01T08:49:37Z"));
            assertThat(file.tag()).as("a weak one says nothing of each byte").isEmpty();
            assertThat(file.mediaType()).isEqualTo("a/b");
            read(file);
        }
        try (GivenFile file = copies.get(ORIGIN, PATH, "", Copies.Dating.TAKEN)) {
            assertThat(file.modified()).contains(NOW);
        }
    }

    private static Problem problem(Throwable e) {
        return ((ProblemException) e).problem();
    }
}
