package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.HopAnswer;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

@Timeout(120)
class ProfileCacheTest {
    private static final Instant EXPIRES = FakeClock.START.plus(Duration.ofDays(1));

    @TempDir
    Path directory;

    private final FakeClock clock = new FakeClock();
    private final FakeBackend backend = new FakeBackend();
    private Runnable onFetch = () -> {};
    private ProfileCache cache;

    @BeforeEach
    void setUp() throws IOException {
        cache = open();
    }

    @Test
    void theBackendIsAskedOnceAnHour() throws Exception {
        serves(FakeBackend.profile(1, EXPIRES));
        cache.get();
        clock.advance(Duration.ofMinutes(59));
        cache.get();
        assertThat(backend.profileFetches).isEqualTo(1);

        byte[] next = FakeBackend.profile(2, EXPIRES);
        serves(next);
        clock.advance(Duration.ofMinutes(1));
        assertThat(cache.get()).isEqualTo(next);
    }

    @Test
    void aProfileAboutToExpireIsFetchedAnewInTime() throws Exception {
        serves(FakeBackend.profile(1, FakeClock.START.plus(Duration.ofMinutes(30))));
        cache.get();
        byte[] next = FakeBackend.profile(2, EXPIRES);
        serves(next);

        clock.advance(Duration.ofMinutes(25));

        assertThat(cache.get()).isEqualTo(next);
    }

    @Test
    void whileTheBackendIsDownTheOldOneServesUntilItExpiresAlsoAfterARestart() throws Exception {
        byte[] profile = FakeBackend.profile(1, EXPIRES);
        serves(profile);
        cache.get();
        backend.profileAnswer = null;
        clock.advance(Duration.ofHours(23));

        assertThat(cache.get()).isEqualTo(profile);
        assertThat(open().get()).isEqualTo(profile);
        clock.set(EXPIRES);
        assertThat(problem(cache).problem()).isEqualTo(Problem.BUSY);
        assertThat(problem(open()).problem()).isEqualTo(Problem.BUSY);
    }

    @Test
    void withNoneAtHandItIsBusyAndSaysWhenToComeAgain() {
        assertThat(problem(cache).retryAfter()).isPresent();
    }

    @Test
    void aDeadBackendIsNotAskedByEverySenderAnew() {
        for (int i = 0; i < 100; i++) {
            problem(cache);
        }
        assertThat(backend.profileFetches).isEqualTo(1);
        clock.advance(Duration.ofSeconds(10));
        problem(cache);
        assertThat(backend.profileFetches).isEqualTo(2);
    }

    @Test
    void aForgedProfileIsNeverServed() throws Exception {
        serves("0forged".getBytes(StandardCharsets.UTF_8));
        assertThat(problem(cache)).hasMessageContaining("BAD_SIGNATURE");

        clock.advance(Duration.ofMinutes(1));
        serves(FakeBackend.profile(1, EXPIRES));
        byte[] good = cache.get();
        clock.advance(Duration.ofHours(1));
        serves("0forged".getBytes(StandardCharsets.UTF_8));
        assertThat(cache.get()).isEqualTo(good);
    }

    @Test
    void anOlderSerialNeverReplacesANewerOne() throws Exception {
        byte[] newer = FakeBackend.profile(7, EXPIRES);
        serves(newer);
        cache.get();
        serves(FakeBackend.profile(6, EXPIRES.plus(Duration.ofDays(9))));
        clock.advance(Duration.ofHours(1));

        assertThat(cache.get()).isEqualTo(newer);
    }

    @Test
    void whileANewOneIsFetchedTheOldOneServesWithoutAWait() throws Exception {
        byte[] old = FakeBackend.profile(1, EXPIRES);
        serves(old);
        cache.get();
        clock.advance(Duration.ofHours(1));
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<String> answer = new CompletableFuture<>();
        onFetch = () -> {
            asked.countDown();
            answer.join();
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<byte[]> first = threads.submit(cache::get);
            asked.await();

            assertThat(cache.get()).isEqualTo(old);

            assertThat(first.isDone()).isFalse();
            answer.complete("now");
        }
    }

    @Test
    void manyWhoAskAtOnceMakeOneQuestion() throws Exception {
        serves(FakeBackend.profile(1, EXPIRES));
        List<Future<byte[]>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                answers.add(threads.submit(cache::get));
            }
        }
        for (Future<byte[]> answer : answers) {
            assertThat(answer.get()).isNotEmpty();
        }
        assertThat(backend.profileFetches).isEqualTo(1);
    }

    private ProfileCache open() throws IOException {
        return new ProfileCache(directory.resolve("profile"), this::fetch, backend, clock);
    }

    private HopAnswer fetch() throws IOException {
        onFetch.run();
        return backend.profile(Site.PEER);
    }

    private void serves(byte[] profile) {
        backend.profileAnswer = new HopAnswer.Cms(profile);
    }

    private static ProblemException problem(ProfileCache of) {
        return catchThrowableOfType(ProblemException.class, of::get);
    }
}
