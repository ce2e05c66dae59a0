package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.store.DeliveryStore.State;

class UpkeepTest {
    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private final List<Credential> told = new ArrayList<>();
    private Bench bench;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private Upkeep upkeep() {
        Optional<Credential> served = Credential.current(bench.keys.now().tls(), clock.instant());
        return new Upkeep(bench.keys, bench.store, clock, served, told::add, _ -> Optional.empty());
    }

    @Test
    void tells_once_that_the_next_tls_certificate_has_taken_over() throws Exception {
        Upkeep upkeep = upkeep();
        upkeep.round();
        assertThat(told).isEmpty();
        clock.pass(Duration.ofDays(300));
        BackendRenew.renew(bench.directory, BackendRenew.Options.of(bench.directory), clock);

        clock.pass(Duration.ofMinutes(1));
        upkeep.round();
        clock.pass(Duration.ofMinutes(1));
        upkeep.round();

        assertThat(told).singleElement().satisfies(tls -> assertThat(tls.file()).endsWithRaw(Path.of("tls-2.pem")));
    }

    @Test
    void turns_receipts_into_tombstones_after_their_time() throws Exception {
        Sealed sealed = bench.seal("hello");
        bench.delivered(Bench.arrival(sealed));
        Upkeep upkeep = upkeep();
        clock.pass(Upkeep.RETENTION.minusHours(2));
        upkeep.round();
        assertThat(bench.store.find(sealed.key()).orElseThrow().state()).isEqualTo(State.SETTLED);

        clock.pass(Duration.ofHours(3));
        upkeep.round();

        assertThat(bench.store.find(sealed.key()).orElseThrow().state()).isEqualTo(State.TOMBSTONE);
    }
}
